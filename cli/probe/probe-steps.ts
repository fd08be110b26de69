import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { HOUR, MINUTE, SECOND } from '../time.ts';
import { addCallFindings, type ProbeFindings, type TokenVerdict } from './findings.ts';
import {
  ISSUE_INTERVALS,
  type ProbeCall,
  type ProbeSession,
  type ProbeStep,
  type ProbeToken,
} from './probe-session.ts';

/** The documented reuse window of KIS; at Kiwoom, the token age at which reuse is measured. */
const REUSE_WINDOW = 6 * HOUR;
/** The time between a token request and the end of the reuse window, in milliseconds. */
const WINDOW_MARGIN = 5 * MINUTE;

export interface ProbeScope {
  readonly quick?: boolean;
  readonly provokeRejections?: boolean;
}

type StepFindings = Omit<ProbeFindings, 'interval'>;

interface PlannedStep {
  readonly step: ProbeStep;
  readonly question: string;
  /** The maximum number of tokens that the step requests. */
  readonly maxIssues: number;
  /** The estimated duration of the step, in milliseconds. */
  readonly duration: number;
  readonly measure: (session: ProbeSession) => Promise<StepFindings>;
}

export function planProbe(
  broker: BrokerId,
  { quick, provokeRejections }: ProbeScope,
): readonly PlannedStep[] {
  const { usual } = ISSUE_INTERVALS[broker];
  const steps: readonly PlannedStep[] = [
    {
      step: 'base',
      question: 'a first token, and its life',
      maxIssues: 1,
      duration: 5 * SECOND,
      measure: measureFirstToken,
    },
    {
      step: 'again',
      question: 'a second call: the same token, or a new one that ends the old one? what is expires_in?',
      maxIssues: 1,
      duration: usual + 4 * SECOND,
      measure: measureSecondCall,
    },
    {
      step: 'rejection',
      question: 'calls that are too early: when are they rejected, with which code, and do they count?',
      maxIssues: 3,
      duration: 4 * usual,
      measure: measureRejection,
    },
    {
      step: 'window',
      question: 'before and after six hours: the same token, or a new one that ends the old one?',
      maxIssues: 2,
      duration: REUSE_WINDOW + WINDOW_MARGIN,
      measure: measureReuseWindow,
    },
    {
      step: 'revoke',
      question: 'a revocation: is the token dead at once, and is the next one new?',
      maxIssues: 1,
      duration: 2 * usual + 8 * SECOND,
      measure: measureRevocation,
    },
  ];
  return steps.filter(
    ({ step, duration }) => (step !== 'rejection' || provokeRejections) && (!quick || duration < HOUR),
  );
}

/** Runs the planned steps, and yields the findings of all finished steps after each step. */
export async function* runSteps(session: ProbeSession, scope: ProbeScope) {
  let stepFindings: StepFindings = {};
  for (const { step, measure } of planProbe(session.broker, scope)) {
    session.step = step;
    stepFindings = { ...stepFindings, ...(await measure(session)) };
    yield addCallFindings(stepFindings, session.calls);
  }
}

/** Requests a live token. If KIS returns a dead token, waits until the reuse window of that token ends. */
async function measureFirstToken(session: ProbeSession): Promise<StepFindings> {
  await session.issue('Requesting a first token');
  const { outcome } = await session.verify(session.currentToken);
  if (outcome !== 'dead' || session.broker !== 'kis') return {};
  const end = session.currentToken.issuedAt + REUSE_WINDOW + WINDOW_MARGIN;
  await session.sleepUntil(end, 'The broker returned a dead token; waiting for the end of its reuse window');
  await session.issue('Requesting a live token');
  await session.verify(session.currentToken);
  return {};
}

async function measureSecondCall(session: ProbeSession): Promise<StepFindings> {
  const old = session.currentToken;
  const firstCall = session.issueCalls.at(-1);
  const secondCall = await session.issue('Requesting a second token');
  const oldTokenVerdict = await verifyNewAndOldToken(session, old);
  const afterSeconds = Math.round((secondCall.at - (firstCall?.end ?? secondCall.at)) / SECOND);
  if (secondCall.fingerprint !== old.fingerprint)
    return { again: { afterSeconds, token: 'new', oldToken: oldTokenVerdict } };
  const expiry = secondCall.expiresAt === firstCall?.expiresAt ? 'kept' : 'moved';
  return { again: { afterSeconds, token: 'same', expiry } };
}

