import { planRenewal } from '../../lambdas/decision/renewal.ts';
import { alarmLeadTimeSeconds, shortestRenewBefore } from '../alarms/lead-time.ts';
import { type Problem, showValue } from './configuration-error.ts';
import type { CredentialSettings } from './credential-schema.ts';
import { formatDuration } from './duration.ts';
import {
  BROKER_LIMITS,
  CHECK_EVERY_RANGE,
  longestRenewBefore,
  TICKS_IN_HALF_THE_MARGIN,
  TOKEN_LIFE,
} from './limits.ts';

interface RuleSettings extends CredentialSettings {
  readonly checkEvery: number;
  readonly responseTime: number;
  /** Unless `public`, the outbound traffic uses an IP address that you can register with the broker. */
  readonly egress: 'public' | 'fixed' | object;
}

/**
 * The input of the rules that concern several fields; durations in seconds. A field that its own schema
 * rejects is absent. Rules that need this field report nothing, because the schema already reports the field.
 */
export type CredentialRuleInput = {
  readonly [key in keyof RuleSettings]?: RuleSettings[key] | undefined;
} & {
  /** Returns the path of a field for messages. */
  readonly at: (field: keyof RuleSettings) => string;
};

export function credentialProblems(input: CredentialRuleInput): readonly Problem[] {
  return [
    // Only the first of these three problems is reported, because it explains the other two.
    renewBeforeProblem(input) ?? intervalProblem(input) ?? responseTimeProblem(input),
    sessionsProblem(input),
    minimumIntervalProblem(input),
    renewEarlyProblem(input),
    egressProblem(input),
  ].filter((problem) => problem !== undefined);
}

const quotedDuration = (seconds: number): string => `"${formatDuration(seconds)}"`;

