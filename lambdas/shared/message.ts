import * as v from 'valibot';
import { CREDENTIAL_ID_PATTERN } from './names.ts';

export const CAUSES = ['schedule', 'credentials-changed', 'forced', 'rejected', 'revoke'] as const;
export type Cause = (typeof CAUSES)[number];

const commonFields = {
  credential: v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)),
  /** The time of the message, for information only. */
  at: v.optional(v.string()),
  /** A text that makes the body unique, because SQS uses the hash of the body as the deduplication id. */
  id: v.optional(v.string()),
};

const messageSchema = v.variant('cause', [
  v.object({ ...commonFields, cause: v.literal('schedule') }),
  v.object({ ...commonFields, cause: v.literal('credentials-changed') }),
  v.object({ ...commonFields, cause: v.literal('forced'), reason: v.optional(v.string()) }),
  v.object({
    ...commonFields,
    cause: v.literal('rejected'),
    generation: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  v.object({ ...commonFields, cause: v.literal('revoke'), reissue: v.optional(v.boolean()) }),
]);

/** A request to check a credential, and its cause. For all fields, see docs/contracts.md. */
export type InboxMessage = Readonly<v.InferOutput<typeof messageSchema>>;

export function parseMessage(body: string) {
  const failure = (problems: string) => ({ ok: false, problems }) as const;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return failure('the body is not JSON');
  }
  if (hasRepeatedKey(body)) return failure('the body has a key twice');
  const parsed = v.safeParse(messageSchema, json);
  if (parsed.success) return { ok: true, message: parsed.output as InboxMessage } as const;
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'the body'}: ${describeIssue(issue)}`,
  );
  return failure(problems.join('; '));
}

/** Valibot's own message repeats the received value, which may be a secret. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  // For a missing key, Valibot sets `expected` to the quoted name of the key.
  if (/^"/.test(issue.expected ?? '')) return 'is missing';
  return `expected ${issue.expected ?? issue.type}, got ${typeNameOf(issue.input)}`;
}

function typeNameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  return value === null ? 'null' : typeof value;
}

/**
 * Whether valid JSON repeats a key of its top level. Parsers differ in which of two equal keys they use
 * (RFC 8259 § 4): the SNS filter policy for consumers could read `rejected` where this code reads `revoke`.
 */
function hasRepeatedKey(json: string): boolean {
  const keys = new Set<unknown>();
  let depth = 0;
  let latest = '';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ':') latest = token;
    else if (depth === 1) {
      const key: unknown = JSON.parse(latest);
      if (keys.has(key)) return true;
      keys.add(key);
    }
  }
  return false;
}

/** Scheduler replaces both keywords. With unique ids, SQS does not drop a tick as a duplicate. */
export function tickMessage(credential: string): InboxMessage {
  return {
    credential,
    cause: 'schedule',
    at: '<aws.scheduler.scheduled-time>',
    id: '<aws.scheduler.execution-id>',
  };
}

/** The SNS filter policy for message bodies: the inbox receives only messages that match. */
export function reportFilter(credential: string): Readonly<Record<'cause' | 'credential', string[]>> {
  return { cause: ['rejected' satisfies Cause], credential: [credential] };
}

/** Scheduler retries a tick until shortly before the next tick. The maximum age must be at least 60 s. */
export function tickRetryPolicy(checkEverySeconds: number) {
  return { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: Math.max(60, checkEverySeconds - 60) };
}
