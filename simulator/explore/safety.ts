import { isDeepStrictEqual } from 'node:util';
import { formatState, parseState } from '../../lambdas/store/state-codec.ts';
import type { ExploredWorld } from './explored-world.ts';

const SECOND = 1000;
/** The maximum time from the invalidation of a token to the issue of the next token. */
const MAX_REPLACEMENT_TIME = 30 * SECOND;
const MAX_STATE_BYTES = 4096;

/**
 * Checks the handling of one message.
 * @param isUndisturbed whether no call failed, and no message requested the revocation of the token
 * @param areExecutionsKnown whether the refresher can determine if the broker executed each issue call
 * @returns the description of a violated check
 */
export function deliveryViolation(
  before: ExploredWorld,
  after: ExploredWorld,
  isUndisturbed: boolean,
  areExecutionsKnown: boolean,
): string | undefined {
  return (
    intervalViolation(before, after) ??
    publicationViolation(after) ??
    (areExecutionsKnown ? budgetViolation(before, after) : undefined) ??
    (isUndisturbed ? replacementViolation(before, after) : undefined)
  );
}

function intervalViolation(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const { config } = after.state;
  const minimumInterval = config.broker === 'kis' ? 60 * SECOND : 2 * SECOND;
  const calls = after.broker().calls.filter(({ kind }) => kind === 'issue');
  // After the clock was set back, the last call is in the future. The refresher ignores a time in the future.
  if (after.state.clockBehind > 0) return undefined;
  const first = Math.max(1, before.broker().calls.filter(({ kind }) => kind === 'issue').length);
  for (let index = first; index < calls.length; index += 1) {
    const [previous, call] = [calls[index - 1], calls[index]];
    if (previous && call && call.at - previous.at < minimumInterval)
      return `an issue call followed the previous one after ${call.at - previous.at} ms`;
  }
  return undefined;
}

/** Checks that only the issue calls that returned a token count against the daily budget. */
function budgetViolation(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const returned = countReturnedTokens(after) - countReturnedTokens(before);
  const counted = after.published.issues.length - before.published.issues.length;
  return counted > returned ? `${counted} issue calls count, and ${returned} returned a token` : undefined;
}

function countReturnedTokens(world: ExploredWorld): number {
  return world.broker().count('issue', 'issued') + world.broker().count('issue', 'reused');
}

function publicationViolation({ state, token }: ExploredWorld): string | undefined {
  if (token === undefined || token === 'FAKE-overwritten') return undefined;
  const wasTokenIssued = Object.values(state.brokers).some(({ book }) => book.tokens[token] !== undefined);
  return wasTokenIssued ? undefined : 'a token is published that no broker issued';
}

function replacementViolation(before: ExploredWorld, after: ExploredWorld): string | undefined {
  const { token } = before;
  const isConfigChanged = before.state.config !== after.state.config;
  if (token === undefined || !before.isTokenLive || isConfigChanged || isUnpredictable(before))
    return undefined;
  const record = after.broker().tokens.find((each) => each.token === token);
  if (record?.invalidatedAt === undefined || record.invalidatedAt < before.state.now) return undefined;
  if (record.invalidatedAt >= record.expiresAt) return undefined;
  const published = after.broker().tokens.find((each) => each.token === after.token);
  const isReplacedInTime =
    published && after.isTokenLive && published.issuedAt - record.invalidatedAt <= MAX_REPLACEMENT_TIME;
  return isReplacedInTime ? undefined : 'a live token was invalidated and not replaced within 30 s';
}

/** The states that passed `stateViolation`, so that the exploration checks each state once. */
const validStates = new WeakSet<object>();

/** Checks the content of the state parameter. @returns the description of a violated check */
export function stateViolation({ state }: ExploredWorld): string | undefined {
  if (state.state === undefined || validStates.has(state.state)) return undefined;
  const text = formatState(state.state.state);
  if (Buffer.byteLength(text) >= MAX_STATE_BYTES) return 'the state has 4 KB or more';
  // The simulation keeps the state as an object, but Parameter Store contains only its text.
  const parsed = parseState(text);
  if (parsed.unreadable !== undefined) return 'the state cannot be read back';
  const isSame = isDeepStrictEqual(JSON.parse(text), JSON.parse(formatState(parsed.state)));
  if (!isSame) return 'the state changes when it is read back';
  validStates.add(state.state);
  return undefined;
}

/**
 * Returns whether the broker issues only dead tokens, or returns a revoked token for the first time. The
 * refresher cannot detect these two behaviors before a live token becomes invalid.
 */
export function isUnpredictable(world: ExploredWorld): boolean {
  const options = world.broker().options;
  if (options.replacement === 'dead') return true;
  const { revokeUseless, pending } = world.published;
  return options.reuseDead === 'always' && (revokeUseless === undefined || pending?.revoke !== undefined);
}
