import type { BrokerContract, IssuedToken } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import type { BrokerClient } from '../../lambdas/brokers/client.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Timeline } from '../timeline.ts';

const HOUR = 3_600_000;
const TOKEN_LIFE = 24 * HOUR;
const KIS_REUSE_WINDOW = 6 * HOUR;
/** The duration of an answered call, and of a call during an outage, in milliseconds. */
const ANSWER_TIME = 300;
const OUTAGE_REPLY_TIME = 2000;

export const BROKER_BEHAVIORS = ['kis', 'kiwoom-supersede', 'kiwoom-same-token'] as const;
export type BrokerBehavior = (typeof BROKER_BEHAVIORS)[number];

export interface BrokerOutage {
  readonly behavior: BrokerBehavior;
  readonly from: number;
  readonly to: number;
}

/**
 * One app key at its broker, without HTTP messages, because the simulators of `brokers/` are too slow for
 * 100,000 credentials.
 */
export class BrokerAccount {
  readonly contract: BrokerContract;
  /** The outage that affects this account. */
  readonly outage: BrokerOutage | undefined;
  /**
   * The number of issue calls that returned a token; for a live KIS account, each sends a KakaoTalk message.
   */
  issued = 0;
  readonly #timeline: Timeline;
  readonly #behavior: BrokerBehavior;
  readonly #key: number;
  #tokens = 0;
  #newest: IssuedToken | undefined;

  constructor(
    key: number,
    behavior: BrokerBehavior,
    config: CredentialConfig,
    timeline: Timeline,
    outage: BrokerOutage | undefined,
  ) {
    this.contract = BROKERS_BY_ID[config.broker].contract(config);
    this.outage = outage?.behavior === behavior ? outage : undefined;
    this.#key = key;
    this.#behavior = behavior;
    this.#timeline = timeline;
  }

  client(secretFields: BrokerClient['secretFields']): BrokerClient {
    return {
      contract: this.contract,
      secretFields,
      issue: () => this.#issue(),
      revoke: async () => {
        throw new BrokerError('unavailable', 'the load simulation has no revocations');
      },
      verify: async () => ({ verdict: (await this.#answers()) ? 'alive' : 'unreachable' }),
    };
  }

  /** The expiry of the newest token. */
  get expiresAt(): number {
    return this.#newest?.expiresAt ?? 0;
  }

  /** Issues a token without a call: a new one, or one that existed before the simulation starts. */
  makeToken(issuedAt: number): IssuedToken {
    this.#tokens += 1;
    const token = `FAKE-${this.#key}-${this.#tokens}`;
    this.#newest = { token, tokenType: 'Bearer', issuedAt, expiresAt: issuedAt + TOKEN_LIFE };
    return this.#newest;
  }

  async #issue(): Promise<IssuedToken> {
    if (!(await this.#answers())) throw new BrokerError('unavailable', 'simulated outage');
    this.issued += 1;
    const { now } = this.#timeline;
    const newest = this.#newest;
    return newest !== undefined && this.#isReturnedAgain(newest, now) ? newest : this.makeToken(now);
  }

  #isReturnedAgain({ issuedAt = 0, expiresAt }: IssuedToken, now: number): boolean {
    if (now >= expiresAt) return false;
    return this.#behavior === 'kis'
      ? now < issuedAt + KIS_REUSE_WINDOW
      : this.#behavior === 'kiwoom-same-token';
  }

  /** Waits for the duration of one call. @returns whether the broker answers it */
  async #answers(): Promise<boolean> {
    const { now } = this.#timeline;
    const { outage } = this;
    const isInOutage = outage !== undefined && outage.from <= now && now < outage.to;
    await this.#timeline.until(now + (isInOutage ? OUTAGE_REPLY_TIME : ANSWER_TIME));
    return !isInOutage;
  }
}
