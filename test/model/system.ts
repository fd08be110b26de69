import type { InboxMessage } from '../../lambdas/shared/message.ts';
import type { State } from '../../lambdas/shared/state.ts';
import type { AwsFault } from '../../simulator/aws/faults.ts';
import type { AwsCall } from '../../simulator/aws/stand-in.ts';
import type { BrokerCall } from '../../simulator/brokers/simulator.ts';
import { KIS_KEY, KIWOOM_KEY, names } from '../../simulator/world.ts';
import { MINUTE, Operation } from '../scenario/operation.ts';
import type { Setup } from './setups.ts';

/** What befalls one delivery. */
export type Accident =
  | { readonly is: 'none' }
  /** Delivered, answered, and delivered again. */
  | { readonly is: 'twice'; readonly again: number }
  /** The function is killed at this call to the world (before or after it); the message comes again. */
  | { readonly is: 'killed'; readonly at: number; readonly again: number }
  | { readonly is: 'AWS'; readonly fault: AwsFault }
  /** The first read shows the state as it was before the last write. */
  | { readonly is: 'stale read' };

/** A value that came to stand in the token parameter. */
export interface Publication {
  readonly token: string;
  /** Whether the broker took it at that instant. */
  readonly alive: boolean;
}

/** What was to be seen of one delivery from outside; instants by the function's clock. */
export interface Seen {
  /** Calls that the broker got, each with the state that stood in the parameter then. */
  readonly calls: readonly SeenCall[];
  readonly aws: readonly AwsCall[];
  readonly publications: readonly Publication[];
  /** Every state that was stored. */
  readonly states: readonly State[];
  /** What was thrown although nobody killed the function. */
  readonly defects: readonly string[];
  readonly invocations: number;
  /** Whether the queue gave the message up. */
  readonly end: 'answered' | 'dead letter';
}

export type SeenCall = BrokerCall & { readonly state: State | undefined };

const RECEIVES = 3;
/** Twice the time-out of the function. */
const VISIBILITY = 15 * MINUTE;
/** Monday, 09:00 in Seoul. */
export const START = Date.parse('2026-11-23T09:00:00+09:00');

const KEY = { kis: KIS_KEY, kiwoom: KIWOOM_KEY } as const;

const NOTHING = () => ({ calls: [], publications: [], states: [], defects: [], invocations: 0 });

