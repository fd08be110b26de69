import { because, marginFor } from '../reasons.ts';
import { sessionText } from '../sessions.ts';
import { type Summary, severityOf } from '../summary.ts';
import { facts } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, span } from '../time.ts';
import { BROKER_NAME, cureOf, OUTCOME, saying } from '../words.ts';
import { COLOUR, type Look, lifeBar, MARK } from './rows.ts';
import { alarmLines, header, type Snapshot } from './view.ts';

type Pair = readonly [name: string, text: string];

/** One credential, with everything that its parameters tell. */
export function card(snapshot: Snapshot, summary: Summary, look: Look): string[] {
  const { paint, width } = look;
  const { config } = summary.credential;
  const severity = severityOf(summary);
  const name = `${paint(COLOUR[severity], MARK[severity])} ${paint('bold', config.id)}`;
  return [
    header(snapshot, paint),
    '',
    `${name}  ${BROKER_NAME[config.broker]} ${config.market}  ${paint(COLOUR[severity], summary.phase)}`,
    '',
    ...facts([...tokenFacts(summary, paint), ...historyFacts(summary)], width, (text) => paint('dim', text)),
    '',
    ...alarmLines(snapshot, look),
  ];
}

function tokenFacts(summary: Summary, paint: Paint): Pair[] {
  const { credential, now } = summary;
  const { published, generation, dead } = credential.state;
  if (published === undefined) return [['token', 'none yet']];
  const left = summary.lives
    ? `${span(summary.secondsToExpiry * 1000)} left of ${span(published.expiresAt - published.issuedAt)}`
    : paint('red', dead ? 'does not work any more' : 'expired');
  return [
    ['token', `${lifeBar(summary, 24, paint)} ${left}`],
    ['', `generation ${generation}, fingerprint ${published.fingerprint}`],
    ['issued', at(published.issuedAt, now)],
    ['expires', at(published.expiresAt, now)],
    ['renewal', `${at(published.renewAt, now)}; margin ${span(marginFor(credential) ?? 0)}`],
  ];
}

function historyFacts(summary: Summary): Pair[] {
  const { credential, decision, issues, now } = summary;
  const { config, state } = credential;
  const { attempt, last, wanted } = state;
  const free = issues.freeAt === undefined ? '' : `; the next is free ${at(issues.freeAt, now)}`;
  return [
    [
      'next look',
      [`${decision.action} ${decision.reason}.`, ...because(decision, credential, now)].join(' '),
    ],
    ['issues', `${issues.used} of ${issues.budget} in 24 hours${free}`],
    ['sessions', config.sessions.length === 0 ? 'none' : config.sessions.map(sessionText).join('; ')],
    ...(attempt === undefined ? [] : attemptFacts(summary)),
    ...(wanted === undefined ? [] : [['wanted', `${wanted.reason} since ${at(wanted.since, now)}`] as const]),
    ...(last === undefined
      ? []
      : [['last answer', `${last.action} ${last.reason} to ${last.cause}, ${at(last.at, now)}`] as const]),
    ...(credential.unreadable === undefined ? [] : [['state', `damaged: ${credential.unreadable}`] as const]),
  ];
}

function attemptFacts({ credential, now }: Summary): Pair[] {
  const { attempt } = credential.state;
  if (attempt === undefined) return [];
  const cure = cureOf(attempt.outcome, attempt.brokerCode);
  return [
    ['last attempt', `${attempt.outcome}, ${at(attempt.at, now)}, on ${attempt.cause}`],
    ['', `${OUTCOME[attempt.outcome]}${saying(attempt)}`],
    ...(attempt.failures > 1 ? [['', `${attempt.failures} times in a row without a token`] as const] : []),
    ...(attempt.retryAt === undefined ? [] : [['', `tried again ${at(attempt.retryAt, now)}`] as const]),
    ...(cure === undefined ? [] : [['', `→ ${cure}`] as const]),
  ];
}
