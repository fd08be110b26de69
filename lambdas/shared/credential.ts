import * as v from 'valibot';
import { CREDENTIAL_ID_PATTERN } from './names.ts';
import { sessionSchema } from './sessions.ts';

export const BROKERS = ['kis', 'kiwoom'] as const;
export type BrokerId = (typeof BROKERS)[number];

export const MARKETS = ['live', 'paper'] as const;
export type Market = (typeof MARKETS)[number];

/** The state keeps the newest 32 issue times, so a larger budget could not be counted. */
export const MAX_ISSUES_PER_DAY_LIMIT = 32;
/** The daily renewal alone would use up a budget of one call. */
export const MIN_ISSUES_PER_DAY = 2;

const managedBy = v.literal('operator');
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

const configSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secretArn: v.pipe(v.string(), v.nonEmpty()),
  /** A token is renewed this many seconds before it expires. */
  renewBeforeSeconds: seconds,
  /** The time between two ticks, in seconds. */
  checkEverySeconds: seconds,
  sessions: v.pipe(v.array(sessionSchema), v.readonly()),
  /** The largest number of issue calls in 24 hours that returned a token or were never answered. */
  maxIssuesPerDay: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(MIN_ISSUES_PER_DAY),
    v.maxValue(MAX_ISSUES_PER_DAY_LIMIT),
  ),
  /** KIS only: a minimum interval between two issue calls that is longer than the default, in seconds. */
  minimumIntervalSeconds: v.optional(seconds),
  /**
   * Kiwoom only, for a token that the broker returns unchanged at `renewAt`: revoke and replace it, or keep
   * it.
   */
  renewEarly: v.optional(v.picklist(['revoke', 'wait'])),
  /** `operator`: the command `tokens add` created the credential. Absent: the stack created it. */
  managedBy: v.optional(managedBy),
});

/**
 * The settings of a credential, as its `config` parameter contains them.
 * @internal
 */
export type CredentialConfig = Readonly<v.InferOutput<typeof configSchema>>;

/**
 * Parses a `config` parameter. If the parameter is invalid, `problems` lists the errors.
 * @internal
 */
export function parseConfig(
  text: string,
):
  | { readonly ok: true; readonly config: CredentialConfig }
  | { readonly ok: false; readonly problems: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: 'it is not JSON' };
  }
  const parsed = v.safeParse(configSchema, json);
  if (parsed.success) return { ok: true, config: parsed.output };
  return {
    ok: false,
    problems: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`).join('; '),
  };
}

/** @internal */
export function formatConfig(config: CredentialConfig): string {
  return JSON.stringify(config);
}

/** Whether this `config` parameter belongs to a fleet credential. Its other fields may be invalid. */
export function isFleetConfig(text: string): boolean {
  return v.is(v.pipe(v.string(), v.parseJson(), v.object({ managedBy })), text);
}
