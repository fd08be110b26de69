import type { AppKey } from '../brokers/broker.ts';
import type { Decision, Facts } from '../decision/facts.ts';
import type { PublishedToken, State } from '../shared/state.ts';
import type { AwsError } from '../store/aws-error.ts';
import type { Delivery, Ports } from './ports.ts';
import { retryWrite } from './retry-write.ts';

/**
 * One invocation between its first read and its last write: the facts, which every step replaces, and
 * the other inputs of the steps.
 */
export interface RefreshContext {
  readonly facts: Facts;
  readonly delivery: Delivery;
  readonly ports: Ports;
  /** The app key that belongs to `facts.secret`. */
  readonly key?: AppKey | undefined;
  /** The stored state as JSON, for comparison; undefined if it must be written again. */
  readonly stored: string | undefined;
  /** Issue calls that count against the day's budget. */
  readonly issued: number;
  /** AWS refused to store a token. */
  readonly awsError?: AwsError | undefined;
}

/** The published token. Verify, revoke, restore and check-secret steps are decided only if there is one. */
export function publishedOf({ facts }: RefreshContext): PublishedToken {
  const { published } = facts.state;
  if (published === undefined) throw new Error('a step was decided without a published token');
  return published;
}

/** The one place that writes the state. */
export async function commit(
  context: RefreshContext,
  state: State = context.facts.state,
): Promise<RefreshContext> {
  const { ports, delivery, facts } = context;
  const stored = JSON.stringify(state);
  const next = { ...context, facts: { ...facts, state, unreadable: false }, stored };
  if (stored === context.stored) return next;
  const write = () => ports.store.writeState(facts.config.id, state);
  const called = facts.done.calls > 0 || facts.done.revoked !== undefined;
  // The result of a call must not be lost. Before a call, the next delivery tries again.
  await (called ? retryWrite(ports.clock, delivery.deadline, write) : write());
  return next;
}

/** The one place that logs: a final decision, or the result of a step. */
export function log(
  { delivery, facts, ports }: RefreshContext,
  { action, reason, ...decision }: Decision,
  detail: Partial<Parameters<Ports['log']>[0]> = {},
): void {
  const until = 'until' in decision ? decision.until : undefined;
  const { message, messageId } = delivery;
  const next = until === undefined ? undefined : new Date(until).toISOString();
  const { id } = facts.config;
  const { generation } = facts.state;
  ports.log({ credential: id, cause: message.cause, messageId, action, reason, generation, next, ...detail });
}
