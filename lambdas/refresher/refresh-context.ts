import type { AppKey } from '../brokers/broker.ts';
import type { CallStart } from '../decision/attempts.ts';
import type { Decision, Facts } from '../decision/facts.ts';
import type { PublishedToken, State } from '../shared/state.ts';
import type { AwsError } from '../store/aws-error.ts';
import type { DecisionLine, Delivery, Ports } from './ports.ts';
import { retryWrite } from './retry-write.ts';

/** The inputs of a step. Every step returns a new context, which contains the new facts. */
export interface RefreshContext {
  readonly facts: Facts;
  readonly delivery: Delivery;
  readonly ports: Ports;
  /** The app key that belongs to `facts.secret`. */
  readonly key?: AppKey | undefined;
  /**
   * The stored state as JSON, for comparison with the new state; undefined if the state must be written
   * again.
   */
  readonly storedStateJson: string | undefined;
  /** The number of issue calls that count against the daily budget. */
  readonly issued: number;
  /** The error of the AWS request that failed to store a token. */
  readonly awsError?: AwsError | undefined;
}

/**
 * Returns the published token. `decide` returns the steps verify, revoke, restore and check-secret only if a
 * token is published.
 */
export function publishedTokenOf({ facts }: RefreshContext): PublishedToken {
  const { published } = facts.state;
  if (published === undefined) throw new Error('a step was decided without a published token');
  return published;
}

/** Returns the start of a broker call that the refresher makes now. */
export function currentCallStart({ delivery, ports }: RefreshContext): CallStart {
  return { at: ports.clock.now(), cause: delivery.message.cause, messageId: delivery.messageId };
}

/**
 * Returns the context after a read did not find the published token. The first failed read sets
 * `facts.parameter` to `changed`, and the second failed read sets the field to `lost`.
 */
export function withMissingToken(context: RefreshContext): RefreshContext {
  const parameter = context.facts.parameter === 'ours' ? 'changed' : 'lost';
  return { ...context, facts: { ...context.facts, parameter } };
}

/** Writes the state if it changed. */
export async function writeStateIfChanged(
  context: RefreshContext,
  state: State = context.facts.state,
): Promise<RefreshContext> {
  const { ports, delivery, facts } = context;
  const storedStateJson = JSON.stringify(state);
  const next = { ...context, facts: { ...facts, state, unreadable: false }, storedStateJson };
  if (storedStateJson === context.storedStateJson) return next;
  const write = () => ports.store.writeState(facts.config.id, state);
  const wasBrokerCalled = facts.done.calls > 0 || facts.done.revoked !== undefined;
  // The result of a broker call must not be lost, so the function repeats a failed write. Before a call, one
  // attempt is enough, because the next delivery of the message writes the state.
  await (wasBrokerCalled ? retryWrite(ports.clock, delivery.deadline, write) : write());
  return next;
}

/** Logs a final decision or the result of a step. */
export function log(
  { delivery, facts, ports }: RefreshContext,
  { action, reason, ...decision }: Decision,
  detail: Partial<DecisionLine> = {},
): void {
  const until = 'until' in decision ? decision.until : undefined;
  const { message, messageId } = delivery;
  const next = until === undefined ? undefined : new Date(until).toISOString();
  const { id } = facts.config;
  const { generation } = facts.state;
  ports.log({ credential: id, cause: message.cause, messageId, action, reason, generation, next, ...detail });
}
