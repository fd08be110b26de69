import * as v from 'valibot';
import { CREDENTIAL_ID_PATTERN } from './names.ts';
import { sessionSchema } from './sessions.ts';

export const BROKERS = ['kis', 'kiwoom'] as const;
export type BrokerId = (typeof BROKERS)[number];

export const MARKETS = ['live', 'paper'] as const;
export type Market = (typeof MARKETS)[number];

/** The state keeps the times of the newest 32 issue calls, so a larger budget could not be counted. */
export const MAX_ISSUES_PER_DAY_LIMIT = 32;
/** With a budget of one call, the daily renewal would leave no call for a retry. */
export const MIN_ISSUES_PER_DAY = 2;

const managedBy = v.literal('operator');
const integer = v.pipe(v.number(), v.integer());
const seconds = v.pipe(integer, v.minValue(1));

const configSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secretArn: v.pipe(v.string(), v.nonEmpty()),
  /** The time between the renewal and the expiry of a token. */
  renewBeforeSeconds: seconds,
  /** The time between two ticks. */
  checkEverySeconds: seconds,
  sessions: v.pipe(v.array(sessionSchema), v.readonly()),
  /** The budget for 24 hours. A call counts if it returned a token or was not answered. */
  maxIssuesPerDay: v.pipe(integer, v.minValue(MIN_ISSUES_PER_DAY), v.maxValue(MAX_ISSUES_PER_DAY_LIMIT)),
  /** For KIS only: the interval between two issue calls, if it is longer than the default. */
  minimumIntervalSeconds: v.optional(seconds),
  /** For Kiwoom only: revoke a token that is returned again at `renewAt`, or keep it until its expiry. */
  renewEarly: v.optional(v.picklist(['revoke', 'wait'])),
  /** `operator` if the command `tokens add` created the credential, absent if the stack created it. */
  managedBy: v.optional(managedBy),
});

/** @internal */
export type CredentialConfig = Readonly<v.InferOutput<typeof configSchema>>;

/** @internal */
export function parseConfig(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: 'it is not JSON' } as const;
  }
  const parsed = v.safeParse(configSchema, json);
  if (parsed.success) return { ok: true, config: parsed.output as CredentialConfig } as const;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  return { ok: false, problems: problems.join('; ') } as const;
}

/** @internal */
export function formatConfig(config: CredentialConfig): string {
  return JSON.stringify(config);
}

/** Whether this `config` parameter belongs to a fleet credential; all other fields may be invalid. */
export function isFleetConfig(text: string): boolean {
  return v.is(v.pipe(v.string(), v.parseJson(), v.object({ managedBy })), text);
}
