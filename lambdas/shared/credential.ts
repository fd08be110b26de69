import * as v from 'valibot';
import { CREDENTIAL_ID_PATTERN } from './names.ts';
import { type Session, sessionSchema } from './sessions.ts';

export const BROKERS = ['kis', 'kiwoom'] as const;
export type BrokerId = (typeof BROKERS)[number];

export const MARKETS = ['live', 'paper'] as const;
export type Market = (typeof MARKETS)[number];

/**
 * The settings of a credential: the content of its `config` parameter, written by the stack or by `tokens
 * add`.
 */
export interface CredentialConfig {
  readonly version: 1;
  readonly id: string;
  readonly broker: BrokerId;
  readonly market: Market;
  readonly secretArn: string;
  /** How long before its expiry a token is renewed, seconds. */
  readonly renewBeforeSeconds: number;
  /** Time between two ticks, seconds. */
  readonly checkEverySeconds: number;
  readonly sessions: readonly Session[];
  /** Issue calls in 24 hours that returned a token, or were sent and never answered; 2 to 32. */
  readonly maxIssuesPerDay: number;
  /** KIS: minimum time between two issue calls if it is longer than the default, seconds. */
  readonly minimumIntervalSeconds?: number | undefined;
  /**
   * Kiwoom, if the broker returns the same token at `renewAt`: `revoke` revokes and replaces it; `wait` keeps
   * it.
   */
  readonly renewEarly?: 'revoke' | 'wait' | undefined;
  /** `operator`: added by `tokens add`; absent: part of the stack. */
  readonly managedBy?: 'operator' | undefined;
}

/** The state keeps the newest 32 issue times, so a larger budget could not be counted. */
export const MAX_ISSUES_PER_DAY_LIMIT = 32;
/** A budget of one call would be spent by the daily renewal. */
export const MIN_ISSUES_PER_DAY = 2;

const managedBy = v.literal('operator');
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

const configSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secretArn: v.pipe(v.string(), v.nonEmpty()),
  renewBeforeSeconds: seconds,
  checkEverySeconds: seconds,
  sessions: v.array(sessionSchema),
  maxIssuesPerDay: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(MIN_ISSUES_PER_DAY),
    v.maxValue(MAX_ISSUES_PER_DAY_LIMIT),
  ),
  minimumIntervalSeconds: v.optional(seconds),
  renewEarly: v.optional(v.picklist(['revoke', 'wait'])),
  managedBy: v.optional(managedBy),
});

/** Parses a `config` parameter. `problems` lists what is wrong with an invalid one. */
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

export function formatConfig(config: CredentialConfig): string {
  return JSON.stringify(config);
}

/** Whether `tokens add` wrote this `config` parameter, which may be invalid otherwise. */
export function isFleetConfig(text: string): boolean {
  try {
    return v.is(v.object({ managedBy }), JSON.parse(text));
  } catch {
    return false;
  }
}
