import * as v from 'valibot';
import type { BrokerReply, BrokerRequest, VerifyResult } from './broker.ts';
import { BrokerError } from './broker-error.ts';
import type { CodeClass } from './codes.ts';
import { parseKst } from './kst.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function postRequest(path: string, headers: BrokerRequest['headers'], fields: object): BrokerRequest {
  return { method: 'POST', path, headers, body: JSON.stringify(fields) };
}

export function isSuccess({ status }: BrokerReply): boolean {
  return status >= 200 && status < 300;
}

/** Returns undefined if the body is not a JSON object. */
export function parseObject({ body }: BrokerReply): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws BrokerError `throttled` for HTTP 429, `unavailable` if the body is no JSON object */
export function readObject(reply: BrokerReply): JsonObject {
  if (reply.status === 429) throw new BrokerError('throttled', TOO_MANY_REQUESTS, { brokerCode: '429' });
  const json = parseObject(reply);
  if (json !== undefined) return json;
  throw new BrokerError('unavailable', describeBody(reply), {
    // A truncated reply with a success status may have contained a token.
    mayHaveActed: isSuccess(reply) && !isMarkup(reply),
  });
}

const TOO_MANY_REQUESTS = 'HTTP 429: too many requests';

/** @throws BrokerError if the HTTP status is no success */
export function failUnlessSuccess(reply: BrokerReply): void {
  if (!isSuccess(reply))
    throw new BrokerError('unavailable', `the broker answered HTTP ${reply.status} without an error code`);
}

export function unconfirmedRevocation(): BrokerError {
  return new BrokerError('unavailable', 'the broker did not confirm the revocation', { mayHaveActed: true });
}

/** The error for a reply without a usable token, although the broker may have issued one. */
export function malformedReply(message: string): BrokerError {
  return new BrokerError('malformed', message, { mayHaveActed: true });
}

export function isMarkup({ body }: BrokerReply): boolean {
  return body.trimStart().startsWith('<');
}

function describeBody(reply: BrokerReply): string {
  return `the broker answered HTTP ${reply.status} with ${isMarkup(reply) ? 'a page' : 'no JSON object'}`;
}

/** Handles the replies that have the same meaning at both brokers, and passes all others to `read`. */
export function verifyResultOf(
  reply: BrokerReply,
  json: JsonObject | undefined,
  read: (json: JsonObject) => VerifyResult,
): VerifyResult {
  if (reply.status === 429) return { verdict: 'throttled', brokerCode: '429', message: TOO_MANY_REQUESTS };
  return json === undefined ? { verdict: 'unreachable', message: describeBody(reply) } : read(json);
}

/** The error for a reply with an error code. A code without a class has the kind `unavailable`. */
export function errorReply(
  codeClass: CodeClass | undefined,
  brokerCode: string | undefined,
  message: string,
) {
  const kind = codeClass === 'throttled' || codeClass === 'rejected' ? codeClass : 'unavailable';
  return new BrokerError(kind, message, { brokerCode });
}

/** The verdict for each class of error codes in the reply to a verify call. */
export const VERDICT_OF_CLASS: Readonly<Record<CodeClass, VerifyResult['verdict']>> = {
  throttled: 'throttled',
  unavailable: 'unreachable',
  rejected: 'unclear',
  deadToken: 'dead',
  // The broker issued the token to an earlier IP address of the refresher, so the token must be replaced.
  otherAddress: 'dead',
  nothingToRevoke: 'unclear',
};

/** Validates the fields of a reply. The error contains the names of the fields, but not their values. */
export function readFields<T>(schema: v.GenericSchema<unknown, T>, json: JsonObject): T {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue)} ${problemOf(issue)}`);
  throw malformedReply(`the reply is not as documented: ${problems.join('; ')}`);
}

/** Returns only this project's messages (`regex`, `rawTransform`): Valibot's messages repeat the input. */
function problemOf({ input, type, message }: v.BaseIssue<unknown>): string {
  if (input === undefined) return 'is missing';
  return type === 'regex' || type === 'raw_transform' ? message : 'has the wrong type';
}

/**
 * A token that fits in an HTTP header and in a standard parameter (4 KB): visible ASCII without white space.
 * The brokers document a maximum of 350 characters (KIS) and 1,000 characters (Kiwoom).
 */
export const tokenSchema = v.pipe(
  v.string(),
  v.regex(
    /^[\x21-\x7e]{1,4096}$/,
    'is blank, longer than 4096 characters, or contains white space or non-ASCII characters',
  ),
);

export const bearerSchema = v.pipe(
  v.string(),
  v.regex(/^bearer$/i, 'is not Bearer'),
  v.transform(() => 'Bearer'),
);

/** Converts a time in KST without a time zone to epoch milliseconds. */
export function kstTimeSchema(message: string) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const instant = parseKst(dataset.value);
      if (instant !== undefined) return instant;
      addIssue({ message });
      return NEVER;
    }),
  );
}
