import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { formatSpan, iso, SECOND } from '../time.ts';
import type { ProbeFindings } from './findings.ts';
import { ISSUE_INTERVALS, type ProbeSession } from './probe-session.ts';

export type ProbeReport = ReturnType<typeof createReport>;

/** Returns the content of the report file, without tokens and app keys. Times have the format ISO 8601. */
export function createReport(config: CredentialConfig, session: ProbeSession, findings: ProbeFindings) {
  return {
    credential: config.id,
    broker: config.broker,
    market: config.market,
    startedAt: iso(session.startedAt),
    endedAt: iso(session.now),
    answers: answersOf(config, findings),
    /** The settings to add to the credential in cdk.json. */
    settings: requiredSettings(config, findings),
    findings,
    calls: session.calls.map((call) => ({
      ...call,
      at: iso(call.at),
      end: iso(call.end),
      issuedAt: iso(call.issuedAt),
      expiresAt: iso(call.expiresAt),
    })),
  };
}

type MeasuredValue = string | number | boolean | undefined;

/** A question, the measured answer (numbers in seconds), and the documented answers of both brokers. */
type QuestionRow = readonly [question: string, measured: MeasuredValue, kis: string, kiwoom: string];

function answersOf({ broker }: CredentialConfig, findings: ProbeFindings) {
  const { lifeSeconds, interval, again, reuse, revoke } = findings;
  const { rejection } = interval;
  const code = rejection && `${rejection.code ?? 'no code'}, HTTP ${rejection.status ?? '?'}`;
  const againText = again?.token === 'same' ? 'the same, its expiry' : 'a new one; the old one is';
  const confirmed = revoke?.confirmed ? 'confirmed' : 'not confirmed';
  const rows: readonly QuestionRow[] = [
    [
      'Life of a token',
      lifeSeconds,
      '24 h; three months for partners',
      '24 h; 18–21 h and 4 h 22 min were seen',
    ],
    [
      'A call was answered after',
      interval.answeredAfterSeconds,
      'a minute; also: five minutes, a second',
      'the second of two simultaneous calls is rejected',
    ],
    ['A call was rejected after', interval.rejectedAfterSeconds, 'less than a minute', 'unknown'],
    ['The answer to a call before the interval ended', code, 'EGW00133, HTTP 403', '1700, HTTP 429 or 200'],
    ['A rejected call restarts the interval', interval.rejectionRestarts, 'unknown', 'unknown'],
    [
      `The token of a second call after ${formatSeconds(again?.afterSeconds ?? 0)}`,
      again && `${againText} ${again.expiry ?? again.oldToken}`,
      'the same token',
      'disputed: the same, or a new one that ends the old one',
    ],
    ['expires_in of the same token', again?.expiresIn, 'unknown', 'unknown'],
    ['The same token was returned after', reuse?.sameAfterSeconds, 'six hours', 'disputed: until it expires'],
    ['A new token was returned after', reuse?.newAfterSeconds, 'six hours', 'disputed: until it expires'],
    ['The old token after a new one', reuse?.oldToken, 'disputed', 'disputed'],
    [
      'A revocation',
      revoke && `${confirmed}; the token is ${revoke.tokenAfterwards} afterwards`,
      'ends the token',
      'ends the token',
    ],
    ['A second revocation', revoke?.secondTime, 'unknown', '8016 or 8015'],
    ['The next token after a revocation', revoke?.next, 'unknown', 'unknown'],
  ];
  return rows.flatMap(([question, measured, kis, kiwoom]) =>
    measured === undefined
      ? []
      : [{ question, measured: formatMeasured(measured), documented: broker === 'kis' ? kis : kiwoom }],
  );
}

function formatMeasured(measured: NonNullable<MeasuredValue>): string {
  if (typeof measured === 'boolean') return measured ? 'yes' : 'no';
  return typeof measured === 'number' ? formatSeconds(measured) : measured;
}

function formatSeconds(seconds: number): string {
  return seconds < 10 ? `${seconds} s` : formatSpan(Math.round(seconds) * SECOND);
}

/** Returns the settings that the findings require; the result is empty if the default settings are correct. */
export function requiredSettings(
  { broker, minimumIntervalSeconds }: CredentialConfig,
  { interval, reuse, again, revoke }: ProbeFindings,
): Readonly<Record<string, string>> {
  if (broker === 'kis') {
    const usualSeconds = ISSUE_INTERVALS.kis.usual / SECOND;
    const neededSeconds = Math.ceil(interval.answeredAfterSeconds ?? 0);
    const isUsualIntervalRejected = (interval.rejectedAfterSeconds ?? 0) >= usualSeconds;
    const needsSetting = isUsualIntervalRejected && neededSeconds > (minimumIntervalSeconds ?? usualSeconds);
    return needsSetting ? { minimumInterval: `${neededSeconds}s` } : {};
  }
  if (again?.token !== 'same' || reuse?.newAfterSeconds !== undefined) return {};
  return { renewEarly: revoke?.next === 'new' ? 'revoke' : 'wait' };
}
