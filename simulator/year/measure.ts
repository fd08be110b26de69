import type { Session } from '../../lambdas/shared/sessions.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { type Alarm, alarms } from './alarms.ts';
import type { Life, Policy } from './live.ts';
import type { LoggedDecision, Readings } from './ours.ts';
import { keepsToItsEnd, type Scenario } from './scenario.ts';
import { inSession } from './session-clock.ts';
import { at, type Span, type Weather } from './weather.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A broker that ends the old token when it issues leaves a moment until the new one is published. */
const MOMENT = 2000;

/** Time without a living token. */
export interface Gap extends Span {
  /**
   * `moment`: two seconds or less, at a change; `trouble`: of something that went wrong for longer than the margin
   * covers; `old-ended`: a broker that ends the old token when it issues has issued, and its answer was lost or AWS refused
   * to store it;
   * `violation`: of nothing that excuses it.
   */
  readonly kind: 'moment' | 'trouble' | 'old-ended' | 'violation';
  /** From the first alarm to its begin, milliseconds; absent if nobody was told, or nobody could be. */
  readonly lead?: number | undefined;
}

export interface Measures {
  readonly days: number;
  readonly gaps: readonly Gap[];
  /** Milliseconds without a living token in the sessions. */
  readonly deadInSessions: number;
  readonly renewals: number;
  readonly renewalsInSessions: number;
  /** Issue calls that were answered with a token. */
  readonly issues: number;
  /** The fewest that the broker's rule and the margin allow. */
  readonly fewestIssues: number;
  readonly kakaoTalk: number;
  readonly alarms: readonly JudgedAlarm[];
  /** Every decision and attempt but the idle ones, if they were traced. */
  readonly decisions: readonly LoggedDecision[];
}

export interface JudgedAlarm extends Alarm {
  /**
   * `due`; `budget`: while the day's issues were spent, mostly by calls that were never answered; `false`: without any
   * trouble before and any gap after.
   */
  readonly kind: 'due' | 'budget' | 'false';
}

const DEMAND: readonly Session[] = [{ preset: 'nxt' }];

export function measure(scenario: Scenario, policy: Policy, life: Life): Measures {
  const { world, readings, unserved, decisions } = life;
  const { weather, publications, broker } = world;
  // Without sessions of its own a life is judged by the Korean day.
  const sessions = scenario.sessions.length > 0 ? scenario.sessions : DEMAND;
  const told = policy === 'ours' ? alarms(scenario, readings) : [];
  const troubles = policy === 'ours' ? troublesOf(scenario, weather) : [];
  const gaps = (unserved ?? deadSpans(world)).map((span) =>
    judge(span, { scenario, weather, troubles, told, readings }),
  );
  const { tokenLifeSeconds } = broker.options;
  const renewals = publications.slice(1);
  return {
    days: (weather.to - weather.from) / DAY,
    gaps,
    deadInSessions: gaps.reduce((sum, gap) => sum + inSessions(gap, sessions), 0),
    renewals: renewals.length,
    renewalsInSessions: renewals.filter(({ at: instant }) => inSession(sessions, instant)).length,
    issues: broker.count('issue', 'issued') + broker.count('issue', 'reused'),
    fewestIssues:
      (weather.to - weather.from) /
      1000 /
      (tokenLifeSeconds - Math.min(scenario.renewBeforeSeconds, tokenLifeSeconds / 2)),
    kakaoTalk: broker instanceof KisSimulator ? broker.alimtalk : 0,
    decisions,
    alarms: told.map((alarm) => ({ ...alarm, kind: kindOf(alarm, scenario, troubles, gaps) })),
  };
}

/** When a reader of the parameter found no living token, from the first one on. By the broker's own books. */
function deadSpans({ publications, broker, weather }: Life['world']): readonly Span[] {
  return publications.flatMap(({ at, token }, index) => {
    const record = broker.ledger.find(token);
    const until = publications[index + 1]?.at ?? weather.to;
    const died = Math.min(record?.diedAt ?? Number.POSITIVE_INFINITY, record?.expiresAt ?? 0);
    const from = Math.max(died, at);
    return from < until ? [{ from, to: until }] : [];
  });
}

