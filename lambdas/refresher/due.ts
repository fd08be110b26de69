import type { State } from '../shared/state.ts';
import type { Facts } from './decide.ts';
import { failsOpen } from './renewal.ts';
import { reportIn } from './wish.ts';

/** Why a new token is due. */
export type DueReason =
  | 'Missing'
  | 'Interrupted'
  | 'TokenDead'
  | 'CredentialsChanged'
  | 'Forced'
  | 'Expired'
  | 'NearExpiry'
  | 'NearExpiryFailOpen';

/** Why none is. */
export type KeepReason = 'Fresh' | 'Rejected' | 'AlreadyReplaced' | 'StillAlive' | 'Unverified';

export type Due =
  | { readonly action: 'keep'; readonly reason: KeepReason }
  | { readonly action: 'due'; readonly reason: DueReason };

/** A stamp further ahead than this is void: the clock was turned back since. */
const CLOCK_TOLERANCE = 60_000;

export function isVoid(stamp: number, now: number): boolean {
  return stamp > now + CLOCK_TOLERANCE;
}

/** First half of the decision: the first reason that holds. */
export function whyDue(facts: Facts, now: number): Due {
  const { state } = facts;
  const { published } = state;

  if (facts.unreadable) return due('Interrupted');

  const report = reportOn(facts, state);
  // A report is checked with the broker before it is believed; an expired token needs no check.
  const mayLive = published !== undefined && !state.dead && now < published.expiresAt;
  if (report === 'open' && mayLive) return keep('Rejected');

  if (state.attempt?.outcome === 'started') return due('Interrupted');
  if (published === undefined) return due('Missing');
  if (isVoid(published.issuedAt, now)) return due('Interrupted');
  if (state.dead) return due('TokenDead');
  if (credentialsChanged(facts, published.secretVersion)) return due('CredentialsChanged');
  if (facts.message.cause === 'forced' || state.wanted?.reason === 'Forced') return due('Forced');
  if (now >= published.expiresAt) return due('Expired');
  if (now >= published.renewAt)
    return due(failsOpen(published.renewAt, published, rulesOf(facts)) ? 'NearExpiryFailOpen' : 'NearExpiry');

  return keep(report === undefined || report === 'open' ? 'Fresh' : report);
}

type Report = 'open' | 'StillAlive' | 'Unverified' | 'AlreadyReplaced' | undefined;

/** Where a rejection report, or a doubt of our own, stands: from this message, or one that could not be checked yet. */
function reportOn(facts: Facts, state: State): Report {
  const { message } = facts;
  const fromMessage = message.cause === 'rejected' ? (message.generation ?? state.generation) : undefined;
  const wish = reportIn(state.wanted);
  const fromWish = wish && (wish.generation ?? state.generation);
  // Nobody has reported it, but a call that we know no end of may have ended it.
  const fromDoubt = state.doubted ? state.generation : undefined;
  const reported = Math.max(fromMessage ?? 0, fromWish ?? 0, fromDoubt ?? 0);
  if (reported === 0) return undefined;
  // A generation is replaced once, however many report it.
  if (reported < state.generation) return fromMessage === undefined ? undefined : 'AlreadyReplaced';
  if (facts.verdict === undefined) return 'open';
  return facts.verdict === 'alive' ? 'StillAlive' : 'Unverified';
}

function credentialsChanged(facts: Facts, issuedBy: string): boolean {
  const wanted =
    facts.message.cause === 'credentials-changed' || facts.state.wanted?.reason === 'CredentialsChanged';
  if (!wanted) return false;
  // Before the secret has been read only a wish, which was established from the secret, counts.
  if (facts.secretVersion === undefined) return facts.state.wanted?.reason === 'CredentialsChanged';
  return facts.secretVersion !== issuedBy;
}

function rulesOf({ config, contract }: Facts) {
  return {
    renewBefore: config.renewBeforeSeconds * 1000,
    checkEvery: config.checkEverySeconds * 1000,
    sessions: config.sessions,
    reuseWindow: contract.reuseWindow,
  };
}

function due(reason: DueReason): Due {
  return { action: 'due', reason };
}

function keep(reason: KeepReason): Due {
  return { action: 'keep', reason };
}
