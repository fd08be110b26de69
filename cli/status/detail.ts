import type { Attempt, PublishedToken } from '../../lambdas/shared/state.ts';
import { adviceFor, pendingRequests } from '../advice.ts';
import { type CredentialSummary, severityOf } from '../credential-summary.ts';
import { BROKER_NAME, describeAttempt } from '../labels.ts';
import { describeReasons, marginFor } from '../reasons.ts';
import { sessionText } from '../session-text.ts';
import { pairs } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, span } from '../time.ts';
import { alarmLines, overviewHeader, type Snapshot } from './overview.ts';
import { COLOR, describeNoToken, lifeBar, MARK, type RenderOptions } from './table.ts';

type Pair = readonly [name: string, text: string];

/** Everything about one credential. */
export function detail(snapshot: Snapshot, summary: CredentialSummary, options: RenderOptions): string[] {
  const { paint } = options;
  const { config } = summary.credential;
  const color = COLOR[severityOf(summary)];
  const name = `${paint(color, MARK[severityOf(summary)])} ${paint('bold', config.id)}`;
  const facts = [
    ...tokenFacts(summary, paint),
    ...planFacts(summary),
    ...issueFacts(summary),
    ...attemptFacts(summary),
  ];
  return [
    ...overviewHeader(snapshot, options),
    '',
    `${name}  ${BROKER_NAME[config.broker]} ${config.market}  ${paint(color, summary.phase)}`,
    '',
    ...pairs(facts, options),
    '',
    ...alarmLines(snapshot, options),
  ];
}

function tokenFacts(summary: CredentialSummary, paint: Paint): Pair[] {
  const { credential, now } = summary;
  const { published, generation } = credential.state;
  if (published === undefined) return [['token', 'none yet']];
  const left = summary.lives
    ? `${span(summary.secondsToExpiry * 1000)} left of ${span(published.expiresAt - published.issuedAt)}`
    : paint('red', describeNoToken(summary));
  return [
    ['token', `${lifeBar(summary, 24, paint)} ${left}`],
    ['', `generation ${generation}, fingerprint ${published.fingerprint}`],
    ['health', healthText(published, now)],
    ['issued', at(published.issuedAt, now)],
    ['expires', at(published.expiresAt, now)],
    ['renewal', `${at(published.renewAt, now)}; margin ${span(marginFor(credential) ?? 0)}`],
  ];
}

function healthText({ health, revokedAt, revocations, returnedAgain }: PublishedToken, now: number): string {
  const texts: string[] = [health];
  if (revokedAt !== undefined) texts.push(`revoked ${at(revokedAt, now)}`);
  else if (revocations !== undefined) texts.push(`${revocations} revocations sent, none confirmed`);
  if (returnedAgain !== undefined)
    texts.push(`the broker returned this token again in ${returnedAgain} renewal attempts`);
  return texts.join('; ');
}

function planFacts({ credential, next, now, phase }: CredentialSummary): Pair[] {
  const { refused } = credential.state;
  const { action, reason } = next.decision;
  const advice = adviceFor(phase, credential);
  const rows: Pair[] = [
    ['next tick', [`${action} ${reason}.`, ...describeReasons(next, credential, now)].join(' ')],
    ...pendingRequests(credential, now).map((text): Pair => ['pending', text]),
  ];
  if (refused !== undefined)
    rows.push(['rejected', `${refused.code} since ${at(refused.since, now)}, ${refused.times} times`]);
  if (advice !== undefined) rows.push(['', `→ ${advice}`]);
  return rows;
}

function issueFacts({ credential, issues, now }: CredentialSummary): Pair[] {
  const { sessions } = credential.config;
  const free = issues.freeAt === undefined ? '' : `; the next call is allowed ${at(issues.freeAt, now)}`;
  return [
    ['issues', `${issues.used} of ${issues.budget} in 24 hours${free}`],
    ['sessions', sessions.length === 0 ? 'none' : sessions.map(sessionText).join('; ')],
  ];
}

function attemptFacts({ credential, now }: CredentialSummary): Pair[] {
  const { attempt, lastRequest } = credential.state;
  const rows: Pair[] = attempt === undefined ? [] : lastAttempt(attempt, now);
  if (lastRequest !== undefined) {
    const { cause, action, reason } = lastRequest;
    rows.push(['last request', `${cause}: ${action} ${reason}, ${at(lastRequest.at, now)}`]);
  }
  if (credential.unreadable !== undefined) rows.push(['state', `damaged: ${credential.unreadable}`]);
  return rows;
}

function lastAttempt(attempt: Attempt, now: number): Pair[] {
  const { kind, outcome, failures, retryAt, cause } = attempt;
  const rows: Pair[] = [
    ['last attempt', `${kind} ${outcome}, ${at(attempt.at, now)}, cause ${cause}`],
    ['', describeAttempt(attempt)],
  ];
  if (failures > 1) rows.push(['', `${failures} times in a row without a new token`]);
  if (retryAt !== undefined) rows.push(['', `next attempt ${at(retryAt, now)}`]);
  return rows;
}
