import type { BrokerReply, BrokerRequest } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import { type ConnectionSettings, createBrokerClient } from '../../lambdas/brokers/client.ts';
import { RESERVED_TIME_AFTER_SLEEP } from '../../lambdas/decision/facts.ts';
import type { Clock } from '../../lambdas/refresher/clock.ts';
import type { DecisionLine, Ports, RefreshResult } from '../../lambdas/refresher/ports.ts';
import { refresh } from '../../lambdas/refresher/refresh.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { INITIAL_STATE, type State } from '../../lambdas/shared/state.ts';
import type { Store, StoredToken } from '../../lambdas/store/parameters.ts';
import { readAppKey, type Secrets, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { KiwoomSimulator } from '../brokers/kiwoom.ts';
import { emptyRecords } from '../brokers/ledger.ts';
import { awsError, KilledError, type Outcome, type PortCall, rejectionReply } from './call-faults.ts';
import { copyState, fakeAppKey, invocationTimeout, type WorldState } from './world-state.ts';

export { KilledError, type Outcome, type PortCall } from './call-faults.ts';
export {
  createWorld,
  fakeAppKey,
  SECRET_ARN,
  secretText,
  TOKEN_KEY_ARN,
  type WorldOptions,
  type WorldState,
} from './world-state.ts';

/** The duration of a broker call with a reply, in milliseconds. */
const BROKER_REPLY_TIME = 300;
/** The duration of a broker call without a reply, in milliseconds. */
const BROKER_TIMEOUT = 10_000;

/** Runs the refresher with AWS and brokers simulated in memory. */
export class ExploredWorld {
  readonly state: WorldState;
  /** Returns the outcome of a call. If the function returns a promise, the call waits for it. */
  chooseOutcome: (call: PortCall) => Outcome | Promise<Outcome> = () => 'ok';
  /** This function runs after each call to AWS that took effect. */
  afterCall: (call: PortCall) => void = () => {};
  /** The duration of a broker call with a reply, in milliseconds. */
  answerTime = BROKER_REPLY_TIME;
  /** The lines that the refresher logged while it handled the last message. */
  lines: DecisionLine[] = [];
  /** The calls that the refresher sent to AWS and the broker while it handled the last message. */
  calls: string[] = [];
  readonly clock: Clock;
  /** The instant after which the running invocation does not retry a failed write. */
  #lastRetryAt = 0;

  constructor(state: WorldState) {
    this.state = state;
    this.clock = {
      now: () => this.state.now - this.state.clockBehind,
      sleepUntil: async (instant) => {
        const pause = Math.max(0, instant - this.clock.now());
        this.calls.push(`sleep ${Math.round(pause / 1000)} s`);
        this.state.now += pause;
      },
    };
  }

  /** Returns a simulated broker. The property `state` contains the records and options of the broker. */
  broker({ broker, market }: Pick<CredentialConfig, 'broker' | 'market'> = this.state.config) {
    const name = `${broker} ${market}`;
    const records = emptyRecords([fakeAppKey(broker, 5)]);
    this.state.brokers[name] ??= { book: records, options: this.#optionsOf(broker) };
    const { book, options } = this.state.brokers[name];
    const clock = { now: () => this.state.now };
    const Simulator = broker === 'kis' ? KisSimulator : KiwoomSimulator;
    const simulator = new Simulator({ clock, market, keys: book.keys, options });
    simulator.book = book as never;
    return simulator;
  }

  /** Returns the options of a simulated broker. Both markets of a broker have the same options. */
  #optionsOf(broker: string): object {
    const brokerWithMarket = Object.keys(this.state.brokers).find((name) => name.startsWith(broker));
    return this.state.brokers[brokerWithMarket ?? '']?.options ?? {};
  }

  /** The content of the state parameter. */
  get published(): State {
    return this.state.state?.state ?? INITIAL_STATE;
  }

  /** The content of the token parameter. */
  get token(): string | undefined {
    const { token } = this.state;
    return token?.values[token.version]?.value;
  }

  /** Whether the broker accepts the content of the token parameter. */
  get isTokenLive(): boolean {
    return this.token !== undefined && this.broker().isAlive(this.token);
  }

  /** Delivers one message. @throws KilledError */
  async deliver(
    message: Omit<InboxMessage, 'credential'> | InboxMessage,
    messageId = this.nextId(),
    ports = this.ports(),
  ): Promise<RefreshResult> {
    this.lines = [];
    this.calls = [];
    const { config } = this.state;
    const timeout = invocationTimeout(config);
    const deadline = this.clock.now() + timeout;
    this.#lastRetryAt = this.state.now + timeout - RESERVED_TIME_AFTER_SLEEP;
    const body = { ...message, credential: config.id } as InboxMessage;
    return refresh({ message: body, messageId, deadline }, ports);
  }

  tick(): Promise<RefreshResult> {
    return this.deliver({ cause: 'schedule' });
  }

  nextId(): string {
    this.state.messages += 1;
    return `m-${this.state.messages}`;
  }

  ports(): Ports {
    return {
      store: this.#store(),
      secrets: this.#secrets(),
      connect: (connection) => createBrokerClient(connection, (each) => this.#send(connection, each)),
      tokenKeyArn: this.state.tokenKeyArn,
      clock: this.clock,
      log: (line) => this.lines.push(line),
    };
  }

  async #call<T>(name: PortCall, run: () => T): Promise<T> {
    this.calls.push(name);
    const chosenOutcome = this.chooseOutcome(name);
    const outcome = typeof chosenOutcome === 'string' ? chosenOutcome : await chosenOutcome;
    if (outcome === 'crash') throw new KilledError(name);
    // The refresher retries a failed write until shortly before the end of the invocation.
    if (outcome === 'failed' && name.startsWith('write'))
      this.state.now = Math.max(this.state.now, this.#lastRetryAt);
    const failure = awsError(name, outcome);
    if (failure !== undefined && outcome !== 'failed-after') throw failure;
    const result = run();
    this.afterCall(name);
    if (outcome === 'crash-after') throw new KilledError(name);
    if (failure !== undefined) throw failure;
    return result;
  }

  #store(): Store {
    const world = this.state;
    return {
      read: () =>
        this.#call('read', () => {
          const { state, unreadable } = world.state ?? { state: INITIAL_STATE };
          return { config: world.config, state, unreadable, tokenVersion: world.token?.version };
        }),
      readToken: (_id, version) => this.#call('readToken', () => this.#decrypt(version)),
      writeToken: (_id, value) =>
        this.#call('writeToken', () => {
          const version = (world.token?.version ?? 0) + 1;
          const stored = { value, keyArn: world.tokenKeyArn };
          world.token = { version, values: { ...world.token?.values, [version]: stored } };
          return version;
        }),
      writeState: (_id, state) =>
        this.#call('writeState', () => {
          world.state = { state };
        }),
    };
  }

  #decrypt(version = this.state.token?.version): StoredToken | undefined {
    const stored = version === undefined ? undefined : this.state.token?.values[version];
    if (stored === undefined) return undefined;
    if (stored.keyArn !== this.state.tokenKeyArn) throw awsError('readToken', 'denied');
    return { value: stored.value, version };
  }

  #secrets(): Secrets {
    return {
      read: (arn, fields, version) =>
        this.#call('readSecret', () => {
          const secret = this.state.secrets[arn];
          const id = version ?? secret?.current;
          const text = id === undefined ? undefined : secret?.values[id];
          if (secret === undefined || text === undefined || id === undefined)
            throw new UnconfiguredError(`ResourceNotFoundException; secret ${arn}`);
          return { key: readAppKey(text, fields, arn, id), version: id };
        }),
      currentVersion: (arn) => this.#call('checkSecret', () => this.state.secrets[arn]?.current ?? ''),
    };
  }

  /** Returns an independent copy. */
  copy(): ExploredWorld {
    return new ExploredWorld(copyState(this.state));
  }

  /** Returns the broker's reply to one request. The function `chooseOutcome` does not affect this call. */
  answer(connection: ConnectionSettings, request: BrokerRequest): BrokerReply {
    const lowerCaseHeaders = Object.entries(request.headers).map(([name, text]) => [
      name.toLowerCase(),
      text,
    ]);
    const headers = Object.fromEntries(lowerCaseHeaders);
    const body = request.body ?? '';
    const reply = this.broker(connection).handle({
      ...request,
      headers,
      body,
      remoteAddress: '198.51.100.7',
    });
    this.state.now += reply.delivery === 'hang' ? BROKER_TIMEOUT : this.answerTime;
    if (reply.delivery !== undefined && reply.delivery !== 'whole')
      throw new BrokerError('unavailable', `no answer: ${reply.delivery}`, { mayHaveActed: true });
    return { status: reply.status, body: reply.body };
  }

  async #send(connection: ConnectionSettings, request: BrokerRequest): Promise<BrokerReply> {
    const name = portCallOf(request);
    this.calls.push(name);
    const chosenOutcome = this.chooseOutcome(name);
    const outcome = typeof chosenOutcome === 'string' ? chosenOutcome : await chosenOutcome;
    if (outcome === 'crash') throw new KilledError(name);
    if (outcome === 'unsent' || outcome === 'lost') {
      this.state.now += BROKER_TIMEOUT;
      throw new BrokerError('unavailable', outcome, { mayHaveActed: outcome === 'lost' });
    }
    const rejection = rejectionReply(connection.broker, outcome);
    if (name === 'issue' && (outcome === 'rejected' || outcome === 'malformed'))
      this.state.lastIssueFailed = true;
    if (rejection !== undefined) return rejection;
    const reply = this.answer(connection, request);
    if (outcome === 'crash-after') throw new KilledError(name);
    if (outcome === 'lost-after') throw new BrokerError('unavailable', outcome, { mayHaveActed: true });
    if (name === 'issue' && this.broker(connection).calls.at(-1)?.token) this.state.lastIssueFailed = false;
    return reply;
  }
}

function portCallOf({ path }: BrokerRequest): 'issue' | 'revoke' | 'verify' {
  if (path.startsWith('/oauth2/token')) return 'issue';
  return path.startsWith('/oauth2/revoke') ? 'revoke' : 'verify';
}