/** The real thing, in a simulated world, with the queue in front of it. */
export class System {
  readonly operation: Operation;
  readonly id: string;
  readonly broker: 'kis' | 'kiwoom';
  readonly #names: ReturnType<typeof names>;
  #keys = 1;
  #dying = false;
  /** When this container last wrote the state. */
  #wroteAt = Number.NEGATIVE_INFINITY;
  #at: { calls: number; token: number; version: number; state: State | undefined } = {
    calls: 0,
    token: 0,
    version: 0,
    state: undefined,
  };
  #seen: {
    calls: SeenCall[];
    publications: Publication[];
    states: State[];
    defects: string[];
    invocations: number;
  } = NOTHING();

  private constructor(operation: Operation, { credential }: Setup) {
    this.operation = operation;
    this.id = credential.id;
    this.broker = credential.broker;
    this.#names = names(credential.id);
    // Read as it was before, the configuration must be the same.
    const { aws } = this.world;
    aws.putParameter(this.#names.config, aws.parameter(this.#names.config)?.value ?? '');
  }

  static async start(setup: Setup): Promise<System> {
    const { credential, options } = setup;
    return new System(await Operation.start({ start: START, credentials: [credential], ...options }), setup);
  }

  stop(): Promise<void> {
    return this.operation.stop();
  }

  get world() {
    return this.operation.world;
  }

  get simulator() {
    return this.world.broker(this.id);
  }

  /** The token and the state that a reader finds. */
  get published() {
    return this.world.published(this.id);
  }

  /** Delivers a message as the queue does: in order, again after the visibility timeout, three times at most. */
  async deliver(message: InboxMessage, accident: Accident): Promise<Seen> {
    const { world } = this;
    const awsBefore = world.aws.calls.length;
    this.#seen = NOTHING();
    const id = world.nextMessageId();
    const mend = this.#strike(accident);
    let answered = await this.#receive(message, id);
    for (let receive = 2; receive <= RECEIVES && !answered; receive += 1) {
      world.clock.advance(accident.is === 'killed' ? accident.again : VISIBILITY);
      answered = await this.#receive(message, id);
    }
    mend();
    if (accident.is === 'twice') {
      world.clock.advance(accident.again);
      await this.#receive(message, id);
    }
    return {
      ...this.#seen,
      aws: world.aws.calls.slice(awsBefore),
      end: answered ? 'answered' : 'dead letter',
    };
  }

  /** @returns whether the message is done with */
  async #receive(message: InboxMessage, id: string): Promise<boolean> {
    this.#seen.invocations += 1;
    try {
      const { response } = await this.operation.send(message, id);
      this.#look();
      return response.batchItemFailures.length === 0;
    } catch (error) {
      this.#look();
      if (this.#dying) this.operation.killer = () => this.#look();
      else this.#seen.defects.push(String(error));
      this.#dying = false;
      return false;
    }
  }

  /** The owner stores a new app key of the same account, which the broker knows. */
  rotateKey(): void {
    const key = KEY[this.broker];
    this.#keys += 1;
    const next = { appkey: `${key.appkey}${this.#keys}`, secret: `${key.secret}-${this.#keys}` };
    // Both simulators know keys by the same two fields.
    this.simulator.setKeys([...this.simulator.keys, next]);
    this.world.putSecret(this.broker, next);
  }

  /** The key that the broker knows, stored anew. */
  restoreKey(): void {
    const newest = this.simulator.keys.at(-1);
    if (newest) this.world.putSecret(this.broker, newest);
  }

  /** @returns what takes the accident back */
  #strike(accident: Accident): () => void {
    const { operation } = this;
    const { faults } = this.world.aws;
    operation.killer = () => this.#look();
    switch (accident.is) {
      case 'killed':
        this.#killAt(accident.at);
        return () => {};
      case 'AWS':
        return faults.add(accident.fault);
      case 'stale read':
        // A minute after a write everybody sees it, and who has just started knows of no write.
        if (this.world.clock.now() - this.#wroteAt >= MINUTE) return () => {};
        return faults.add({ kind: 'stale-read', operation: 'GetParameters', times: 1 });
      default:
        return () => {};
    }
  }

  /** Once; what is called while it dies fails too, and the next invocation is a new container. */
  #killAt(call: number): void {
    const { operation } = this;
    let left = call;
    operation.killer = () => {
      this.#look();
      left -= 1;
      if (left >= 0) return;
      if (!this.#dying) operation.coldStart();
      this.#wroteAt = Number.NEGATIVE_INFINITY;
      this.#dying = true;
      throw new Error('the function is killed');
    };
  }

  /** Notes what has been asked and written since the last look. */
  #look(): void {
    const { aws } = this.world;
    const { calls } = this.simulator;
    const { token, state } = this.published;
    for (const call of calls.slice(this.#at.calls)) this.#seen.calls.push({ ...call, state: this.#at.state });
    const versions = {
      token: aws.parameter(this.#names.token)?.version ?? 0,
      state: aws.parameter(this.#names.state)?.version ?? 0,
    };
    if (token !== undefined && versions.token !== this.#at.token)
      this.#seen.publications.push({ token, alive: this.simulator.isAlive(token) });
    if (state !== undefined && versions.state !== this.#at.version) {
      this.#seen.states.push(state);
      this.#wroteAt = this.world.clock.now();
    }
    this.#at = { calls: calls.length, token: versions.token, version: versions.state, state };
  }
}
