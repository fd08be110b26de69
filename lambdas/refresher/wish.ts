import type { Wish, WishReason } from '../shared/state.ts';
import type { Decision, Facts } from './decide.ts';

/** A pending wish gives way only to a stronger one: what serves the stronger serves the weaker too. */
const STRENGTH: Readonly<Record<WishReason, number>> = { Forced: 1, Rejected: 2, CredentialsChanged: 3 };

/**
 * What stays wanted after a decision that served nothing: what this message asked for, or what was
 * pending, unless it has been answered or is void.
 */
export function wishAfter(facts: Facts, decision: Decision, now: number): Wish | undefined {
  const { wanted } = facts.state;
  const pending = wanted !== undefined && isOpen(wanted, facts, decision) ? wanted : undefined;
  const asked = wishOf(facts, now);
  return asked !== undefined && isOpen(asked, facts, decision) ? stronger(pending, asked) : pending;
}

/** What is wanted once the message's wish is taken up by an attempt: the attempt's end answers it. */
export function wishTakenUp(facts: Facts, now: number): Wish | undefined {
  const asked = wishOf(facts, now);
  return asked === undefined ? facts.state.wanted : stronger(facts.state.wanted, asked);
}

function stronger(pending: Wish | undefined, asked: Wish): Wish {
  if (pending === undefined) return asked;
  // The newest generation is the one to check; of equal wishes the first one tells since when.
  if (pending.reason === asked.reason) return asked.reason === 'Rejected' ? asked : pending;
  return STRENGTH[asked.reason] > STRENGTH[pending.reason] ? asked : pending;
}

function wishOf({ message, state }: Facts, now: number): Wish | undefined {
  switch (message.cause) {
    case 'forced':
      return { reason: 'Forced', since: now };
    case 'rejected':
      return { reason: 'Rejected', generation: message.generation ?? state.generation, since: now };
    case 'credentials-changed':
      return { reason: 'CredentialsChanged', since: now };
    default:
      return undefined;
  }
}

function isOpen(wish: Wish, { state, secretVersion, verdict }: Facts, decision: Decision): boolean {
  const { published } = state;
  if (published === undefined && wish.reason !== 'Forced') return false;
  switch (wish.reason) {
    case 'Forced':
      // Any other wait is an answer, with the instant from which it would be allowed.
      return (
        decision.action === 'wait' && (decision.reason === 'TooSoon' || decision.reason === 'BackingOff')
      );
    case 'Rejected':
      // Under pause a report calls nobody, and a dead token needs no more proof.
      return (
        (wish.generation ?? state.generation) >= state.generation &&
        verdict !== 'alive' &&
        !state.dead &&
        !state.paused
      );
    case 'CredentialsChanged':
      return secretVersion === undefined
        ? state.wanted?.reason === 'CredentialsChanged'
        : secretVersion !== published?.secretVersion;
  }
}
