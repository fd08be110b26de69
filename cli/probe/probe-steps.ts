import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { HOUR, MINUTE, SECOND } from '../time.ts';
import { endOf, type ProbeStep } from './journal.ts';
import type { Gaps, InHand, ProbeSession } from './probe-session.ts';

/** By the brokers' documents (docs/brokers.md), and the longest that any of them says. */
export const GAPS: Readonly<Record<BrokerId, Gaps>> = {
  kis: { usual: 61 * SECOND, long: 301 * SECOND },
  kiwoom: { usual: 11 * SECOND, long: 61 * SECOND },
};

/** How early a call is that is made to be refused. */
export const TOO_EARLY: Readonly<Record<BrokerId, readonly number[]>> = {
  // The notice of one a second, and well below the minute.
  kis: [30 * SECOND, 2 * SECOND],
  // "Of two simultaneous calls the second is refused", and well below what the refresher keeps.
  kiwoom: [3 * SECOND, 300],
};

const KIS_WINDOW = 6 * HOUR;
/** So far from the end of the window on either side. */
const ASIDE = 5 * MINUTE;
/** So much later it is asked again whether Kiwoom still keeps one token. */
const LATER = 6 * HOUR;

export interface Scope {
  readonly quick: boolean;
  readonly provokeRefusals: boolean;
}

export function stepsOf(broker: BrokerId, { quick, provokeRefusals }: Scope): readonly ProbeStep[] {
  const long: ProbeStep = broker === 'kis' ? 'window' : 'later';
  return [
    'base',
    'again',
    ...(provokeRefusals ? (['refusal'] as const) : []),
    ...(quick ? [] : [long]),
    'revoke',
  ];
}

/** Makes what has not been made yet. */
export async function runSteps(bench: ProbeSession, broker: BrokerId, scope: Scope): Promise<void> {
  const make: Readonly<Record<ProbeStep, (bench: ProbeSession) => Promise<void>>> = {
    base: (each) => base(each, broker),
    again,
    refusal: (each) => refusal(each, TOO_EARLY[broker]),
    window,
    later,
    revoke,
  };
  for (const step of stepsOf(broker, scope)) {
    if (bench.journal.done.includes(step)) continue;
    bench.step = step;
    await make[step](bench);
    bench.finish(step);
  }
}

/** A token to begin with. One that was revoked a while ago may come back: then it is waited out. */
async function base(bench: ProbeSession, broker: BrokerId): Promise<void> {
  await bench.issue('A first token');
  const first = await held(bench);
  const { outcome } = await bench.verify(first);
  if (outcome !== 'dead' || broker !== 'kis') return;
  await bench.sleepUntil(
    first.issuedAt + KIS_WINDOW + ASIDE,
    'The broker handed back a dead token: until its six hours are over',
  );
  await bench.issue('A first token that works');
  await bench.verify(await held(bench));
}

/** The same token, or another one? And does the old one go on working? */
async function again(bench: ProbeSession): Promise<void> {
  const old = await held(bench);
  await bench.issue('Asked again: the same token?');
  await compare(bench, old);
}

/** Too early on purpose, and then as soon as it should be allowed by the last call that was answered. */
async function refusal(bench: ProbeSession, tooEarly: readonly number[]): Promise<void> {
  await bench.issue('A token to count from');
  for (const early of tooEarly) {
    const counted = bench.journal.entries.findLast(
      ({ kind, outcome }) => kind === 'issue' && outcome === 'token',
    );
    if (counted === undefined) return;
    const end = endOf(counted);
    await bench.sleepUntil(end + early, 'Until a call that should be refused');
    const entry = await bench.issueNow('Too early, to see what happens');
    if (entry.outcome !== 'throttled') continue;
    await bench.sleepUntil(end + bench.gap, 'Does a refused call begin the interval anew?');
    await bench.issueNow('Allowed again, if a refused call does not count');
    return;
  }
}

/** KIS: the same token for six hours, and a new one after that? */
async function window(bench: ProbeSession): Promise<void> {
  const first = await held(bench);
  const end = first.issuedAt + KIS_WINDOW;
  if (bench.now < end - ASIDE + MINUTE) {
    await bench.sleepUntil(end - ASIDE, 'Until shortly before the six hours are over');
    await bench.issue('Shortly before six hours: still the same token?');
    if (bench.inHand?.print !== first.print) await compare(bench, first);
  }
  const old = await held(bench);
  await bench.sleepUntil(end + ASIDE, 'Until the six hours are over');
  await bench.issue('After six hours: a new token?');
  await compare(bench, old);
}

/** Kiwoom: is one token kept for longer? */
async function later(bench: ProbeSession): Promise<void> {
  const old = await held(bench);
  await bench.sleepUntil(bench.now + LATER, 'Six hours later: still the same token?');
  await bench.issue('Six hours later: still the same token?');
  await compare(bench, old);
}

/** Does a revocation end a token, what does a second one say, and what is issued after it? */
async function revoke(bench: ProbeSession): Promise<void> {
  const old = await held(bench);
  // Kiwoom refuses two token calls at once, of each kind.
  await bench.sleepUntil(bench.now + 2 * SECOND, 'A moment');
  await bench.revoke(old);
  await bench.verify(old);
  await bench.sleepUntil(bench.now + bench.gap, 'Until it is revoked a second time');
  await bench.revoke(old);
  await bench.issue('After a revocation: a new token?');
  await bench.verify(await held(bench));
}

/** The token that the broker gave last; asked for once more where an earlier run had it. */
async function held(bench: ProbeSession): Promise<InHand> {
  if (bench.inHand === undefined) await bench.issue('The token of the run before');
  if (bench.inHand === undefined) throw new Error('a token was issued, and none is in hand');
  return bench.inHand;
}

async function compare(bench: ProbeSession, old: InHand): Promise<void> {
  const next = await held(bench);
  if (next.print !== old.print) await bench.verify(next);
  await bench.verify(old);
}