function minimumIntervalProblem(input: CredentialRuleInput): Problem | undefined {
  const { broker, minimumInterval: got, at } = input;
  if (broker === undefined || got === undefined) return undefined;
  const commonFields = { path: at('minimumInterval'), got: quotedDuration(got) };
  const range = BROKER_LIMITS[broker].minimumInterval;
  if (range === undefined)
    return {
      ...commonFields,
      allowed: 'not for Kiwoom, which documents no interval between two issue calls',
      fix: 'leave it out',
    };
  if (got >= range.least && got <= range.most) return undefined;
  return {
    ...commonFields,
    allowed: `${quotedDuration(range.least)} to ${quotedDuration(range.most)}: KIS rejects a second call within a minute`,
    fix: 'leave it out, or use "300s" where the broker requires five minutes',
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

/** For the sources and their reliability, see docs/brokers.md, "IP allow-list". */
function egressProblem(input: CredentialRuleInput): Problem | undefined {
  const { id, broker, market, egress, allowPublicEgress, at } = input;
  const needsRegisteredAddress = broker === 'kiwoom' && market === 'live';
  if (!needsRegisteredAddress || egress !== 'public' || allowPublicEgress) return undefined;
  return {
    path: at('egress'),
    got: `"public" with a live Kiwoom credential${id === undefined ? '' : ` (${showValue(id)})`}`,
    allowed:
      'a fixed address: Kiwoom issues live tokens only to addresses registered at its site (else 8050), and accepts a token only from the address that requested it (else 8010), so consumers must use the same address',
    fix: `use {"kind":"static","nat":"gateway"}, register the address that the deployment prints, and place consumers in the same VPC; or, if this key needs no registered address, set ${at('allowPublicEgress')} to true`,
  };
}

function renewBeforeProblem({ broker, renewBefore: got, at }: CredentialRuleInput): Problem | undefined {
  if (broker === undefined || got === undefined) return undefined;
  const longestAllowed = longestRenewBefore(broker);
  if (got <= longestAllowed) return undefined;
  return {
    path: at('renewBefore'),
    got: quotedDuration(got),
    allowed: `at most ${quotedDuration(longestAllowed)} for ${broker}: ${BROKER_LIMITS[broker].marginShareReason}`,
    fix: `use "60m", or up to ${quotedDuration(longestAllowed)} to outlast longer outages of the broker`,
  };
}

function intervalProblem({ checkEvery: got, renewBefore, at }: CredentialRuleInput): Problem | undefined {
  if (got === undefined || renewBefore === undefined) return undefined;
  const longestInterval = renewBefore / (2 * TICKS_IN_HALF_THE_MARGIN);
  if (got <= longestInterval) return undefined;
  const longestWholeMinuteInterval = Math.floor(longestInterval / 60) * 60;
  const longerMarginFix = `a renewBefore of ${quotedDuration(got * 2 * TICKS_IN_HALF_THE_MARGIN)}`;
  return {
    path: at('checkEvery'),
    got: `${quotedDuration(got)} with ${at('renewBefore')} ${quotedDuration(renewBefore)}`,
    allowed: `at most a sixth of renewBefore, so that ${TICKS_IN_HALF_THE_MARGIN} ticks remain after half the margin`,
    fix:
      longestWholeMinuteInterval >= CHECK_EVERY_RANGE.least
        ? `use ${quotedDuration(longestWholeMinuteInterval)}, or ${longerMarginFix}`
        : `use ${longerMarginFix}`,
  };
}

function responseTimeProblem(input: CredentialRuleInput): Problem | undefined {
  const { checkEvery, renewBefore, responseTime, at } = input;
  if (checkEvery === undefined || renewBefore === undefined || responseTime === undefined) return undefined;
  const leadTime = alarmLeadTimeSeconds({ checkEvery, renewBefore });
  if (leadTime >= responseTime) return undefined;
  const settingsText = `with ${at('renewBefore')} ${quotedDuration(renewBefore)} and checkEvery ${quotedDuration(checkEvery)}`;
  return {
    path: at('responseTime'),
    got: quotedDuration(responseTime),
    allowed:
      leadTime > 0
        ? `at most ${quotedDuration(leadTime)}: ${settingsText} the first alarm fires that long before expiry`
        : `none: ${settingsText} the first alarm fires after expiry if the refresher stops reporting`,
    fix: `use a renewBefore of at least ${quotedDuration(shortestRenewBefore(checkEvery, responseTime))}, a shorter checkEvery, or a shorter responseTime`,
  };
}

function sessionsProblem(input: CredentialRuleInput): Problem | undefined {
  const { broker, sessions, checkEvery, renewBefore, at } = input;
  if (broker === undefined || !sessions || checkEvery === undefined || renewBefore === undefined)
    return undefined;
  if (renewBeforeProblem(input) !== undefined) return undefined;
  const firstUnrenewedIssue = firstIssueWithoutRenewal({ broker, renewBefore, checkEvery, sessions });
  if (firstUnrenewedIssue === undefined) return undefined;
  const { reuseWindow } = BROKER_LIMITS[broker].contract;
  const reuseWindowText =
    reuseWindow === undefined ? '' : `at least ${formatDuration(reuseWindow / 1000)} after issue, `;
  return {
    path: at('sessions'),
    got: `${showValue(sessions)}: a token issued at ${firstUnrenewedIssue.toISOString()} could be renewed in a session only`,
    allowed: `sessions that leave time for a renewal every day: ${reuseWindowText}at least ${formatDuration(renewBefore)} before expiry, and not within 30m (or checkEvery + 2m, if that is longer) before a session`,
    fix: 'use a shorter renewBefore, or shorten the sessions; [] lets the token change at any time',
  };
}

const HOUR = 3_600_000;

/**
 * The starts of a week in winter and a week in summer, because sessions depend only on the day of the week
 * and on daylight saving time.
 */
const SAMPLED_WEEK_STARTS = [Date.UTC(2027, 0, 4), Date.UTC(2027, 6, 5)];

/**
 * Maps settings, as JSON, to the result of their search. Most credentials have equal settings, and a
 * search takes up to 100 ms.
 */
const searchResults = new Map<string, Date | undefined>();

type RenewalSettings = {
  readonly [key in 'broker' | 'checkEvery' | 'renewBefore' | 'sessions']: NonNullable<RuleSettings[key]>;
};

/**
 * Searches for an issue time of a token that cannot be renewed outside the sessions. The search uses the
 * function that plans renewals at run time, so that synthesis and run time agree.
 * @returns the first such time; undefined if every token can be renewed outside the sessions
 */
function firstIssueWithoutRenewal(settings: RenewalSettings): Date | undefined {
  const { broker, renewBefore, checkEvery, sessions } = settings;
  const key = JSON.stringify(settings);
  if (sessions.length === 0 || searchResults.has(key)) return searchResults.get(key);
  const { contract } = BROKER_LIMITS[broker];
  const rules = { ...contract, sessions, renewBefore: renewBefore * 1000, checkEvery: checkEvery * 1000 };
  const sampleIssueTimes = SAMPLED_WEEK_STARTS.flatMap((week) =>
    Array.from({ length: 7 * 24 }, (_, hour) => week + hour * HOUR),
  );
  const found = sampleIssueTimes.find(
    (issuedAt) => planRenewal({ issuedAt, expiresAt: issuedAt + TOKEN_LIFE * 1000 }, rules).ignoresSessions,
  );
  const result = found === undefined ? undefined : new Date(found);
  searchResults.set(key, result);
  return result;
}
