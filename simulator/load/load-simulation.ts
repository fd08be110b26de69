import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { decide } from '../../lambdas/decision/decide.ts';
import { type Decision, factsFromStore } from '../../lambdas/decision/facts.ts';
import type { Ports } from '../../lambdas/refresher/ports.ts';
import { refresh } from '../../lambdas/refresher/refresh.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { INITIAL_STATE, type State } from '../../lambdas/shared/state.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import { invocationTimeout } from '../explore/world-state.ts';
import type { Timeline } from '../timeline.ts';
import { Account, type Container, LATENCY } from './account.ts';
import { BrokerAccount, type BrokerOutage } from './load-brokers.ts';
import { SimulatedInbox } from './load-inbox.ts';
import { LoadStatistics } from './load-statistics.ts';
import {
  createCredentialConfig,
  createPublishedToken,
  type LoadSettings,
  SIMULATED_SECRET,
  SIMULATED_TOKEN_KEY_ARN,
  type SimulatedCredential,
} from './member.ts';
import type { Quotas } from './quotas.ts';
import { SimulatedFleetMonitor } from './simulated-fleet-monitor.ts';

/** The assumed duration of a warm invocation without its AWS and broker calls, in milliseconds. */
const INVOCATION_OVERHEAD = 10;

export interface LoadSimulationOptions {
  readonly timeline: Timeline;
  readonly quotas: Quotas;
  readonly seed: number;
  readonly credentials: readonly SimulatedCredential[];
  readonly settings: LoadSettings;
  readonly outage?: BrokerOutage | undefined;
  readonly otherReads?: number;
  /**
   * Whether a fleet monitor monitors all credentials, as for credentials that were added with `tokens add`.
   */
  readonly fleetMonitor?: boolean;
}

/** Runs the code of the refresher for many credentials in one simulated AWS account with quotas. */
export class LoadSimulation {
  readonly account: Account;
  readonly inbox: SimulatedInbox;
  readonly statistics: LoadStatistics;
  /** The fleet monitor; undefined if each credential has its own alarms. */
  readonly fleetMonitor: SimulatedFleetMonitor | undefined;
  readonly #options: LoadSimulationOptions;
  readonly #configs: readonly CredentialConfig[];
  readonly #states: State[];
  /** The values of each token parameter in the order of their versions; the first value has version 1. */
  readonly #tokens: string[][];
  readonly #brokers: readonly BrokerAccount[];
  /**
   * For each credential, the instant until which the ticks change nothing, according to the refresher's code.
   */
  readonly #idleUntil: Float64Array;
  #messages = 0;

