import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { HOUR, MINUTE, SECOND } from '../time.ts';
import { analyzeCalls, type ProbeFindings, type TokenLife } from './findings.ts';
import type { Gaps, HeldToken, ProbeCall, ProbeSession, ProbeStep } from './probe-session.ts';

/** The documented interval (docs/brokers.md), and the longest one of any document. */
export const GAPS: Readonly<Record<BrokerId, Gaps>> = {
  kis: { usual: 61 * SECOND, long: 301 * SECOND },
  kiwoom: { usual: 11 * SECOND, long: 61 * SECOND },
};

/** Gaps of calls that should be refused: documents disagree between the first and the usual gap. */
const TOO_EARLY: Readonly<Record<BrokerId, readonly number[]>> = {
  kis: [30 * SECOND, 2 * SECOND],
  kiwoom: [3 * SECOND, 300],
};

/** Documented reuse window of KIS; at Kiwoom, the time after which reuse is measured. */
const REUSE_WINDOW = 6 * HOUR;
/** Calls are made this long before and after the end of the window. */
const WINDOW_MARGIN = 5 * MINUTE;

export interface Scope {
  readonly quick: boolean;
  readonly provokeRefusals: boolean;
}

export interface PlannedStep {
  readonly step: ProbeStep;
  readonly question: string;
  /** Most issued tokens. */
  readonly issues: number;
  /** Estimated time in milliseconds. */
  readonly takes: number;
}

const plan = (step: ProbeStep, issues: number, takes: number, question: string): PlannedStep => ({
  step,
  question,
  issues,
  takes,
});

const PLAN: Readonly<Record<BrokerId, readonly PlannedStep[]>> = {
  kis: [
    plan('base', 1, 5 * SECOND, 'a first token: its life, and the clock of the broker'),
    plan('again', 1, 65 * SECOND, 'a second call after 61 s: the same token? what is expires_in?'),
    plan('refusal', 3, 4 * MINUTE, 'calls that are too early: when are they refused, and do they count?'),
    plan(
      'window',
      2,
      REUSE_WINDOW + 5 * MINUTE,
      'before and after six hours: a new token? does the old one become invalid?',
    ),
    plan('revoke', 1, 130 * SECOND, 'a revocation: is the token invalid at once, and is the next one new?'),
  ],
  kiwoom: [
    plan('base', 1, 5 * SECOND, 'a first token, and its life'),
    plan(
      'again',
      1,
      15 * SECOND,
      'a second call after 11 s: the same token, or a new one that ends the old one?',
    ),
    plan('refusal', 3, MINUTE, 'calls that are too early: when are they refused, and with which code?'),
    plan('later', 1, REUSE_WINDOW, 'six hours later: still the same token?'),
    plan('revoke', 1, 30 * SECOND, 'a revocation: is the token invalid at once, and is the next one new?'),
  ],
};

export function planProbe(broker: BrokerId, { quick, provokeRefusals }: Scope): readonly PlannedStep[] {
  return PLAN[broker].filter(
    ({ step, takes }) => (step !== 'refusal' || provokeRefusals) && (!quick || takes < HOUR),
  );
}

type StepFindings = Omit<Partial<ProbeFindings>, 'interval'>;

/** Runs the planned steps. `partial` receives the findings after each step. */
export async function runSteps(
  session: ProbeSession,
  broker: BrokerId,
  scope: Scope,
  partial: (findings: ProbeFindings) => void = () => {},
): Promise<ProbeFindings> {
  const steps: Readonly<Record<ProbeStep, () => Promise<StepFindings>>> = {
    base: () => base(session, broker),
    again: () => again(session),
    refusal: () => refusal(session, TOO_EARLY[broker]),
    window: () => reuseWindow(session),
    later: () => later(session),
    revoke: () => revoke(session),
  };
  let found: StepFindings = {};
  const findings = (): ProbeFindings => {
    const analyzed = analyzeCalls(session.calls);
    const expiresIn = expiresInMeaning(session.calls, analyzed.lifeSeconds);
    return {
      ...found,
      ...analyzed,
      ...(found.again && { again: { ...found.again, ...(expiresIn && { expiresIn }) } }),
    };
  };
  for (const { step } of planProbe(broker, scope)) {
    session.step = step;
    found = { ...found, ...(await steps[step]()) };
    partial(findings());
  }
  return findings();
}

/** A live token to start with. KIS may return one that was revoked: then its window must end first. */
async function base(session: ProbeSession, broker: BrokerId): Promise<StepFindings> {
  await session.issue('Requesting a first token');
  const { outcome } = await session.verify(session.held);
  if (outcome !== 'dead' || broker !== 'kis') return {};
  const end = session.held.issuedAt + REUSE_WINDOW + WINDOW_MARGIN;
  await session.sleepUntil(end, 'The broker returned a dead token; waiting for the end of its reuse window');
  await session.issue('Requesting a live token');
  await session.verify(session.held);
  return {};
}

