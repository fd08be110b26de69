import * as v from 'valibot';
import { CREDENTIAL_ID_PATTERN } from './names.ts';
import { sessionSchema } from './sessions.ts';

export const BROKERS = ['kis', 'kiwoom'] as const;
export type BrokerId = (typeof BROKERS)[number];

export const MARKETS = ['live', 'paper'] as const;
export type Market = (typeof MARKETS)[number];

/**
 * The state keeps the times of the newest 32 issue calls, so the refresher could not count the calls of a
 * larger budget.
 */
export const MAX_ISSUES_PER_DAY_LIMIT = 32;
/** With a budget of one call, the daily renewal would leave no call for a retry. */
export const MIN_ISSUES_PER_DAY = 2;

const managedBy = v.literal('operator');
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

const configSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secretArn: v.pipe(v.string(), v.nonEmpty()),
  /** The renewal margin: the time between the renewal and the expiry of a token, in seconds. */
  renewBeforeSeconds: seconds,
  /** The time between two ticks, in seconds. */
  checkEverySeconds: seconds,
  sessions: v.pipe(v.array(sessionSchema), v.readonly()),
  /**
   * The maximum number of issue calls in 24 hours. Only calls that returned a token or were never answered
   * count.
   */
  maxIssuesPerDay: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(MIN_ISSUES_PER_DAY),
    v.maxValue(MAX_ISSUES_PER_DAY_LIMIT),
  ),
  /**
   * For KIS only: the minimum interval between two issue calls in seconds, if it is longer than the default.
   */
  minimumIntervalSeconds: v.optional(seconds),
  /**
   * For Kiwoom only: the reaction to an issue call that returns the same token at `renewAt`. The refresher
   * revokes and replaces the token (`revoke`), or keeps the token until its expiry (`wait`).
   */
  renewEarly: v.optional(v.picklist(['revoke', 'wait'])),
  /**
   * The value `operator` means that the command `tokens add` created the credential. The field is absent if
   * the stack created the credential.
   */
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

/**
 * Whether this `config` parameter belongs to a fleet credential. The result depends only on the field
 * `managedBy`, so the remaining fields may be invalid.
 */
export function isFleetConfig(text: string): boolean {
  return v.is(v.pipe(v.string(), v.parseJson(), v.object({ managedBy })), text);
}
