import type { State } from '../shared/state.ts';
import type { Facts } from './facts.ts';
import { marginOf, type RenewalRules } from './renewal.ts';

/** The refresher ignores timestamps that are further in the future, because the clock was set back. */
const CLOCK_TOLERANCE = 60_000;
/** The minimum time between two verify calls that consumer reports cause. */
const VERIFY_INTERVAL = 60_000;

export function isFromFuture(stamp: number, now: number): boolean {
  return stamp > now + CLOCK_TOLERANCE;
}

/** Whether the published token is live or suspect at `instant`. */
export function isLiveAt({ published }: State, instant: number): boolean {
  return published !== undefined && published.health !== 'dead' && instant < published.expiresAt;
}

/**
 * Compares the version of the token parameter with the version that the refresher wrote, and detects whether
 * the parameter may contain a token that the state does not describe.
 */
export function parameterFacts(
  { published, interrupted }: State,
  tokenVersion: number | undefined,
  tokenKeyArn: string,
): { readonly parameter: 'ours' | 'changed'; readonly unknownToken: boolean } {
  if (tokenVersion === undefined) return { parameter: 'changed', unknownToken: false };
  // If AWS returned no version when the refresher wrote the token, every version matches.
  const isWrittenVersion =
    published !== undefined && tokenVersion === (published.tokenVersion ?? tokenVersion);
  const isEncryptedWithTokenKey = published?.issuedFor.tokenKeyArn === tokenKeyArn;
  return {
    parameter: isWrittenVersion && isEncryptedWithTokenKey ? 'ours' : 'changed',
    unknownToken: !isWrittenVersion || interrupted === true,
  };
}

/** Whether the secret still has the version that the broker rejected or that contained no usable app key. */
export function isAppKeyUnusable({ state: { refused }, secret }: Facts): boolean {
  return refused !== undefined && (secret === undefined || secret.version === refused.secretVersion);
}

/** The difference between the current credentials and the credentials that issued the token. */
export type CredentialsChange =
  | 'none'
  /** A new version of the secret contains the same app key and app secret. */
  | 'version'
  /** The app secret is different. Only an issue call can validate the secret. The token remains live. */
  | 'secret'
  /** The broker, the market, the secret or the app key is different, so the token is no longer usable. */
  | 'key'
  /** The secret changed and contains no usable app key. */
  | 'unusable'
  /** The secret changed and has not been read yet. */
  | 'unknown';

export function credentialsChange({ config, state, secret }: Facts): CredentialsChange {
  if (state.published === undefined) return 'none';
  const { issuedFor } = state.published;
  const { broker, market, secretArn } = issuedFor;
  if (broker !== config.broker || market !== config.market || secretArn !== config.secretArn) return 'key';
  if (secret?.appKey === undefined) {
    if (state.pending?.credentialsChanged === undefined) return 'none';
    return secret === undefined ? 'unknown' : 'unusable';
  }
  if (secret.appKey !== issuedFor.appKey) return 'key';
  if (secret.keyPair !== issuedFor.keyPair) return 'secret';
  return secret.version === issuedFor.secretVersion ? 'none' : 'version';
}

/** Whether the token parameter contains a live or suspect token that the current app key issued. */
export function hasLiveToken(facts: Facts, now: number): boolean {
  const { state, parameter } = facts;
  // After an interrupted issue call, a changed parameter may contain a different token or no token.
  const isTokenLost = parameter === 'lost' || (parameter === 'changed' && state.interrupted === true);
  return isLiveAt(state, now) && !isTokenLost && credentialsChange(facts) !== 'key';
}

export function isExpired({ published }: State, now: number): boolean {
  return published !== undefined && now >= published.expiresAt;
}

export function isRevocable({ published }: State, now: number): boolean {
  return published !== undefined && published.revokedAt === undefined && now < published.expiresAt;
}

/** Whether the suspect token was verified in the last 60 s, so that a further report is ignored. */
export function isJustVerified({ verifiedAt }: State, now: number): boolean {
  return verifiedAt !== undefined && !isFromFuture(verifiedAt, now) && now < verifiedAt + VERIFY_INTERVAL;
}

export function renewalRulesOf({ config, contract }: Pick<Facts, 'config' | 'contract'>): RenewalRules {
  return {
    renewBefore: config.renewBeforeSeconds * 1000,
    checkEvery: config.checkEverySeconds * 1000,
    sessions: config.sessions,
    reuseWindow: contract.reuseWindow,
    marginShare: contract.marginShare,
  };
}

/** The remaining lifetime and the renewal margin of the published token, or 0 without a token. */
export function remainingLifetime(facts: Facts, now: number): { left: number; margin: number } {
  const { published } = facts.state;
  if (published === undefined) return { left: 0, margin: 0 };
  return { left: published.expiresAt - now, margin: marginOf(published, renewalRulesOf(facts)) };
}