async function again(session: ProbeSession): Promise<StepFindings> {
  const old = session.held;
  const first = session.issues.at(-1);
  const second = await session.issue('Requesting a second token');
  const oldToken = await verifyBoth(session, old);
  const afterSeconds = Math.round((second.at - (first?.end ?? second.at)) / SECOND);
  if (second.fingerprint !== old.fingerprint) return { again: { afterSeconds, token: 'new', oldToken } };
  const expiry = second.expiresAt === first?.expiresAt ? 'kept' : 'moved';
  return { again: { afterSeconds, token: 'same', expiry } };
}

/** Calls too early on purpose, and then at the usual gap after the last answered call. */
async function refusal(session: ProbeSession, tooEarly: readonly number[]): Promise<StepFindings> {
  await session.issue('Requesting a token to count from');
  for (const early of tooEarly) {
    const counted = session.issues.findLast(({ outcome }) => outcome === 'token');
    const end = counted?.end ?? session.now;
    await session.sleepUntil(end + early, 'Waiting for a call that should be refused');
    const call = await session.issueNow('Requesting a token too early');
    if (call.outcome !== 'throttled') continue;
    await session.sleepUntil(end + session.gap, 'Waiting for the end of the interval');
    await session.issueNow('Requesting a token: allowed unless the refused call counts');
    break;
  }
  return {};
}

/** KIS: just before and just after the documented end of the reuse window. */
async function reuseWindow(session: ProbeSession): Promise<StepFindings> {
  const first = session.held;
  const end = first.issuedAt + REUSE_WINDOW;
  let reuse: ProbeFindings['reuse'];
  if (session.now < end - WINDOW_MARGIN + MINUTE) {
    await session.sleepUntil(end - WINDOW_MARGIN, 'Waiting for the last minutes of the reuse window');
    reuse = await compareAges(session, 'Requesting a token shortly before six hours');
  }
  await session.sleepUntil(end + WINDOW_MARGIN, 'Waiting for the end of the reuse window');
  return { reuse: { ...reuse, ...(await compareAges(session, 'Requesting a token after six hours')) } };
}

async function later(session: ProbeSession): Promise<StepFindings> {
  await session.sleepUntil(session.now + REUSE_WINDOW, 'Waiting six hours');
  return { reuse: await compareAges(session, 'Requesting a token after six hours') };
}

/** The age of the held token at the next issue call, and whether the broker returned it. */
async function compareAges(session: ProbeSession, why: string): Promise<NonNullable<ProbeFindings['reuse']>> {
  const old = session.held;
  const { at, fingerprint } = await session.issue(why);
  const age = Math.round((at - old.issuedAt) / SECOND);
  const oldToken = await verifyBoth(session, old);
  return fingerprint === old.fingerprint ? { sameAfterSeconds: age } : { newAfterSeconds: age, oldToken };
}

async function revoke(session: ProbeSession): Promise<StepFindings> {
  const old = session.held;
  // Kiwoom refuses a token call of any kind right after another one.
  await session.sleepUntil(session.now + 2 * SECOND, 'Waiting before the revocation');
  const first = await session.revoke(old);
  const afterwards = await session.verify(old);
  await session.sleepUntil(session.now + session.gap, 'Waiting before the second revocation');
  const second = await session.revoke(old);
  const next = await session.issue('Requesting a token after the revocation');
  const { outcome } = await session.verify(session.held);
  const same = outcome === 'alive' ? 'the same, alive' : 'the same, dead';
  const accepted = second.outcome === 'revoked' ? 'accepted' : second.outcome;
  return {
    revoke: {
      confirmed: first.outcome === 'revoked' && first.code === undefined,
      tokenAfterwards: lifeIn(afterwards),
      secondTime: second.code ?? accepted,
      next: next.fingerprint === old.fingerprint ? same : 'new',
    },
  };
}

/** Verifies the held token if it is new, then the old one. @returns the health of the old token */
async function verifyBoth(session: ProbeSession, old: HeldToken): Promise<TokenLife> {
  if (session.held.fingerprint !== old.fingerprint) await session.verify(session.held);
  return lifeIn(await session.verify(old));
}

function lifeIn({ outcome }: ProbeCall): TokenLife {
  return outcome === 'alive' || outcome === 'dead' ? outcome : 'unknown';
}

/** The meaning of `expires_in` of a token that was returned again; a minute after issue the two differ by a minute. */
function expiresInMeaning(calls: readonly ProbeCall[], lifeSeconds = Number.NaN) {
  const issues = calls.filter(({ kind, outcome }) => kind === 'issue' && outcome === 'token');
  const index = issues.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = issues[index] ?? {};
  if (expiresIn === undefined || fingerprint !== issues[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - lifeSeconds) <= 2) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 20 ? 'time left' : 'neither';
}
