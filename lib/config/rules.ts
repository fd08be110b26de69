import {
  type BrokerId,
  MAX_ISSUES_PER_DAY_LIMIT,
  type Market,
  MIN_ISSUES_PER_DAY,
} from '../../lambdas/shared/credential.ts';
import { CREDENTIAL_ID } from '../../lambdas/shared/names.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { alarmLeadTimeSeconds, renewBeforeFor } from '../alarms/lead-time.ts';
import { type Problem, showValue } from './configuration-error.ts';
import { formatDuration } from './duration.ts';
import { firstIssueWithoutRenewal } from './feasibility.ts';
import {
  BROKER_LIMITS,
  CHECK_EVERY,
  longestRenewBefore,
  type RenewEarly,
  TICKS_IN_HALF_THE_MARGIN,
} from './limits.ts';

/**
 * What the rules judge, durations in seconds. A field that could not be read is absent, and the
 * rules that need it are silent: its own problem is told already.
 */
export interface CredentialRuleInput {
  /** Where each field stands, for the messages. */
  readonly at: (
    field: 'id' | 'egress' | 'checkEvery' | 'renewBefore' | 'responseTime' | CredentialField,
  ) => string;
  readonly id?: string | undefined;
  readonly broker?: BrokerId | undefined;
  readonly checkEvery?: number | undefined;
  readonly renewBefore?: number | undefined;
  readonly responseTime?: number | undefined;
  readonly sessions?: readonly Session[] | undefined;
  readonly maxIssuesPerDay?: number | undefined;
  readonly minimumInterval?: number | undefined;
  readonly renewEarly?: RenewEarly | undefined;
  readonly market?: Market | undefined;
  /** `fixed`: by an address that can be registered. */
  readonly egress?: 'public' | 'fixed' | undefined;
  readonly allowPublicEgress?: boolean | undefined;
}

type CredentialField =
  | 'sessions'
  | 'maxIssuesPerDay'
  | 'minimumInterval'
  | 'renewEarly'
  | 'allowPublicEgress';

/** Everything about one credential that can be wrong although each field by itself is well formed. */
export function credentialProblems(facts: CredentialRuleInput): readonly Problem[] {
  return [
    idProblem(facts),
    // Each of these three would only repeat the one before it.
    renewBeforeProblem(facts) ?? intervalProblem(facts) ?? responseTimeProblem(facts),
    sessionsProblem(facts),
    maxIssuesProblem(facts),
    minimumIntervalProblem(facts),
    renewEarlyProblem(facts),
    egressProblem(facts),
  ].filter((problem) => problem !== undefined);
}

/** The rules of the check interval alone: they concern the function, not a credential. */
export function checkEveryProblem(checkEvery: number, path: string): Problem | undefined {
  if (checkEvery % 60 === 0 && checkEvery >= CHECK_EVERY.least && checkEvery <= CHECK_EVERY.most)
    return undefined;
  const nearest = Math.min(CHECK_EVERY.most, Math.max(CHECK_EVERY.least, Math.round(checkEvery / 60) * 60));
  return {
    path,
    got: showValue(formatDuration(checkEvery)),
    allowed: `whole minutes from "${formatDuration(CHECK_EVERY.least)}" to "${formatDuration(CHECK_EVERY.most)}": the scheduler counts in minutes, and the function may wait for the next tick within its 15 minutes`,
    fix: `use "${formatDuration(nearest)}"`,
  };
}

function idProblem({ id, at }: CredentialRuleInput): Problem | undefined {
  if (id === undefined || CREDENTIAL_ID.test(id)) return undefined;
  const likely = id
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 40);
  return {
    path: at('id'),
    got: showValue(id),
    allowed: '1 to 40 of a-z, 0-9 and "-": it becomes part of parameter names',
    fix: CREDENTIAL_ID.test(likely) ? `use ${showValue(likely)}` : 'name it such as "kis-main"',
  };
}

function maxIssuesProblem({ maxIssuesPerDay: got, at }: CredentialRuleInput): Problem | undefined {
  if (got === undefined) return undefined;
  const isInRange = got >= MIN_ISSUES_PER_DAY && got <= MAX_ISSUES_PER_DAY_LIMIT;
  if (Number.isInteger(got) && isInRange) return undefined;
  return {
    path: at('maxIssuesPerDay'),
    got: showValue(got),
    allowed: `a whole number from ${MIN_ISSUES_PER_DAY} to ${MAX_ISSUES_PER_DAY_LIMIT}: with 1 the daily renewal alone spends the budget, and the state keeps ${MAX_ISSUES_PER_DAY_LIMIT} issue times`,
    fix: 'leave it out: the default is enough for each renewal of a day and some failed calls',
  };
}

function minimumIntervalProblem({
  broker,
  minimumInterval: got,
  at,
}: CredentialRuleInput): Problem | undefined {
  if (broker === undefined || got === undefined) return undefined;
  const range = BROKER_LIMITS[broker].minimumInterval;
  if (range !== undefined && got >= range.least && got <= range.most) return undefined;
  return {
    path: at('minimumInterval'),
    got: showValue(formatDuration(got)),
    allowed:
      range === undefined
        ? 'not for Kiwoom, which names no interval between two issue calls'
        : `"${formatDuration(range.least)}" to "${formatDuration(range.most)}": KIS refuses a second call within a minute`,
    fix:
      range === undefined
        ? 'leave it out'
        : 'leave it out, or use "300s" where the broker wants five minutes',
  };
}

