import type { AppKey, BrokerReply, BrokerRequest } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import { type BrokerClient, clientOf } from '../../lambdas/brokers/client.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { KiwoomSimulator } from '../brokers/kiwoom.ts';
import { ManualClock } from '../clock.ts';
import { activeAt, BROKER_KINDS, type BrokerFault, type FaultPlan, inOrder } from './fault-model.ts';
import { type Scenario, scenarioConfig } from './scenario.ts';

/** Duration of an answered call, and of a call that hangs; milliseconds. */
const CALL = 300;
const TIMEOUT = 10_000;
const MINUTE = 60_000;
/** Time after which a sick broker fails in another way, milliseconds. */
const SICK_SPELL = 15 * MINUTE;

export interface Publication {
  readonly at: number;
  readonly token: string;
}

const key = (number: number): AppKey => ({
  appkey: `PSFAKEsimulatedKey${number}`,
  secret: `FAKE-secret-${number}`,
});
const MISTYPED = 'FAKE-mistyped';

/** One owner's world in one simulated time: broker, key and clock, and whatever is published. */
export class YearWorld {
  readonly clock: ManualClock;
  readonly config: CredentialConfig;
  readonly broker: KisSimulator | KiwoomSimulator;
  faults: FaultPlan;
  readonly #scenario: Scenario;
  #generation = 0;
  /** What readers found from when on, oldest first. */
  readonly publications: Publication[] = [];
  /** The state parameter likewise, where there is one. */
  readonly states: { readonly at: number; readonly state: State }[] = [];
  #keys = 0;
  /** The key in each version of the secret. */
  readonly secretVersions = new Map<string, AppKey>();
  /** The current version of the secret. */
  secret: { readonly key: AppKey; readonly version: string };

  constructor(scenario: Scenario, faults: FaultPlan) {
    this.clock = new ManualClock(faults.from);
    this.#scenario = scenario;
    this.config = scenarioConfig(scenario);
    this.faults = faults;
    const props = { clock: this.clock, market: scenario.market, keys: [key(0)] };
    this.broker =
      scenario.broker === 'kis'
        ? new KisSimulator({ ...props, options: scenario.kis ?? {} })
        : new KiwoomSimulator({ ...props, options: scenario.kiwoom ?? {} });
    this.secret = this.#putSecret(key(0), 'version-0');
  }

  get now(): number {
    return this.clock.now();
  }

  publish(token: string): void {
    if (this.publications.at(-1)?.token !== token) this.publications.push({ at: this.now, token });
  }

  /** Plans the sickness of the broker around the renewal of a new token, if the scenario has one. */
  planned(generation: number, renewAt: number): void {
    const { sickAtRenewal: sick } = this.#scenario;
    if (sick === undefined || generation <= this.#generation) return;
    this.#generation = generation;
    if (generation % sick.everyNthToken !== 0) return;
    const spells: BrokerFault[] = [];
    const to = renewAt + sick.after * MINUTE;
    for (let from = renewAt - sick.before * MINUTE; from < to; from += SICK_SPELL) {
      const kind = BROKER_KINDS[(generation + spells.length) % BROKER_KINDS.length] ?? 'html';
      spells.push({ from, to: from + SICK_SPELL, kind });
    }
    this.faults = { ...this.faults, broker: inOrder([...this.faults.broker, ...spells]) };
  }

  /** The owner gets a new key, and types it rightly or not; the old one stays valid. */
  rotate(mistyped: boolean): void {
    this.#keys += 1;
    const next = key(this.#keys);
    this.broker.setKeys([...this.broker.keys, next]);
    this.secret = mistyped
      ? this.#putSecret({ ...next, secret: MISTYPED }, `version-${this.#keys}-mistyped`)
      : this.#putSecret(next, `version-${this.#keys}`);
  }

  correct(): void {
    this.secret = this.#putSecret(key(this.#keys), `version-${this.#keys}`);
  }

  #putSecret(content: AppKey, version: string): YearWorld['secret'] {
    this.secretVersions.set(version, content);
    return { key: content, version };
  }

  /** The real adapters, their requests answered by the simulated broker as the faults is. */
  client(): BrokerClient {
    return clientOf(this.config, async (request) => this.#call(request));
  }

  #call({ method, path, headers, body = '' }: BrokerRequest): BrokerReply {
    const trouble = activeAt(this.faults.broker, this.now)?.kind ?? 'none';
    const busy = trouble === 'busy';
    this.broker.set({
      outage: busy ? 'none' : trouble,
      refuseIssue: busy ? (this.config.broker === 'kis' ? 'EGW00002' : '1999') : null,
    });
    const named = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const response = this.broker.handle({
      method,
      path,
      headers: named,
      body,
      remoteAddress: '198.51.100.7',
    });
    this.clock.advance(response.delivery === 'hang' ? TIMEOUT : CALL);
    if (response.delivery !== undefined && response.delivery !== 'whole')
      throw new BrokerError('unavailable', `no answer: ${response.delivery}`, { mayHaveActed: true });
    return { status: response.status, body: response.body };
  }
}
