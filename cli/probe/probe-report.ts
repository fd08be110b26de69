import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { iso, span } from '../time.ts';
import type { ProbeFindings } from './findings.ts';
import type { ProbeCall } from './probe-session.ts';
import { type Suggestion, suggestFor } from './suggest.ts';

/** Question, result, and what the documents say. */
type Row = readonly [question: string, measured: string | undefined, documented: string];

/** A question that was measured. */
interface Answer {
  readonly question: string;
  readonly measured: string;
  /** What the documents say. */
  readonly documented: string;
}

/** Everything that a probe measured; it contains no token and no key. */
export interface ProbeResult {
  readonly config: CredentialConfig;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly calls: readonly ProbeCall[];
  readonly findings: ProbeFindings;
}

export interface ProbeReport {
  readonly json: Readonly<Record<string, unknown>>;
  readonly rows: readonly Answer[];
  readonly suggestion: Suggestion;
}

export function reportOf(result: ProbeResult): ProbeReport {
  const { config, startedAt, endedAt, calls, findings } = result;
  const suggestion = suggestFor(config, findings);
  const rows = [...intervalRows(config, findings), ...tokenRows(config, findings)].flatMap(
    ([question, measured, documented]) =>
      measured === undefined ? [] : [{ question, measured, documented }],
  );
  const json = {
    probe: 1,
    credential: config.id,
    broker: config.broker,
    market: config.market,
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    answers: rows,
    findings,
    suggestion,
    calls: calls.map((call) => ({
      ...call,
      at: iso(call.at),
      end: iso(call.end),
      issuedAt: iso(call.issuedAt),
      expiresAt: iso(call.expiresAt),
    })),
  };
  return { json, rows, suggestion };
}

function intervalRows({ broker }: CredentialConfig, findings: ProbeFindings): readonly Row[] {
  const { lifeSeconds: life, brokerClockAheadSeconds: ahead, interval } = findings;
  const { answeredAfterSeconds: answered, refusedAfterSeconds: refused, refusal, refusalRestarts } = interval;
  const isKis = broker === 'kis';
  const limits = [
    ...(refused === undefined ? [] : [`more than ${duration(refused)}`]),
    ...(answered === undefined ? [] : [`at most ${duration(answered)}`]),
  ];
  return [
    [
      'Life of a token',
      life === undefined ? undefined : duration(life),
      isKis ? '24 h; three months for partners' : '24 h; 18–21 h and 4 h 22 min were seen',
    ],
    ['Clock of the broker', ahead === undefined ? undefined : `${ahead} s ahead of this machine`, '–'],
    [
      'Required time between two calls',
      limits.join(', ') || 'not measured',
      isKis ? 'a minute; also: five minutes, a second' : 'the second of two simultaneous calls is refused',
    ],
    [
      'A call that is too early',
      refusal && `refused: ${refusal.code ?? 'no code'}, HTTP ${refusal.status ?? '?'}`,
      isKis ? 'EGW00133, HTTP 403' : '1700, HTTP 429 or 200',
    ],
    ['A refused call restarts the interval', yesNo(refusalRestarts), 'unknown'],
  ];
}

function tokenRows({ broker }: CredentialConfig, { again, reuse, revoke }: ProbeFindings): readonly Row[] {
  const isKis = broker === 'kis';
  const { sameAfterSeconds: same, newAfterSeconds: fresh } = reuse ?? {};
  const ages = [
    ...(same === undefined ? [] : [`the same after ${duration(same)}`]),
    ...(fresh === undefined ? [] : [`a new one after ${duration(fresh)}`]),
  ];
  const confirmed = revoke?.confirmed ? 'confirmed' : 'not confirmed';
  return [
    [
      `A second call after ${duration(again?.afterSeconds ?? 0)}`,
      again && againText(again),
      isKis ? 'the same token' : 'disputed: the same, or a new one that ends the old one',
    ],
    ['expires_in of the same token', again?.expiresIn, 'unknown'],
    [
      'How long the same token is returned',
      ages.join(', ') || undefined,
      isKis ? 'six hours' : 'disputed: until it expires',
    ],
    ['The old token after a new one', reuse?.oldToken, 'disputed'],
    [
      'A revocation',
      revoke && `${confirmed}; the token is ${revoke.tokenAfterwards} afterwards`,
      'ends the token',
    ],
    ['A second revocation', revoke?.secondTime, isKis ? 'unknown' : '8016 or 8015'],
    ['The next token after a revocation', revoke?.next, 'unknown'],
  ];
}

function againText({ token, expiry, oldToken }: NonNullable<ProbeFindings['again']>): string {
  return token === 'same'
    ? `the same token, its expiry ${expiry}`
    : `a new token; the old one is ${oldToken}`;
}

function duration(seconds: number): string {
  return seconds < 10 ? `${seconds} s` : span(Math.round(seconds) * 1000);
}

function yesNo(value: boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value ? 'yes' : 'no';
}