function renewEarlyProblem({ broker, renewEarly: got, at }: CredentialRuleInput): Problem | undefined {
  if (broker === undefined || got === undefined || BROKER_LIMITS[broker].renewEarly.includes(got))
    return undefined;
  return {
    path: at('renewEarly'),
    got: showValue(got),
    allowed:
      '"wait" for KIS, which issues a new token before the old one expires; "revoke" is for Kiwoom only',
    fix: 'leave it out',
  };
}

/** Sources and grades: docs/brokers.md, "IP allow-list". */
function egressProblem({
  id,
  broker,
  market,
  egress,
  allowPublicEgress,
  at,
}: CredentialRuleInput): Problem | undefined {
  if (broker !== 'kiwoom' || market !== 'live' || egress !== 'public' || allowPublicEgress) return undefined;
  const whose = id === undefined ? 'a live Kiwoom credential' : `the live Kiwoom credential ${showValue(id)}`;
  return {
    path: at('egress'),
    got: `"public" with ${whose}`,
    allowed:
      'a fixed address: Kiwoom issues live tokens only to addresses registered at its site (else 8050), and takes a token only from the address that asked for it (else 8010), so consumers must leave by the same one',
    fix: `use {"kind":"static","nat":"gateway"}, register the address that the deployment prints, and place consumers in the same VPC; or, if this key needs no registered address, set ${at('allowPublicEgress')} to true`,
  };
}

function renewBeforeProblem({ broker, renewBefore: got, at }: CredentialRuleInput): Problem | undefined {
  if (broker === undefined || got === undefined) return undefined;
  const most = longestRenewBefore(broker);
  if (got <= most) return undefined;
  return {
    path: at('renewBefore'),
    got: showValue(formatDuration(got)),
    allowed: `at most "${formatDuration(most)}" for ${broker}: ${BROKER_LIMITS[broker].whyMarginShare}`,
    fix: `use "60m", or up to "${formatDuration(most)}" to outlast longer outages of the broker`,
  };
}

function intervalProblem({ checkEvery: got, renewBefore, at }: CredentialRuleInput): Problem | undefined {
  if (got === undefined || renewBefore === undefined) return undefined;
  const most = renewBefore / (2 * TICKS_IN_HALF_THE_MARGIN);
  if (got <= most) return undefined;
  const whole = Math.floor(most / 60) * 60;
  const longer = formatDuration(got * 2 * TICKS_IN_HALF_THE_MARGIN);
  return {
    path: at('checkEvery'),
    got: `${showValue(formatDuration(got))} with ${at('renewBefore')} "${formatDuration(renewBefore)}"`,
    allowed: `at most a sixth of renewBefore, so that ${TICKS_IN_HALF_THE_MARGIN} ticks remain after half the margin`,
    fix:
      whole >= CHECK_EVERY.least
        ? `use "${formatDuration(whole)}", or a renewBefore of "${longer}"`
        : `use a renewBefore of "${longer}"`,
  };
}

function responseTimeProblem(facts: CredentialRuleInput): Problem | undefined {
  const { checkEvery, renewBefore, responseTime, at } = facts;
  if (checkEvery === undefined || renewBefore === undefined || responseTime === undefined) return undefined;
  // The interval's own problem comes first: with it, no figure here would mean anything.
  if (checkEveryProblem(checkEvery, '') !== undefined) return undefined;
  const lead = alarmLeadTimeSeconds({ checkEvery, renewBefore });
  if (lead >= responseTime) return undefined;
  const longer = formatDuration(renewBeforeFor({ checkEvery, responseTime }));
  const settings = `with ${at('renewBefore')} "${formatDuration(renewBefore)}" and checkEvery "${formatDuration(checkEvery)}"`;
  return {
    path: at('responseTime'),
    got: showValue(formatDuration(responseTime)),
    allowed:
      lead > 0
        ? `at most ${showValue(formatDuration(lead))}: ${settings} the first alarm comes that long before expiry`
        : `none: ${settings} a refresher that falls silent is noticed only after expiry`,
    fix: `use a renewBefore of at least "${longer}", a shorter checkEvery, or a shorter responseTime`,
  };
}

function sessionsProblem(facts: CredentialRuleInput): Problem | undefined {
  const { broker, sessions, checkEvery, renewBefore, at } = facts;
  if (broker === undefined || !sessions || checkEvery === undefined || renewBefore === undefined)
    return undefined;
  if (renewBeforeProblem(facts) !== undefined) return undefined;
  const { life, reuseWindow, marginShare } = BROKER_LIMITS[broker];
  const stuck = firstIssueWithoutRenewal({
    life,
    renewBefore,
    checkEvery,
    sessions,
    reuseWindow,
    marginShare,
  });
  if (stuck === undefined) return undefined;
  const after = reuseWindow === undefined ? '' : `at least ${formatDuration(reuseWindow)} after issue, `;
  return {
    path: at('sessions'),
    got: `${showValue(sessions)}: a token issued at ${stuck.toISOString()} could be renewed in a session only`,
    allowed: `sessions that leave an instant every day: ${after}at least ${formatDuration(renewBefore)} before expiry, and a session counts from 30m (or checkEvery + 2m, if that is longer) before it starts`,
    fix: 'use a shorter renewBefore, or shorten the sessions; [] lets the token change at any time',
  };
}
