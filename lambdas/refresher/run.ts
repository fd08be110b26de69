import type { BrokerClient } from '../brokers/client.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { Cause } from '../shared/message.ts';
import type { LastMessage, State } from '../shared/state.ts';
import type { StoredCredential } from '../store/parameters.ts';
import type { StoredSecret } from '../store/secrets.ts';
import { type Decision, decide, type Facts } from './decide.ts';
import type { AttemptStamp } from './outcome.ts';
import type { DecisionLine, Delivery, Ports } from './ports.ts';

/** What one invocation knows, from the first read to the end. */
export class Run {
  readonly ports: Ports;
  readonly delivery: Delivery;
  readonly begun: number;
  config: CredentialConfig;
  client: BrokerClient;
  state: State;
  unreadable: boolean;
  /** What the message still asks for: `schedule` once it has been taken up or answered. */
  asks: Cause;
  /** A message more than a tick is answered in `last`: how a waiting operator learns the outcome. */
  owesAnswer: boolean;
  decision: Decision;
  secret: StoredSecret | undefined;
  verdict: 'alive' | 'unknown' | undefined;
  /** Issue calls made. */
  calls = 0;
  /** Issue calls that count against the day's budget. */
  issued = 0;
  /** The broker has been called: the message must not be tried again as if nothing had happened. */
  touched = false;

  constructor(ports: Ports, delivery: Delivery, stored: StoredCredential) {
    this.ports = ports;
    this.delivery = delivery;
    this.begun = ports.clock.now();
    this.config = stored.config;
    this.client = ports.connect(stored.config);
    this.state = stored.state;
    this.unreadable = stored.unreadable !== undefined;
    // A second delivery of a message that has its answer is a tick like any other.
    const answered = stored.state.last?.messageId === delivery.messageId;
    this.asks = answered ? 'schedule' : delivery.message.cause;
    this.owesAnswer = this.asks !== 'schedule';
    this.decision = this.decide();
  }

  get now(): number {
    return this.ports.clock.now();
  }

  get id(): string {
    return this.config.id;
  }

  get facts(): Facts {
    const { message } = this.delivery;
    const generation = message.cause === 'rejected' ? message.generation : undefined;
    return {
      config: this.config,
      contract: this.client.contract,
      state: this.state,
      unreadable: this.unreadable,
      message: { cause: this.asks, generation },
      secretVersion: this.secret?.version,
      verdict: this.verdict,
    };
  }

  decide(): Decision {
    this.decision = decide(this.facts, this.now);
    return this.decision;
  }

  /** Step 1 again, after a sleep: the world may have moved on. */
  async readAgain(): Promise<void> {
    const stored = await this.ports.store.read(this.delivery.message.credential);
    this.config = stored.config;
    this.client = this.ports.connect(stored.config);
    this.state = stored.state;
    this.unreadable = stored.unreadable !== undefined;
    this.secret = undefined;
    this.verdict = undefined;
  }

  async write(state: State): Promise<void> {
    this.state = state;
    await this.ports.store.writeState(this.id, state);
    this.unreadable = false;
  }

  stamp(secretVersion: string): AttemptStamp {
    const { message, messageId } = this.delivery;
    return { at: this.now, cause: message.cause, messageId, secretVersion };
  }

  /** The answer for the state. */
  answer(action: DecisionLine['action'], reason: string): LastMessage {
    const { message, messageId } = this.delivery;
    this.owesAnswer = false;
    return { messageId, cause: message.cause, at: this.now, action, reason };
  }

  report(
    decision: Pick<DecisionLine, 'action' | 'reason'> & { readonly until?: number | undefined },
    detail: Pick<DecisionLine, 'outcome' | 'brokerCode' | 'message'> = {},
  ): void {
    const { message, messageId } = this.delivery;
    this.ports.report({
      credential: this.id,
      cause: message.cause,
      messageId,
      action: decision.action,
      reason: decision.reason,
      ...detail,
      next: decision.until === undefined ? undefined : new Date(decision.until).toISOString(),
      generation: this.state.generation,
    });
  }
}
