import type { Contract, IssuedToken } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import type { BrokerClient } from '../../lambdas/brokers/client.ts';
import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Timeline } from '../timeline.ts';

const HOUR = 3_600_000;
const LIFE = 24 * HOUR;
/** An answered call, and one to a broker that is down; milliseconds. */
const CALL = 300;
const DOWN = 2000;

/** What brokers do, of which only lives matter here: the texts of their replies are the other simulators' matter. */
export type BrokerBehaviour = 'kis' | 'kiwoom-supersede' | 'kiwoom-same-token';

export interface BrokerOutage {
  readonly habit: BrokerBehaviour;
  readonly from: number;
  readonly to: number;
}

/** One app key at its broker. */
export class BrokerAccount {
  readonly contract: Contract;
  readonly #timeline: Timeline;
  readonly #habit: BrokerBehaviour;
  /** When the broker is not there. */
  readonly down: BrokerOutage | undefined;
  readonly #key: number;
  #tokens = 0;
  #newest: IssuedToken | undefined;
  /** Issue calls that were answered with a token: each is a KakaoTalk message for a live KIS account. */
  issued = 0;

  constructor(
    key: number,
    habit: BrokerBehaviour,
    config: CredentialConfig,
    timeline: Timeline,
    down: BrokerOutage | undefined,
  ) {
    this.#key = key;
    this.#habit = habit;
    this.contract = BROKER[config.broker].contract(config);
    this.#timeline = timeline;
    this.down = down?.habit === habit ? down : undefined;
  }

  client(secretFields: BrokerClient['secretFields']): BrokerClient {
    return {
      contract: this.contract,
      secretFields,
      issue: () => this.#issue(),
      revoke: async () => {
        throw new BrokerError('unavailable', 'nobody revokes in a fleet');
      },
      verify: async () => {
        const answers = await this.#answer();
        return { verdict: answers ? 'alive' : 'unreachable' };
      },
    };
  }

  /** End of the newest token. */
  get expiresAt(): number {
    return this.#newest?.expiresAt ?? 0;
  }

  /** A token that was issued before the simulation begins. */
  begin(issuedAt: number): IssuedToken {
    return this.#make(issuedAt);
  }

  async #issue(): Promise<IssuedToken> {
    if (!(await this.#answer())) throw new BrokerError('unavailable', 'simulated outage');
    const now = this.#timeline.now;
    this.issued += 1;
    const newest = this.#newest;
    if (newest === undefined || now >= newest.expiresAt) return this.#make(now);
    const issuedAt = newest.issuedAt ?? now;
    const reuse = this.#habit === 'kis' ? now < issuedAt + 6 * HOUR : this.#habit === 'kiwoom-same-token';
    return reuse ? newest : this.#make(now);
  }

  /** @returns whether the broker is there */
  async #answer(): Promise<boolean> {
    const { down } = this;
    const now = this.#timeline.now;
    const fails = down !== undefined && down.from <= now && now < down.to;
    await this.#timeline.until(now + (fails ? DOWN : CALL));
    return !fails;
  }

  #make(now: number): IssuedToken {
    this.#tokens += 1;
    const token = `FAKE-${this.#key}-${this.#tokens}`;
    this.#newest = { token, tokenType: 'Bearer', issuedAt: now, expiresAt: now + LIFE };
    return this.#newest;
  }
}
