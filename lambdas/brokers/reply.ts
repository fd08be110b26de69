import * as v from 'valibot';
import type { BrokerReply } from './broker.ts';
import { BrokerError } from './errors.ts';
import { parseKst } from './kst.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A body as a JSON object. HTML pages, redirects and broken JSON are the broker's bad night: unavailable. */
export function readObject(reply: BrokerReply): JsonObject {
  const { status, body } = reply;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  const page = body.trimStart().startsWith('<');
  throw new BrokerError(
    'unavailable',
    `the broker answered HTTP ${status} with ${page ? 'a page' : 'no JSON object'}`,
    {
      // A success that was garbled on its way may have been a token.
      mayHaveActed: isSuccess(reply) && !page,
    },
  );
}

export function isSuccess({ status }: BrokerReply): boolean {
  return status >= 200 && status < 300;
}

/** Every field of a reply, asserted by path and type. What is wrong is told, what was there is not. */
export function readFields<T>(schema: v.GenericSchema<unknown, T>, json: JsonObject): T {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the reply'} ${complaint(issue)}`);
  throw new BrokerError('malformed', `the reply is not as documented: ${problems.join('; ')}`, {
    mayHaveActed: true,
  });
}

/** Kinds of issue whose message is written here; valibot's own repeat what was there. */
const OUR_WORDS: ReadonlySet<string> = new Set(['check', 'regex', 'raw_transform']);

function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.input === undefined) return 'is missing';
  return OUR_WORDS.has(issue.type) ? issue.message : 'has the wrong type';
}

/**
 * A token as it can stand in an HTTP header and in a standard parameter (4 KB): visible ASCII without
 * white space. The brokers' documents say 350 (KIS) and 1,000 (Kiwoom) characters at most.
 */
export const tokenText = v.pipe(
  v.string(),
  v.regex(
    /^[\x21-\x7e]{1,4096}$/,
    'is blank, longer than 4096, or holds white space or other characters that no token has',
  ),
);

/** `Bearer` or `bearer`; as it belongs in front of the token. */
export const bearer = v.pipe(
  v.string(),
  v.regex(/^bearer$/i, 'is not Bearer'),
  v.transform(() => 'Bearer'),
);

/** A time without a zone, which is KST; as epoch milliseconds. */
export function kstTime(complaint: string) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const instant = parseKst(dataset.value);
      if (instant !== undefined) return instant;
      addIssue({ message: complaint });
      return NEVER;
    }),
  );
}
