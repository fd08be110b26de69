import type { BrokerContract, IssuedToken } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import type { BrokerClient } from '../../lambdas/brokers/client.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Timeline } from '../timeline.ts';

const HOUR = 3_600_000;
const TOKEN_LIFE = 24 * HOUR;
const KIS_REUSE_WINDOW = 6 * HOUR;
/** The duration of a broker call outside an outage, in milliseconds. */
const CALL_DURATION = 300;
/** The duration of a broker call during an outage, in milliseconds. */
const OUTAGE_CALL_DURATION = 2000;

export const BROKER_BEHAVIORS = ['kis', 'kiwoom-supersede', 'kiwoom-same-token'] as const;
export type BrokerBehavior = (typeof BROKER_BEHAVIORS)[number];

export interface BrokerOutage {
  readonly behavior: BrokerBehavior;
  readonly from: number;
  readonly to: number;
}

/**
 * A model of one app key at its broker. The model sends no HTTP messages, because the HTTP simulators in
 * `simulator/brokers/` are too slow for 100,000 credentials.
 */
export class BrokerAccount {
  readonly contract: BrokerContract;
  /** The outage that affects this account. */
  readonly outage: BrokerOutage | undefined;
  /**
   * The number of issue calls that returned a token. For a live account, KIS sends a KakaoTalk message after
   * each issue call that returned a token.
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

  /** Creates a token without a broker call; `issuedAt` may be earlier than the start of the simulation. */
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
    const newestToken = this.#newest;
    return newestToken !== undefined && this.#isReturnedAgain(newestToken, now)
      ? newestToken
      : this.makeToken(now);
  }

  #isReturnedAgain({ issuedAt = 0, expiresAt }: IssuedToken, now: number): boolean {
    if (now >= expiresAt) return false;
    return this.#behavior === 'kis'
      ? now < issuedAt + KIS_REUSE_WINDOW
      : this.#behavior === 'kiwoom-same-token';
  }

  /** Waits for the duration of one broker call. @returns whether the broker answers the call */
  async #answers(): Promise<boolean> {
    const { now } = this.#timeline;
    const { outage } = this;
    const isInOutage = outage !== undefined && outage.from <= now && now < outage.to;
    await this.#timeline.until(now + (isInOutage ? OUTAGE_CALL_DURATION : CALL_DURATION));
    return !isInOutage;
  }
}
