import { renewalRulesOf } from '../../lambdas/decision/health.ts';
import { marginOf, planRenewal, type RenewalRules } from '../../lambdas/decision/renewal.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { type DeadSpan, deadSpans } from '../dead-spans.ts';
import { inSession } from '../trading-calendar.ts';
import { findActiveFault, joinSpans, type Span, sortByStart } from './fault-model.ts';
import type { Policy, PolicyRun } from './run-policy.ts';
import { invalidatesOldToken, keepsUntilExpiry, returnsSameToken, type Scenario } from './scenario.ts';
import { type SimulatedAlarm, simulateAlarms } from './simulated-alarms.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** The longest gap of the kind `replacement`, in milliseconds. */
const MAX_REPLACEMENT_GAP = 2000;

/** A period without a live token. */
export interface Gap extends Span {
  /**
   * The cause of the gap:
   * - `replacement`: the refresher replaced the token in at most two seconds.
   * - `longOutage`: a fault lasted longer than the renewal margin.
   * - `tokenInvalidated`: the broker invalidated the published token during a fault.
   * - `unexcused`: a cause that is not in this list.
   */
  readonly kind: 'replacement' | 'longOutage' | 'tokenInvalidated' | 'unexcused';
  /** The time from the first alarm to the start of the gap, in milliseconds; absent without an alarm. */
  readonly lead?: number | undefined;
}

export interface RunMeasures {
  readonly days: number;
  readonly gaps: readonly Gap[];
  /** The time without a live token within sessions, in milliseconds. */
  readonly deadInSessions: number;
  readonly renewals: number;
  readonly renewalsInSessions: number;
  /** The number of issue calls that returned a token. */
  readonly issues: number;
  /** The fewest issue calls that the broker's behavior, the renewal margin and the sessions allow. */
  readonly minimumIssues: number;
  /** The number of additional issue calls because of lost replies, failed writes and key rotations. */
  readonly forcedIssues: number;
  readonly kakaoTalkMessages: number;
  readonly alarms: readonly ClassifiedAlarm[];
  /** The logged decisions except `keep Fresh`; empty if the option `keepDecisions` is false. */
  readonly decisions: PolicyRun['decisions'];
}

export interface ClassifiedAlarm extends SimulatedAlarm {
  /**
   * The class of the alarm: `budget` if the daily budget of issue calls was spent, `false` if no fault
   * preceded the alarm and no gap followed the alarm, otherwise `due`.
   */
  readonly kind: 'due' | 'budget' | 'false';
}

const NXT_SESSIONS: readonly Session[] = [{ preset: 'nxt' }];

export function measureRun(scenario: Scenario, policy: Policy, run: PolicyRun): RunMeasures {
  const { world, readings, periodsWithoutToken, decisions } = run;
  const { faults, publications } = world;
  const broker = world.broker();
  // For a scenario without sessions, the measures use Korean trading hours.
  const sessions = scenario.sessions.length > 0 ? scenario.sessions : NXT_SESSIONS;
  const lifetime = broker.options.tokenLifeSeconds * 1000;
  const rules = renewalRulesOf({ config: world.state.config, contract: world.client().contract });
  const margin = marginOf({ issuedAt: 0, expiresAt: lifetime }, rules);
  const firedAlarms = policy === 'refresher' ? simulateAlarms(scenario, readings) : [];
  const faultSpans = policy === 'refresher' ? faultSpansOf(run) : [];
  const context = { scenario, margin, faultSpans, firedAlarms, readings };
  const gaps = (periodsWithoutToken ?? deadSpans(publications, broker, faults.to)).map((span) =>
    classifyGap(span, context),
  );
  const renewals = publications.slice(1);
  return {
    days: (faults.to - faults.from) / DAY,
    gaps,
    deadInSessions: gaps.reduce((sum, gap) => sum + millisecondsInSessions(gap, sessions), 0),
    renewals: renewals.length,
    renewalsInSessions: renewals.filter(({ at }) => inSession(sessions, at)).length,
    issues: broker.count('issue', 'issued') + broker.count('issue', 'reused'),
    minimumIssues: minimumIssues(context, run, rules, lifetime),
    forcedIssues: forcedIssues(run.world),
    kakaoTalkMessages: broker instanceof KisSimulator ? broker.alimtalk : 0,
    decisions,
    alarms: firedAlarms.map((alarm) => ({ ...alarm, kind: alarmKindOf(alarm, context, gaps) })),
  };
}

/** Calculates the number of issue calls if the refresher replaces each token as late as its rules allow. */
function minimumIssues(
  { scenario, margin }: RunContext,
  { world: { faults } }: PolicyRun,
  rules: RenewalRules,
  lifetime: number,
): number {
  let tokens = 0;
  let issuedAt = faults.from;
  while (issuedAt < faults.to) {
    const expiresAt = issuedAt + lifetime;
    const plannedRenewal = keepsUntilExpiry(scenario)
      ? expiresAt
      : planRenewal({ issuedAt, expiresAt }, rules).renewAt;
    // A token that is issued just before a session and expires during the session is replaced in the session.
    const next = plannedRenewal > issuedAt + rules.checkEvery ? plannedRenewal : expiresAt - margin;
    tokens += Math.min(1, (faults.to - issuedAt) / (next - issuedAt));
    issuedAt = next;
  }
  return tokens * callsPerToken(scenario);
}

/**
 * Returns the number of issue calls per new token. If the broker returns the same token until the token
 * expires, each new token requires one additional call to Kiwoom, or two additional calls to KIS.
 */
