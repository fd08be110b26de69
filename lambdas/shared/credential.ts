import * as v from 'valibot';
import { CREDENTIAL_ID } from './names.ts';
import { type Session, sessionSchema } from './sessions.ts';

export const BROKERS = ['kis', 'kiwoom'] as const;
export type BrokerId = (typeof BROKERS)[number];

export const MARKETS = ['live', 'paper'] as const;
export type Market = (typeof MARKETS)[number];

/** What a credential is: the content of its `config` parameter, written by the stack, or by `tokens add`. */
export interface CredentialConfig {
  readonly version: 1;
  readonly id: string;
  readonly broker: BrokerId;
  readonly market: Market;
  readonly secretArn: string;
  /** How long before its end a token is replaced, seconds. */
  readonly renewBeforeSeconds: number;
  /** Time between two ticks, seconds. */
  readonly checkEverySeconds: number;
  readonly sessions: readonly Session[];
  /** Issue calls in any 24 hours that the broker answered with a token, or that were sent and never answered; 2 to 32. */
  readonly maxIssuesPerDay: number;
  /** KIS: time between two issue calls where the broker wants more than its default, seconds. */
  readonly minimumIntervalSeconds?: number | undefined;
  /** Kiwoom: `revoke` replaces a token that the broker returns at `renewAt` by revoking it; `wait` keeps it. */
  readonly renewEarly?: 'revoke' | 'wait' | undefined;
  /** It was added without a deployment (`tokens add`); absent: the stack has it. */
  readonly managedBy?: 'operator' | undefined;
}

/** The state keeps the newest 32 issue times, so a larger budget could not be counted. */
export const MAX_ISSUES_PER_DAY_LIMIT = 32;
/** With one call a day the daily renewal itself spends the budget. */
export const MIN_ISSUES_PER_DAY = 2;

const managedBy = v.literal('operator');
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

const configSchema = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID)),
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

/** Reads a `config` parameter; a list of what is wrong with it instead, if it cannot be understood. */
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

/** Whether a `config` parameter is one that was added without a deployment, whatever else is wrong with it. */
export function isAdded(text: string): boolean {
  try {
    return v.is(v.object({ managedBy }), JSON.parse(text));
  } catch {
    return false;
  }
}
