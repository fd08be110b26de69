import type { Attempt, PublishedToken } from '../../lambdas/shared/state.ts';
import { type CredentialSummary, severityOf } from '../credential-summary.ts';
import { BROKER_NAME, describeAttempt } from '../labels.ts';
import { adviceFor, pendingRequests } from '../pending.ts';
import { describeReasons, marginFor } from '../reasons.ts';
import { sessionText } from '../session-text.ts';
import { facts } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, span } from '../time.ts';
import { alarmLines, overviewHeader, type Snapshot } from './overview.ts';
import { COLOUR, describeNoToken, lifeBar, MARK, type RenderOptions } from './table.ts';

type Pair = readonly [name: string, text: string];

/** One credential, with everything that its parameters hold. */
export function detail(snapshot: Snapshot, summary: CredentialSummary, look: RenderOptions): string[] {
  const { paint, width } = look;
  const { config } = summary.credential;
  const severity = severityOf(summary);
  const name = `${paint(COLOUR[severity], MARK[severity])} ${paint('bold', config.id)}`;
  return [
    overviewHeader(snapshot, paint),
    '',
    `${name}  ${BROKER_NAME[config.broker]} ${config.market}  ${paint(COLOUR[severity], summary.phase)}`,
    '',
    ...facts([...tokenFacts(summary, paint), ...historyFacts(summary)], width, (text) => paint('dim', text)),
    '',
    ...alarmLines(snapshot, look),
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
  return [
    health,
    ...(revokedAt === undefined ? [] : [`revoked ${at(revokedAt, now)}`]),
    ...(revokedAt === undefined && revocations !== undefined
      ? [`${revocations} revocations sent, none confirmed`]
      : []),
    ...(returnedAgain === undefined ? [] : [`returned again ${returnedAgain} times at its renewal`]),
  ].join('; ');
}

function historyFacts(summary: CredentialSummary): Pair[] {
  const { credential, next, issues, now, phase } = summary;
  const { config, state } = credential;
  const { attempt, lastRequest, refused } = state;
  const { action, reason } = next.decision;
  const free = issues.freeAt === undefined ? '' : `; the next is free ${at(issues.freeAt, now)}`;
  const advice = adviceFor(phase, credential);
  return [
    ['next tick', [`${action} ${reason}.`, ...describeReasons(next, credential, now)].join(' ')],
    ...pendingRequests(credential, now).map((text) => ['pending', text] as const),
    ...(refused === undefined
      ? []
      : [['refused', `${refused.code} since ${at(refused.since, now)}, ${refused.times} times`] as const]),
    ...(advice === undefined ? [] : [['', `→ ${advice}`] as const]),
    ['issues', `${issues.used} of ${issues.budget} in 24 hours${free}`],
    ['sessions', config.sessions.length === 0 ? 'none' : config.sessions.map(sessionText).join('; ')],
    ...(attempt === undefined ? [] : attemptFacts(attempt, now)),
    ...(lastRequest === undefined
      ? []
      : [
          [
            'last request',
            `${lastRequest.cause}: ${lastRequest.action} ${lastRequest.reason}, ${at(lastRequest.at, now)}`,
          ] as const,
        ]),
    ...(credential.unreadable === undefined ? [] : [['state', `damaged: ${credential.unreadable}`] as const]),
  ];
}

function attemptFacts(attempt: Attempt, now: number): Pair[] {
  const { kind, outcome, failures, retryAt, cause } = attempt;
  return [
    ['last attempt', `${kind} ${outcome}, ${at(attempt.at, now)}, on ${cause}`],
    ['', describeAttempt(attempt)],
    ...(failures > 1 ? [['', `${failures} times in a row without a new token`] as const] : []),
    ...(retryAt === undefined ? [] : [['', `tried again ${at(retryAt, now)}`] as const]),
  ];
}