  constructor(options: LoadSimulationOptions) {
    const { timeline, quotas, seed, credentials, settings, outage, otherReads } = options;
    this.#options = options;
    this.account = new Account({ quotas, timeline, seed, ...(otherReads !== undefined && { otherReads }) });
    this.inbox = new SimulatedInbox({
      timeline,
      quotas,
      groups: credentials.length,
      maximumEventAge: Math.max(60, settings.checkEverySeconds - 60) * 1000,
      handle: (group, from, done) => this.#handle(group, from, done),
    });
    this.#configs = credentials.map(({ behavior }, number) =>
      createCredentialConfig(number, behavior, settings),
    );
    this.#brokers = credentials.map(
      ({ behavior }, number) =>
        new BrokerAccount(number, behavior, this.#configs[number] as CredentialConfig, timeline, outage),
    );
    this.statistics = new LoadStatistics(
      this.#brokers.map((broker) => broker.outage),
      timeline.now,
    );
    this.fleetMonitor = options.fleetMonitor
      ? new SimulatedFleetMonitor(timeline, this.account, credentials.length)
      : undefined;
    this.#idleUntil = new Float64Array(credentials.length);
    this.#tokens = credentials.map(() => []);
    this.#states = credentials.map((member, number) => this.#firstState(member, number));
  }

  /** The number of issue calls that returned a token, for each credential. */
  get issued(): readonly number[] {
    return this.#brokers.map(({ issued }) => issued);
  }

  /** Starts the schedules. */
  start(): void {
    const { timeline, credentials, settings } = this.#options;
    this.fleetMonitor?.start(settings.checkEverySeconds * 1000);
    credentials.forEach(({ phase }, number) => {
      this.#tickAt(number, timeline.now + phase);
    });
  }

  #tickAt(number: number, dueAt: number): void {
    const { timeline, settings } = this.#options;
    timeline.plan(dueAt, () => {
      this.inbox.tick(number, dueAt);
      this.#tickAt(number, dueAt + settings.checkEverySeconds * 1000);
    });
  }

  #firstState({ issuedAt }: SimulatedCredential, number: number): State {
    if (issuedAt === undefined) return INITIAL_STATE;
    const broker = this.#brokers[number] as BrokerAccount;
    const token = broker.makeToken(issuedAt);
    this.#tokens[number] = [token.token];
    const published = createPublishedToken(this.#configs[number] as CredentialConfig, token, issuedAt);
    this.#idleUntil[number] = published.renewAt;
    this.statistics.recordDueTime(number, published.renewAt, published.expiresAt);
    return { ...INITIAL_STATE, generation: 1, published, lastCallAt: issuedAt };
  }

  #handle(number: number, from: Container, done: () => void): void {
    const { timeline } = this.#options;
    const end = (isReported: boolean) =>
      timeline.plan(timeline.now + INVOCATION_OVERHEAD, () => {
        if (isReported) this.statistics.recordTickMetrics(number, timeline.now);
        else this.statistics.recordTickWithoutMetrics();
        done();
      });
    if (timeline.now < (this.#idleUntil[number] ?? 0)) {
      this.#idle(number, from, end);
      return;
    }
    void this.#refresh(number, from).then(end);
  }

  /** Simulates a tick that changes nothing: one parameter read, and a DescribeSecret call if necessary. */
  #idle(number: number, from: Container, end: (isReported: boolean) => void): void {
    const { account } = this;
    const { action } = this.#decide(number, this.#states[number] ?? INITIAL_STATE);
    account.call(account.reads, { latency: LATENCY.read }, from, (served) => {
      if (!served || action !== 'check-secret') return end(served);
      // The refresher ignores a throttled DescribeSecret call, so the tick still writes its metrics.
      account.call(account.secrets, { latency: LATENCY.secret }, from, () => end(true));
    });
  }

  /** Runs the real refresher. @returns whether it reported its metrics */
  async #refresh(number: number, from: Container): Promise<boolean> {
    const { timeline, settings } = this.#options;
    const config = this.#configs[number] as CredentialConfig;
    this.#messages += 1;
    const deadline = timeline.now + invocationTimeout(settings);
    const message = { credential: config.id, cause: 'schedule' } as const;
    const messageId = `message-${this.#messages}`;
    try {
      const ports = this.#ports(number, from);
      const { state, failure } = await refresh({ message, messageId, deadline }, ports);
      if (failure === undefined) this.#idleUntil[number] = this.#idleEnd(number, state);
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  }

  #idleEnd(number: number, state: State): number {
    const decision = this.#decide(number, state, SIMULATED_SECRET.version);
    return decision.action === 'keep' && decision.reason === 'Fresh' ? (decision.until ?? 0) : 0;
  }

  #decide(number: number, state: State, secretVersion?: string): Decision {
    const { now } = this.#options.timeline;
    const config = this.#configs[number] as CredentialConfig;
    const { contract } = this.#brokers[number] as BrokerAccount;
    return decide({ ...factsFromStore({ config, contract, state }, now), secretVersion }, now);
  }

  #ports(number: number, from: Container): Ports {
    const { timeline } = this.#options;
    const { account, statistics } = this;
    const config = this.#configs[number] as CredentialConfig;
    const broker = this.#brokers[number] as BrokerAccount;
    const tokens = this.#tokens[number] as string[];
    const write = (doing: string) => account.request(account.writes, LATENCY.write, from, doing);
    return {
      store: {
        read: async () => {
          await account.request(account.reads, LATENCY.read, from, 'read the parameters');
          return {
            config,
            state: this.#states[number] ?? INITIAL_STATE,
            tokenVersion: tokens.length || undefined,
          };
        },
        readToken: async (_credential, version = tokens.length) => {
          await account.request(account.reads, LATENCY.read, from, 'read the token');
          const value = tokens[version - 1];
          return value === undefined ? undefined : { value, version };
        },
        writeToken: async (_credential, token) => {
          account.kms.take(timeline.now);
          await write('write the token');
          statistics.recordPublication(number, broker.expiresAt, timeline.now);
          return tokens.push(token);
        },
        writeState: async (_credential, state) => {
          await write('write the state');
          this.#states[number] = state;
          const next = state.published;
          if (state.attempt?.outcome === 'published' && next !== undefined)
            statistics.recordDueTime(number, next.renewAt, next.expiresAt);
        },
      },
      secrets: {
        read: async () => {
          await account.request(account.secrets, LATENCY.secret, from, 'read the secret');
          return SIMULATED_SECRET;
        },
        currentVersion: async () => {
          await account.request(account.secrets, LATENCY.secret, from, 'describe the secret');
          return SIMULATED_SECRET.version;
        },
      },
      connect: () => broker.client(BROKERS_BY_ID[config.broker].secretFields),
      clock: { now: () => timeline.now, sleepUntil: (instant) => timeline.until(instant) },
      tokenKeyArn: SIMULATED_TOKEN_KEY_ARN,
      log: () => {},
    };
  }
}
