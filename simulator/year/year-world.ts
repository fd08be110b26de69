import type { BrokerClient } from '../../lambdas/brokers/client.ts';
import type { Ports } from '../../lambdas/refresher/ports.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { State } from '../../lambdas/shared/state.ts';
import type { KisSimulator } from '../brokers/kis.ts';
import type { KiwoomSimulator } from '../brokers/kiwoom.ts';
import type { Publication } from '../dead-spans.ts';
import {
  createWorld,
  ExploredWorld,
  fakeAppKey,
  type Outcome,
  type PortCall,
  SECRET_ARN,
  secretText,
} from '../explore/explored-world.ts';
import {
  type AwsFaultSpan,
  BROKER_FAULT_KINDS,
  type BrokerFault,
  type FaultPlan,
  findActiveFault,
  sortByStart,
} from './fault-model.ts';
import type { Scenario } from './scenario.ts';

const MINUTE = 60_000;
/** The duration of each outage in a sequence of outages around a renewal, in milliseconds. */
const RENEWAL_OUTAGE_DURATION = 15 * MINUTE;
const MISTYPED_SECRET = 'FAKE-mistyped';

/** The calls that fail during each kind of AWS fault. */
const FAILING_CALLS: Readonly<Record<AwsFaultSpan['kind'], Partial<Record<PortCall, Outcome>>>> = {
  read: { read: 'error' },
  'write-token': { writeToken: 'error' },
  'write-token-done': { writeToken: 'failed-after' },
  'write-state': { writeState: 'error' },
  secret: { readSecret: 'error', checkSecret: 'error' },
};

/**
 * The simulated environment of one credential with a fault plan, which records the published tokens and
 * states.
 */
export class YearWorld {
  readonly world: ExploredWorld;
  faults: FaultPlan;
  /** The published tokens, oldest first. */
  readonly publications: Publication[] = [];
  /** The published states, oldest first. */
  readonly states: { readonly at: number; readonly state: State }[] = [];
  readonly #renewalOutages: Scenario['renewalOutages'];
  #generation = 0;
  #keys = 0;

  constructor(scenario: Scenario, faults: FaultPlan) {
    const { name: _, broker, market, kis, kiwoom, renewalOutages, ...config } = scenario;
    const options = (broker === 'kis' ? kis : kiwoom) ?? {};
    this.world = new ExploredWorld(createWorld({ broker, market, now: faults.from, config, options }));
    this.world.chooseOutcome = (call) => this.#outcome(call);
    this.faults = faults;
    this.#renewalOutages = renewalOutages;
  }

  get now(): number {
    return this.world.state.now;
  }

  get config(): CredentialConfig {
    return this.world.state.config;
  }

  get broker(): KisSimulator | KiwoomSimulator {
    return this.world.broker();
  }

  /** Advances the clock to `instant`, unless the clock is already later. */
  advanceTo(instant: number): void {
    this.world.state.now = Math.max(this.now, instant);
  }

  /** Returns the ports of the simulated environment, which record all writes. */
  ports(): Ports {
    const ports = this.world.ports();
    const { store } = ports;
    return {
      ...ports,
      store: {
        ...store,
        writeToken: async (id, token) => {
          try {
            return await store.writeToken(id, token);
          } finally {
            if (this.world.token !== undefined) this.publish(this.world.token);
          }
        },
        writeState: async (id, state) => {
          await store.writeState(id, state);
          this.#planRenewalOutages(state.generation, state.published?.renewAt ?? this.now);
          this.states.push({ at: this.now, state });
        },
      },
    };
  }

  /** Returns the refresher's broker client, connected to the simulated broker. */
  client(): BrokerClient {
    return this.world.ports().connect(this.config);
  }

  publish(token: string): void {
    if (this.publications.at(-1)?.token !== token) this.publications.push({ at: this.now, token });
  }

  /**
   * Stores a new key, which may be mistyped, in the secret. The broker accepts both the new and the old key.
   */
  rotateKey(isMistyped: boolean): void {
    this.#keys += 1;
    const { broker } = this;
    const key = fakeAppKey(this.config.broker, this.#keys);
    broker.setKeys([...broker.keys, key]);
    this.#putSecret(isMistyped ? { ...key, secret: MISTYPED_SECRET } : key);
  }

  /** Corrects a mistyped key. */
  correctKey(): void {
    this.#putSecret(fakeAppKey(this.config.broker, this.#keys));
  }

  get secretVersion(): string {
    return this.world.state.secrets[SECRET_ARN]?.current ?? '';
  }

  /** The newest key. */
  get key() {
    return fakeAppKey(this.config.broker, this.#keys);
  }

  #putSecret(key: ReturnType<typeof fakeAppKey>): void {
    const secret = this.world.state.secrets[SECRET_ARN];
    if (secret === undefined) throw new Error(`the world has no secret ${SECRET_ARN}`);
    secret.current = `v${Object.keys(secret.values).length + 1}`;
    secret.values[secret.current] = secretText(this.config.broker, key);
  }

  #outcome(call: PortCall): Outcome {
    if (call === 'issue' || call === 'revoke' || call === 'verify') {
      this.#applyBrokerFault();
      return 'ok';
    }
    const fault = findActiveFault(this.faults.aws, this.now);
    return (fault && FAILING_CALLS[fault.kind][call]) ?? 'ok';
  }

  #applyBrokerFault(): void {
    const kind = findActiveFault(this.faults.broker, this.now)?.kind ?? 'none';
    const busyCode = this.config.broker === 'kis' ? 'EGW00002' : '1999';
    const isBusy = kind === 'busy';
    for (const broker of Object.values(this.world.state.brokers))
      broker.options = {
        ...broker.options,
        outage: isBusy ? 'none' : kind,
        refuseIssue: isBusy ? busyCode : null,
      };
  }

  /** Plans outages around the renewal of every n-th token, if the scenario has renewal outages. */
  #planRenewalOutages(generation: number, renewAt: number): void {
    const renewalOutages = this.#renewalOutages;
    if (renewalOutages === undefined || generation <= this.#generation) return;
    this.#generation = generation;
    if (generation % renewalOutages.everyNthToken !== 0) return;
    const outages: BrokerFault[] = [];
    const to = renewAt + renewalOutages.minutesAfter * MINUTE;
    for (
      let from = renewAt - renewalOutages.minutesBefore * MINUTE;
      from < to;
      from += RENEWAL_OUTAGE_DURATION
    ) {
      const kind = BROKER_FAULT_KINDS[(generation + outages.length) % BROKER_FAULT_KINDS.length] ?? 'html';
      outages.push({ from, to: from + RENEWAL_OUTAGE_DURATION, kind });
    }
    this.faults = { ...this.faults, broker: sortByStart([...this.faults.broker, ...outages]) };
  }
}
