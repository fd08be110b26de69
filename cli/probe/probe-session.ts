import type { AppKey, BrokerReply } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import {
  type BrokerClient,
  type ConnectionSettings,
  createBrokerClient,
  type Transport,
} from '../../lambdas/brokers/client.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { CliContext } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { fixFor, OUTCOME_TEXT } from '../labels.ts';
import type { ShowProgress } from '../terminal/progress.ts';
import { clockTime, formatSpan, MINUTE, SECOND } from '../time.ts';

export interface ProbePorts extends Pick<CliContext, 'clock' | 'signal'> {
  readonly send: Transport;
  readonly show: ShowProgress;
  /** @throws CommandFailedError if the refresher uses the key, too, which would distort the results */
  readonly requirePaused: () => Promise<void>;
  /** The time of the refresher's last issue call, in epoch milliseconds. */
  readonly lastCallAt: number | undefined;
}

/**
 * The documented intervals between issue calls, in milliseconds. `longest` applies after a rejected call. If
 * two calls are an interval in `tooShort` apart, the broker should reject the second call. The API documents
 * disagree about the intervals from the longest element of `tooShort` to `usual`.
 */
export const ISSUE_INTERVALS = {
  kis: { usual: 61 * SECOND, longest: 301 * SECOND, tooShort: [30 * SECOND, 2 * SECOND] },
  kiwoom: { usual: 11 * SECOND, longest: 61 * SECOND, tooShort: [3 * SECOND, 300] },
} as const;

export type ProbeStep = 'base' | 'again' | 'rejection' | 'window' | 'revoke';

/** A recorded broker call, without the token and the app key. Times are in epoch milliseconds. */
export interface ProbeCall {
  readonly step: ProbeStep;
  readonly kind: 'issue' | 'verify' | 'revoke';
  readonly at: number;
  readonly end: number;
  /** The outcome: `token`, `revoked`, the verdict of a verify call, or the kind of the BrokerError. */
  readonly outcome: string;
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly fingerprint?: string | undefined;
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** The field `expires_in` of the reply, in seconds. */
  readonly expiresIn?: number | undefined;
}

export interface ProbeToken {
  readonly token: string;
  readonly fingerprint: string;
  /** The issue time, or the time when the probe first received the token. */
  readonly issuedAt: number;
}

const MAX_UNANSWERED_CALLS = 6;
const UNANSWERED_CALL_PAUSE = 5 * MINUTE;

/** Calls the broker at the documented intervals, except in `issueNow`, and records every call. */
export class ProbeSession {
  readonly calls: ProbeCall[] = [];
  readonly broker: BrokerId;
  readonly startedAt: number;
  step: ProbeStep = 'base';
  readonly #ports: ProbePorts;
  readonly #client: BrokerClient;
  readonly #key: AppKey;
  #currentToken: ProbeToken | undefined;
  #reply: BrokerReply | undefined;

