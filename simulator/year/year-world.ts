import type { BrokerClient } from '../../lambdas/brokers/client.ts';
import type { State } from '../../lambdas/shared/state.ts';
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
  type AwsFault,
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

/** The calls that fail during each kind of AWS fault. */
const FAILING_CALLS: Readonly<Record<AwsFault['kind'], Partial<Record<PortCall, Outcome>>>> = {
  read: { read: 'error' },
  'write-token': { writeToken: 'error' },
  'write-token-done': { writeToken: 'failed-after' },
  'write-state': { writeState: 'error' },
  secret: { readSecret: 'error', checkSecret: 'error' },
};

/** One credential with a fault plan. Records the published tokens and states. */
export class YearWorld extends ExploredWorld {
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
    super(createWorld({ broker, market, now: faults.from, config, options }));
    this.chooseOutcome = (call) => this.#outcome(call);
    this.afterCall = (call) => this.#record(call);
    this.faults = faults;
    this.#renewalOutages = renewalOutages;
  }

  /** Advances the clock to `instant`, unless the clock is already later. */
  advanceTo(instant: number): void {
    this.state.now = Math.max(this.state.now, instant);
  }

  /** Returns the refresher's broker client, connected to the simulated broker. */
  client(): BrokerClient {
    return this.ports().connect(this.state.config);
  }

  publish(token: string): void {
    if (this.publications.at(-1)?.token !== token) this.publications.push({ at: this.state.now, token });
  }

  /** Stores a new key, which may be mistyped, in the secret. The broker accepts the new and the old key. */
  rotateKey(isMistyped: boolean): void {
    this.#keys += 1;
    const broker = this.broker();
    broker.setKeys([...broker.keys, this.key]);
    this.#putSecret(isMistyped ? { ...this.key, secret: 'FAKE-mistyped' } : this.key);
  }

  /** Corrects a mistyped key. */
  correctKey(): void {
    this.#putSecret(this.key);
  }

  /** The newest key. */
  get key() {
    return fakeAppKey(this.state.config.broker, this.#keys);
  }

  #putSecret(key: ReturnType<typeof fakeAppKey>): void {
    const secret = this.state.secrets[SECRET_ARN];
    if (secret === undefined) throw new Error(`the world has no secret ${SECRET_ARN}`);
    secret.current = `v${Object.keys(secret.values).length + 1}`;
    secret.values[secret.current] = secretText(this.state.config.broker, key);
  }

  #outcome(call: PortCall): Outcome {
    if (call === 'issue' || call === 'revoke' || call === 'verify') {
      this.#applyBrokerFault();
      return 'ok';
    }
    const fault = findActiveFault(this.faults.aws, this.state.now);
    return (fault && FAILING_CALLS[fault.kind][call]) ?? 'ok';
  }

  #applyBrokerFault(): void {
    const kind = findActiveFault(this.faults.broker, this.state.now)?.kind ?? 'none';
    const busyCode = this.state.config.broker === 'kis' ? 'EGW00002' : '1999';
    const fault =
      kind === 'busy' ? { outage: 'none', refuseIssue: busyCode } : { outage: kind, refuseIssue: null };
    for (const broker of Object.values(this.state.brokers)) broker.options = { ...broker.options, ...fault };
  }

  #record(call: PortCall): void {
    if (call === 'writeToken' && this.token !== undefined) this.publish(this.token);
    if (call !== 'writeState') return;
    this.#planRenewalOutages();
    this.states.push({ at: this.state.now, state: this.published });
  }

  /** Plans outages around the renewal of every n-th token, if the scenario has renewal outages. */
  #planRenewalOutages(): void {
    const { generation, published } = this.published;
    const renewalOutages = this.#renewalOutages;
    if (renewalOutages === undefined || generation <= this.#generation) return;
    this.#generation = generation;
    if (generation % renewalOutages.everyNthToken !== 0) return;
    const renewAt = published?.renewAt ?? this.state.now;
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