interface Circumstances {
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly troubles: readonly Span[];
  readonly told: readonly Alarm[];
  readonly readings: readonly Readings[];
}

function judge(span: Span, { scenario, weather, troubles, told, readings }: Circumstances): Gap {
  if (span.to - span.from <= MOMENT) return { ...span, kind: 'moment' };
  const { renewBeforeSeconds, checkEverySeconds } = scenario;
  // The promise: an outage shorter than this costs nothing. A token that cannot be renewed early has none.
  // With the day's issues spent (unanswered calls count) only half of the margin is left.
  const margin = renewBeforeSeconds * 1000;
  const spent = readings.some(
    ({ at, budgetSpent }) => budgetSpent && at > span.from - margin && at < span.from,
  );
  const covered = (spent ? margin / 2 : margin) - 2 * checkEverySeconds * 1000;
  const promised = keepsToItsEnd(scenario) ? 0 : covered;
  const recovery = RECOVERY + 2 * checkEverySeconds * 1000;
  const because = troubles.find(
    ({ from, to }) => from <= span.from && span.from <= to + recovery && span.to <= to + recovery,
  );
  const long = because !== undefined && because.to - because.from >= promised;
  const answerLost = ANSWER_LOST.has(at(weather.broker, span.from)?.kind ?? 'none');
  const refusedWrite = at(weather.aws, span.from)?.kind === 'write-token';
  // The owner wants tokens revoked before their end: trouble at that moment leaves none.
  const revokedEarly = scenario.renewEarly === 'revoke';
  const lost = answerLost || refusedWrite || revokedEarly;
  if (because === undefined || !(long || lost)) return { ...span, kind: 'violation' };
  const first = told.find((alarm) => alarm.at >= because.from - MINUTE && alarm.at <= span.to);
  return { ...span, kind: long ? 'trouble' : 'old-ended', lead: first && span.from - first.at };
}

/** Served, but nobody has the token. */
const ANSWER_LOST: ReadonlySet<string> = new Set(['cut', 'lost', 'invalid-json']);

/** After a write that AWS refused, the next try waits up to so long. */
const RECOVERY = 15 * MINUTE;

/** Everything that keeps a token from being had, joined where there was no time between to recover. */
function troublesOf({ checkEverySeconds }: Scenario, weather: Weather): readonly Span[] {
  const tick = checkEverySeconds * 1000;
  const lost = [...weather.ticks]
    .filter(([, fate]) => fate !== 'twice')
    .map(([number]) => ({
      from: weather.from + (number - 1) * tick,
      to: weather.from + (number + 1) * tick,
    }));
  const mistyped = weather.rotations
    .filter(({ mistypedFor }) => mistypedFor > 0)
    .map(({ at, mistypedFor }) => ({ from: at, to: at + mistypedFor }));
  const aws = weather.aws.map(({ from, to }) => ({ from, to: to + RECOVERY }));
  const all = [...weather.broker, ...aws, ...weather.stalls, ...lost, ...mistyped].sort(
    (a, b) => a.from - b.from,
  );
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of all) {
    const before = joined.at(-1);
    if (before && from <= before.to + 2 * tick) before.to = Math.max(before.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

function kindOf(
  { at, budgetSpent }: Alarm,
  { renewBeforeSeconds }: Scenario,
  troubles: readonly Span[],
  gaps: readonly Gap[],
): JudgedAlarm['kind'] {
  if (budgetSpent) return 'budget';
  const margin = renewBeforeSeconds * 1000;
  const because = (span: Span, after: number) => span.from <= at + after && span.to >= at - margin;
  const trouble = troubles.some((each) => because(each, 0));
  const gap = gaps.some((each) => each.kind !== 'moment' && because(each, margin));
  return trouble || gap ? 'due' : 'false';
}

/** Milliseconds of a span that lie in sessions, to the minute. */
function inSessions({ from, to }: Span, sessions: readonly Session[]): number {
  let total = 0;
  for (let begin = from; begin < to; begin += MINUTE) {
    if (inSession(sessions, begin)) total += Math.min(MINUTE, to - begin);
  }
  return total;
}