  constructor(ports: ProbePorts, connection: ConnectionSettings, key: AppKey) {
    this.#ports = ports;
    this.startedAt = ports.clock.now();
    this.broker = connection.broker;
    this.#key = key;
    this.#client = createBrokerClient(connection, async (request) => {
      this.#reply = undefined;
      this.#reply = await ports.send(request);
      return this.#reply;
    });
  }

  get now(): number {
    return this.#ports.clock.now();
  }

  /** The token that the last successful issue call returned. */
  get currentToken(): ProbeToken {
    if (this.#currentToken === undefined) throw new Error('no token was issued');
    return this.#currentToken;
  }

  get issueCalls(): readonly ProbeCall[] {
    return this.calls.filter(({ kind }) => kind === 'issue');
  }

  /** The interval between two issue calls; longer after a rejected call at the usual interval. */
  get issueInterval(): number {
    const { usual, longest } = ISSUE_INTERVALS[this.broker];
    const usesLongInterval = this.issueCalls.some(({ outcome, at }, index, issues) => {
      const previousCall = issues[index - 1];
      return outcome === 'throttled' && previousCall !== undefined && at - previousCall.end >= usual;
    });
    return usesLongInterval ? longest : usual;
  }

  /** @throws AbortError after Ctrl-C */
  async sleepUntil(instant: number, progressText: string): Promise<void> {
    const { clock, show, signal } = this.#ports;
    if (instant <= clock.now()) return;
    show(`${progressText}, at ${clockTime(instant)}`);
    await clock.sleepUntil(instant, signal);
  }

  /** Requests a token after the issue interval. @throws CommandFailedError if the broker rejects the calls */
  async issue(progressText: string): Promise<ProbeCall> {
    for (let outages = 0, rejections = 0; ; ) {
      const lastCallAt = Math.max(this.issueCalls.at(-1)?.end ?? 0, this.#ports.lastCallAt ?? 0);
      if (lastCallAt > 0) await this.sleepUntil(lastCallAt + this.issueInterval, progressText);
      const call = await this.issueNow(progressText);
      if (call.outcome === 'token') return call;
      if (call.outcome === 'throttled' && rejections < 1) rejections += 1;
      else if (call.outcome === 'unavailable' && outages < MAX_UNANSWERED_CALLS) {
        outages += 1;
        const text = 'The broker gave no usable answer; the call is repeated';
        await this.sleepUntil(this.now + UNANSWERED_CALL_PAUSE, text);
      } else throw this.#failure(call);
    }
  }

  async issueNow(progressText: string): Promise<ProbeCall> {
    await this.#ports.requirePaused();
    this.#ports.show(progressText);
    return this.#record('issue', async () => {
      const { token, issuedAt, expiresAt } = await this.#client.issue(this.#key);
      const tokenFingerprint = fingerprint(token);
      const firstSeenAt = this.issueCalls.find((each) => each.fingerprint === tokenFingerprint)?.at;
      this.#currentToken = {
        token,
        fingerprint: tokenFingerprint,
        issuedAt: issuedAt ?? firstSeenAt ?? this.now,
      };
      const { expires_in: expiresIn } = JSON.parse(this.#reply?.body ?? '{}') as { expires_in?: number };
      return { outcome: 'token', fingerprint: tokenFingerprint, issuedAt, expiresAt, expiresIn };
    });
  }

  /** Verifies a token. Repeats the call up to twice if the answer does not show whether the token is live. */
  async verify({ token, fingerprint: tokenFingerprint }: ProbeToken): Promise<ProbeCall> {
    for (let tries = 1; ; tries += 1) {
      const call = await this.#record('verify', async () => {
        const { verdict, brokerCode } = await this.#client.verify(this.#key, token);
        return { outcome: verdict, code: brokerCode, fingerprint: tokenFingerprint };
      });
      if (call.outcome === 'alive' || call.outcome === 'dead' || tries === 3) return call;
      const progressText = 'The broker did not accept or reject the token; the call is repeated';
      await this.sleepUntil(this.now + 10 * SECOND, progressText);
    }
  }

  revoke({ token, fingerprint: tokenFingerprint }: ProbeToken): Promise<ProbeCall> {
    return this.#record('revoke', async () => {
      await this.#client.revoke(this.#key, token);
      // The client also reports success if the token was dead; only the reply then contains the error code.
      const [, kiwoom, kis] = /\[(\d{4}):|"(EGW\d{5})"/.exec(this.#reply?.body ?? '') ?? [];
      return { outcome: 'revoked', code: kiwoom ?? kis, fingerprint: tokenFingerprint };
    });
  }

  async #record(
    kind: ProbeCall['kind'],
    work: () => Promise<Pick<ProbeCall, 'outcome'> & Partial<ProbeCall>>,
  ): Promise<ProbeCall> {
    const at = this.now;
    const result = await work().catch((error: unknown) => {
      if (!(error instanceof BrokerError)) throw error;
      return { outcome: error.kind, code: error.brokerCode };
    });
    const call = { step: this.step, kind, at, end: this.now, status: this.#reply?.status, ...result };
    this.calls.push(call);
    return call;
  }

  #failure({ outcome, code }: ProbeCall): CommandFailedError {
    const kind = outcome as BrokerError['kind'];
    const isThrottled = kind === 'throttled';
    const intervalText = isThrottled ? `, even ${formatSpan(this.issueInterval)} after the last call` : '';
    const retryHint = isThrottled
      ? 'Stop other programs that use this key, then run the probe again.'
      : 'Run the probe again later.';
    return new CommandFailedError(
      `Measurement ended: ${OUTCOME_TEXT[kind]}${code === undefined ? '' : ` (${code})`}${intervalText}.`,
      fixFor(kind, code) ?? retryHint,
    );
  }
}