/** The call after a provoked rejection shows whether the rejected call restarted the interval. */
async function measureRejection(session: ProbeSession): Promise<StepFindings> {
  await session.issue('Requesting a token to measure the interval after this call');
  for (const early of ISSUE_INTERVALS[session.broker].tooShort) {
    const lastSuccessfulCall = session.issueCalls.findLast(({ outcome }) => outcome === 'token');
    const end = lastSuccessfulCall?.end ?? session.now;
    await session.sleepUntil(end + early, 'Waiting to make a call that should be rejected');
    const call = await session.issueNow('Requesting a token too early');
    if (call.outcome !== 'throttled') continue;
    await session.sleepUntil(end + session.issueInterval, 'Waiting for the end of the interval');
    await session.issueNow('Requesting a token to check whether the rejected call restarted the interval');
    break;
  }
  return {};
}

/** Requests a token shortly before and shortly after the documented end of the reuse window. */
async function measureReuseWindow(session: ProbeSession): Promise<StepFindings> {
  const end = session.currentToken.issuedAt + REUSE_WINDOW;
  let reuse: ProbeFindings['reuse'];
  if (session.now < end - WINDOW_MARGIN + MINUTE) {
    await session.sleepUntil(end - WINDOW_MARGIN, 'Waiting until shortly before the token is six hours old');
    reuse = await measureReuse(session, 'Requesting a token shortly before the last one is six hours old');
  }
  await session.sleepUntil(end + WINDOW_MARGIN, 'Waiting until the token is six hours old');
  const sixHourReuse = await measureReuse(session, 'Requesting a token after the last one is six hours old');
  return { reuse: { ...reuse, ...sixHourReuse } };
}

/** Requests a token. @returns the age of the previous token, and whether the broker returned it again */
async function measureReuse(session: ProbeSession, progressText: string): Promise<ProbeFindings['reuse']> {
  const old = session.currentToken;
  const { at, fingerprint } = await session.issue(progressText);
  const age = Math.round((at - old.issuedAt) / SECOND);
  const oldTokenVerdict = await verifyNewAndOldToken(session, old);
  return fingerprint === old.fingerprint
    ? { sameAfterSeconds: age }
    : { newAfterSeconds: age, oldToken: oldTokenVerdict };
}

async function measureRevocation(session: ProbeSession): Promise<StepFindings> {
  const old = session.currentToken;
  // Kiwoom rejects an issue or revoke call immediately after a previous issue or revoke call.
  await session.sleepUntil(session.now + 2 * SECOND, 'Waiting before the revocation');
  const firstRevocation = await session.revoke(old);
  const verificationAfterRevocation = await session.verify(old);
  await session.sleepUntil(session.now + session.issueInterval, 'Waiting before the second revocation');
  const secondRevocation = await session.revoke(old);
  const next = await session.issue('Requesting a token after the revocation');
  const { outcome } = await session.verify(session.currentToken);
  const sameTokenText = outcome === 'alive' ? 'the same, alive' : 'the same, dead';
  return {
    revoke: {
      confirmed: firstRevocation.outcome === 'revoked' && firstRevocation.code === undefined,
      tokenAfterwards: verdictOf(verificationAfterRevocation),
      secondTime: secondRevocation.code ?? secondRevocation.outcome,
      next: next.fingerprint === old.fingerprint ? sameTokenText : 'new',
    },
  };
}

/** Verifies the current token if it is new, and then the old token. @returns the verdict on the old token */
async function verifyNewAndOldToken(session: ProbeSession, old: ProbeToken): Promise<TokenVerdict> {
  if (session.currentToken.fingerprint !== old.fingerprint) await session.verify(session.currentToken);
  return verdictOf(await session.verify(old));
}

function verdictOf({ outcome }: ProbeCall): TokenVerdict {
  return outcome === 'alive' || outcome === 'dead' ? outcome : 'unknown';
}
