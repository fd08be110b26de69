import type { Wish, WishReason } from '../shared/state.ts';
import type { Decision, Facts } from './decide.ts';

/** Of two wishes the stronger one is kept: what serves it serves the weaker too. */
const STRENGTH: Readonly<Record<WishReason, number>> = { Rejected: 0, Forced: 1, CredentialsChanged: 2 };

/**
 * What stays wanted after a decision that served nothing: what this message asked for, or what was
 * pending, unless it has been answered or is void. The very same object if nothing changed.
 */
export function wishAfter(facts: Facts, decision: Decision, now: number): Wish | undefined {
  const { wanted } = facts.state;
  const open = [...wishesIn(wanted), ...wishOf(facts, now)].filter((wish) => isOpen(wish, facts, decision));
  return joined(open, wanted);
}

/** What is wanted once the message's wish is taken up by an attempt: the attempt's end answers it. */
export function wishTakenUp(facts: Facts, now: number): Wish | undefined {
  const { wanted } = facts.state;
  return joined([...wishesIn(wanted), ...wishOf(facts, now)], wanted);
}

/** The report within a wish: it may stand beside another reason, as only a check with the broker answers it. */
export function reportIn(wanted: Wish | undefined): Wish | undefined {
  return wishesIn(wanted).find(({ reason }) => reason === 'Rejected');
}

/** A wish with a generation is a report, and whatever else it says. */
function wishesIn(wanted: Wish | undefined): readonly Wish[] {
  if (wanted === undefined) return [];
  const { reason, generation, since } = wanted;
  if (reason === 'Rejected' || generation === undefined) return [wanted];
  return [
    { reason, since },
    { reason: 'Rejected', generation, since },
  ];
}

function joined(wishes: readonly Wish[], before: Wish | undefined): Wish | undefined {
  const first = wishes[0];
  if (first === undefined) return undefined;
  const { reason, generation, since } = wishes.slice(1).reduce(stronger, first);
  if (reason === before?.reason && generation === before.generation && since === before.since) return before;
  return { reason, ...(generation !== undefined && { generation }), since };
}

function stronger(pending: Wish, asked: Wish): Wish {
  // The newest generation is the one to check; a report of an older one may come later.
  const generations = [pending.generation, asked.generation].filter((each) => each !== undefined);
  const generation = generations.length === 0 ? undefined : Math.max(...generations);
  // Of equal wishes the first one tells since when; a report is a new one each time.
  const takes = pending.reason === 'Rejected' || STRENGTH[asked.reason] > STRENGTH[pending.reason];
  return { ...(takes ? asked : pending), generation };
}

function wishOf({ message, state }: Facts, now: number): readonly Wish[] {
  switch (message.cause) {
    case 'forced':
      return [{ reason: 'Forced', since: now }];
    case 'rejected':
      return [{ reason: 'Rejected', generation: message.generation ?? state.generation, since: now }];
    case 'credentials-changed':
      return [{ reason: 'CredentialsChanged', since: now }];
    default:
      return [];
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
