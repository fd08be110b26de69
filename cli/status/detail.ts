import type { Attempt } from '../../lambdas/shared/state.ts';
import { adviceFor, describePendingRequests } from '../advice.ts';
import type { CredentialSummary } from '../credential-summary.ts';
import { BROKER_DISPLAY_NAME, describeAttempt, sessionText } from '../labels.ts';
import { describeReasons } from '../reasons.ts';
import { factLines, type NamedFact, type Screen } from '../terminal/layout.ts';
import { at } from '../time.ts';
import { tokenFacts } from '../token-facts.ts';
import { alarmLines, overviewHeader, SEVERITY_COLORS, SEVERITY_MARKS, type Snapshot } from './overview.ts';

export function detailLines(snapshot: Snapshot, summary: CredentialSummary, screen: Screen): string[] {
  const { paint } = screen;
  const { config } = summary.credential;
  const color = SEVERITY_COLORS[summary.severity];
  const name = `${paint(color, SEVERITY_MARKS[summary.severity])} ${paint('bold', config.id)}`;
  const facts = [
    ...tokenFacts(summary, paint),
    ...nextActionFacts(summary),
    ...issueFacts(summary),
    ...historyFacts(summary),
  ];
  return [
    ...overviewHeader(snapshot, screen),
    '',
    `${name}  ${BROKER_DISPLAY_NAME[config.broker]} ${config.market}  ${paint(color, summary.phase)}`,
    '',
    ...factLines(facts, screen),
    '',
    ...alarmLines(snapshot, screen),
  ];
}

function nextActionFacts(summary: CredentialSummary): NamedFact[] {
  const { credential, prediction, now } = summary;
  const { refused } = credential.state;
  const { action, reason } = prediction.decision;
  const advice = adviceFor(summary);
  const rows: NamedFact[] = [
    ['next tick', [`${action} ${reason}.`, ...describeReasons(prediction, credential, now)].join(' ')],
    ...describePendingRequests(credential, now).map((text): NamedFact => ['pending', text]),
  ];
  if (refused !== undefined)
    rows.push(['rejected', `${refused.code} since ${at(refused.since, now)}, ${refused.times} times`]);
  if (advice !== undefined) rows.push(['', `→ ${advice}`]);
  return rows;
}

function issueFacts({ credential, dailyIssueCalls, now }: CredentialSummary): NamedFact[] {
  const { sessions } = credential.config;
  const next =
    dailyIssueCalls.allowedAt === undefined
      ? ''
      : `; the next call is allowed ${at(dailyIssueCalls.allowedAt, now)}`;
  return [
    ['issues', `${dailyIssueCalls.used} of ${dailyIssueCalls.budget} in 24 hours${next}`],
    ['sessions', sessions.length === 0 ? 'none' : sessions.map(sessionText).join('; ')],
  ];
}

function historyFacts({ credential, now }: CredentialSummary): NamedFact[] {
  const { attempt, lastRequest } = credential.state;
  const rows: NamedFact[] = attempt === undefined ? [] : lastAttemptFacts(attempt, now);
  if (lastRequest !== undefined) {
    const { cause, action, reason } = lastRequest;
    rows.push(['last request', `${cause}: ${action} ${reason}, ${at(lastRequest.at, now)}`]);
  }
  if (credential.unreadableReason !== undefined)
    rows.push(['state', `damaged: ${credential.unreadableReason}`]);
  return rows;
}

function lastAttemptFacts(attempt: Attempt, now: number): NamedFact[] {
  const { kind, outcome, failures, retryAt, cause } = attempt;
  const rows: NamedFact[] = [
    ['last attempt', `${kind} ${outcome}, ${at(attempt.at, now)}, cause ${cause}`],
    ['', describeAttempt(attempt)],
  ];
  if (failures > 1) rows.push(['', `${failures} times in a row without a new token`]);
  if (retryAt !== undefined) rows.push(['', `next attempt ${at(retryAt, now)}`]);
  return rows;
}