function callsPerToken(scenario: Scenario): number {
  if (!returnsSameToken(scenario)) return 1;
  return scenario.broker === 'kis' ? 3 : 2;
}

function forcedIssues(world: PolicyRun['world']): number {
  const { faults } = world;
  const lost = world.broker().calls.filter(({ kind, outcome, at }) => {
    if (kind !== 'issue' || !(outcome === 'issued' || outcome === 'reused')) return false;
    const outage = findActiveFault(faults.broker, at)?.kind ?? 'none';
    return LOST_REPLY_OUTAGES.has(outage) || findActiveFault(faults.aws, at)?.kind.startsWith('write');
  });
  return lost.length + faults.rotations.length;
}

interface RunContext {
  readonly scenario: Scenario;
  /** The renewal margin of a token with the normal lifetime, in milliseconds. */
  readonly margin: number;
  readonly faultSpans: readonly Span[];
  readonly firedAlarms: readonly SimulatedAlarm[];
  readonly readings: PolicyRun['readings'];
}

function classifyGap({ isInvalidated = false, ...span }: Span & Partial<DeadSpan>, context: RunContext): Gap {
  if (span.to - span.from <= MAX_REPLACEMENT_GAP) return { ...span, kind: 'replacement' };
  const { scenario, faultSpans, firedAlarms } = context;
  const tick = scenario.checkEverySeconds * 1000;
  const recoveryTime = MAX_WRITE_RETRY_WAIT + 2 * tick;
  const cause = faultSpans.find(
    ({ from, to }) => from <= span.from && span.from <= to + recoveryTime && span.to <= to + recoveryTime,
  );
  if (cause === undefined) return { ...span, kind: 'unexcused' };
  const isLongOutage = cause.to - cause.from >= longestCoveredFault(span, isInvalidated, context);
  if (!isLongOutage && !(isInvalidated && invalidatesOldToken(scenario)))
    return { ...span, kind: 'unexcused' };
  const first = firedAlarms.find((alarm) => alarm.at >= cause.from - MINUTE && alarm.at <= span.to);
  return {
    ...span,
    kind: isLongOutage ? 'longOutage' : 'tokenInvalidated',
    lead: first && span.from - first.at,
  };
}

/** The duration of the longest fault that must not cause a gap, in milliseconds. */
function longestCoveredFault(span: Span, isInvalidated: boolean, context: RunContext): number {
  const { scenario, margin, readings } = context;
  // If the refresher cannot replace a token before the token expires, the token has no renewal margin.
  const isKeptUntilExpiry =
    returnsSameToken(scenario) && !isInvalidated && inSession(scenario.sessions, span.from);
  if (keepsUntilExpiry(scenario) || isKeptUntilExpiry) return 0;
  // If the daily budget of issue calls is spent, only half of the renewal margin is left.
  const isBudgetSpent = readings.some(
    ({ at, budgetSpent }) => budgetSpent && at > span.from - margin && at < span.from,
  );
  return (isBudgetSpent ? margin / 2 : margin) - 2 * scenario.checkEverySeconds * 1000;
}

/** The kinds of outage in which the broker executes the call, but the reply is lost. */
const LOST_REPLY_OUTAGES: ReadonlySet<string> = new Set(['cut', 'lost', 'invalid-json']);
/** The longest wait before the refresher retries a failed write, in milliseconds. */
const MAX_WRITE_RETRY_WAIT = 15 * MINUTE;

/** The periods of all faults that may prevent a renewal, joined if the refresher cannot recover between them. */
function faultSpansOf({ world: { faults, state } }: PolicyRun): readonly Span[] {
  const tick = state.config.checkEverySeconds * 1000;
  const lost = [...faults.ticks]
    .filter(([, tickFault]) => tickFault !== 'twice')
    .map(([number]) => ({
      from: faults.from + (number - 1) * tick,
      to: faults.from + (number + 1) * tick,
    }));
  const mistypedKeySpans = faults.rotations
    .filter(({ mistypedFor }) => mistypedFor > 0)
    .map(({ at, mistypedFor }) => ({ from: at, to: at + mistypedFor }));
  const aws = faults.aws.map(({ from, to }) => ({ from, to: to + MAX_WRITE_RETRY_WAIT }));
  const all = [...faults.broker, ...aws, ...faults.deliveryStalls, ...lost, ...mistypedKeySpans];
  return joinSpans(sortByStart<Span>(all), 2 * tick);
}

function alarmKindOf(
  { at, budgetSpent }: SimulatedAlarm,
  { margin, faultSpans }: RunContext,
  gaps: readonly Gap[],
): ClassifiedAlarm['kind'] {
  if (budgetSpent) return 'budget';
  const isNearAlarm = (span: Span, after: number) => span.from <= at + after && span.to >= at - margin;
  const hasFault = faultSpans.some((each) => isNearAlarm(each, 0));
  const hasGap = gaps.some((each) => each.kind !== 'replacement' && isNearAlarm(each, margin));
  return hasFault || hasGap ? 'due' : 'false';
}

/** The part of a time span that is within sessions, in milliseconds, with a resolution of one minute. */
function millisecondsInSessions({ from, to }: Span, sessions: readonly Session[]): number {
  let total = 0;
  for (let start = from; start < to; start += MINUTE) {
    if (inSession(sessions, start)) total += Math.min(MINUTE, to - start);
  }
  return total;
}
