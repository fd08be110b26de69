import { isDeepStrictEqual } from 'node:util';
import { formatState, parseState } from '../../lambdas/store/state-codec.ts';
import type { ExploredWorld } from './explored-world.ts';

const SECOND = 1000;
/** A token that ends must be replaced within this time. */
const REPLACED_WITHIN = 30 * SECOND;
const STATE_LIMIT = 4096;

export interface DeliveryFacts {
  /** A revocation was requested. */
  readonly requested: boolean;
  /** A call failed, was lost, or was the last one. */
  readonly faulty: boolean;
  /** For every issue call it is known whether the broker executed it. */
  readonly answered: boolean;
}

/** What one delivery broke, in a sentence; undefined if nothing. */
export function brokenSafety(
  before: ExploredWorld,
  after: ExploredWorld,
  { requested, faulty, answered }: DeliveryFacts,
): string | undefined {
  return (
    brokenInterval(before, after) ??
    brokenPublication(after) ??
    (answered ? brokenCount(before, after) : undefined) ??
    (requested || faulty ? undefined : brokenLife(before, after))
  );
}

function brokenInterval(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const { config } = after.state;
  const minimum = config.broker === 'kis' ? 60 * SECOND : 2 * SECOND;
  const calls = after.broker().calls.filter(({ kind }) => kind === 'issue');
  // A call just before the clock was turned back is forgotten: its stamp lies in the future.
  if (after.state.clockBehind > 0) return undefined;
  const first = Math.max(1, before.broker().calls.filter(({ kind }) => kind === 'issue').length);
  for (let index = first; index < calls.length; index += 1) {
    const [previous, call] = [calls[index - 1], calls[index]];
    if (previous && call && call.at - previous.at < minimum)
      return `an issue call came ${call.at - previous.at} ms after the one before`;
  }
  return undefined;
}

/** Only calls that gave a token, or may have given one, count against the day's budget. */
function brokenCount(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const given = givenTokens(after) - givenTokens(before);
  const counted = after.published.issues.length - before.published.issues.length;
  return counted > given ? `${counted} issue calls count, and ${given} gave a token` : undefined;
}

function givenTokens(world: ExploredWorld): number {
  return world.broker().count('issue', 'issued') + world.broker().count('issue', 'reused');
}

function brokenPublication({ state, token }: ExploredWorld): string | undefined {
  if (token === undefined || token === 'FAKE-overwritten') return undefined;
  const given = Object.values(state.brokers).some(({ book }) => book.tokens[token] !== undefined);
  return given ? undefined : 'a token is published that no broker gave';
}

/** A token that consumers used was ended, and no live one took its place in time. */
function brokenLife(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const { token } = before;
  const moved = before.state.config !== after.state.config;
  if (token === undefined || !before.isTokenLive || moved || isUnforeseeable(before)) return undefined;
  const record = after.broker().tokens.find((each) => each.token === token);
  if (record?.diedAt === undefined || record.diedAt < before.state.now) return undefined;
  if (record.diedAt >= record.expiresAt) return undefined;
  const published = after.broker().tokens.find((each) => each.token === after.token);
  const replaced =
    published !== undefined && after.isTokenLive && published.issuedAt - record.diedAt <= REPLACED_WITHIN;
  return replaced ? undefined : 'a live token was ended and not replaced within 30 s';
}

/** Values of the state parameter that were checked without a finding. Worlds share them. */
const validStates = new WeakSet<object>();

/** What is wrong with the state parameter; undefined if nothing. */
export function brokenState({ state }: ExploredWorld): string | undefined {
  if (state.state === undefined || validStates.has(state.state)) return undefined;
  const text = formatState(state.state.state);
  if (Buffer.byteLength(text) >= STATE_LIMIT) return 'the state has 4 KB or more';
  // The parameter holds text: what it does not give back, the world must not remember.
  const parsed = parseState(text);
  if (parsed.unreadable !== undefined) return 'the state cannot be read back';
  const same = isDeepStrictEqual(JSON.parse(text), JSON.parse(formatState(parsed.state)));
  if (!same) return 'the state is read back as another one';
  validStates.add(state.state);
  return undefined;
}

/**
 * A broker that gives only dead tokens, or one that returns a token after its revocation and did not do so
 * before: nothing shows that before a live token is lost.
 */
export function isUnforeseeable(world: ExploredWorld): boolean {
  const options = world.broker().options;
  if (options.replacement === 'dead') return true;
  const { revokeUseless, pending } = world.published;
  return options.reuseDead === 'always' && (revokeUseless === undefined || pending?.revoke !== undefined);
}
