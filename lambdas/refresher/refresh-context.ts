import type { AppKey } from '../brokers/broker.ts';
import type { CallStart } from '../decision/attempts.ts';
import type { Decision, Facts, Step } from '../decision/facts.ts';
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
  /** The stored state, to detect a change; undefined if the state must be written again. */
  readonly storedStateJson: string | undefined;
  /** The number of issue calls that count against the daily budget. */
  readonly issued: number;
  /** The error of the AWS request that failed to store a token. */
  readonly awsError?: AwsError | undefined;
}

/** `decide` returns the steps verify, revoke, restore and check-secret only if a token is published. */
export function publishedTokenOf({ facts }: RefreshContext): PublishedToken {
  const { published } = facts.state;
  if (published === undefined) throw new Error('a step was decided without a published token');
  return published;
}

export function currentCallStart({ delivery, ports }: RefreshContext): CallStart {
  return { at: ports.clock.now(), cause: delivery.message.cause, messageId: delivery.messageId };
}

/** After one read without the published token, the parameter is `changed`; after two reads, `lost`. */
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
  // The result of a broker call must not be lost. Without a call, the next delivery can write the state.
  await (wasBrokerCalled ? retryWrite(ports.clock, delivery.deadline, write) : write());
  return next;
}

/** Logs the result of an issue or revoke call, or of a read of the secret. */
export function logAttempt(context: RefreshContext, step: Step, until?: number): void {
  const { outcome, brokerCode, message } = context.facts.state.attempt ?? {};
  log(context, { ...step, until }, { outcome, brokerCode, message });
}

/** Logs a final decision or the result of a step. */
export function log(
  { delivery, facts, ports }: RefreshContext,
  { action, reason, until }: Pick<Decision, 'action' | 'reason'> & { readonly until?: number | undefined },
  detail: Partial<DecisionLine> = {},
): void {
  const { message, messageId } = delivery;
  const { credential, cause } = message;
  const { generation } = facts.state;
  const next = until === undefined ? undefined : new Date(until).toISOString();
  ports.log({ credential, cause, messageId, action, reason, generation, next, ...detail });
}
