import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { RESERVED_TIME_AFTER_SLEEP } from '../decision/facts.ts';
import type { FailureLevel } from '../decision/failure-level.ts';
import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import { parseMessage } from '../shared/message.ts';
import type { Outcome } from '../shared/state.ts';
import { AwsError } from '../store/aws-error.ts';
import { UnknownCredentialError, UnreadableConfigError } from '../store/parameters.ts';
import type { Metrics } from './metrics.ts';
import type { DecisionLine, Delivery, Ports, RefreshResult } from './ports.ts';
import { refresh } from './refresh.ts';

type LogMethod = (message: string, fields: Readonly<Record<string, unknown>>) => void;
/** The methods of the logger that the handler uses. The logged fields contain no secret. */
export type Log = Readonly<Record<'info' | 'warn' | 'error', LogMethod>>;

export interface SqsHandlerOptions {
  readonly ports: Omit<Ports, 'log' | 'beforeSleep'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** After the result `retry`, the queue delivers the message again. */
type HandlerResult = 'done' | 'retry';

/** The pause before a message is handled again after an AWS error, in milliseconds, doubles each time. */
const RETRY_PAUSE = { first: 2000, longest: 60_000 } as const;

/** A bug in the refresher. The message of the original error is omitted, because it may quote a secret. */
export class DefectError extends BrokerTokensError {
  readonly code = 'Defect';
}

/**
 * The FIFO inbox has a batch size of 1. Messages of one group arrive one after the other, so a credential has
 * one writer at a time. A failed message blocks its group until its visibility timeout ends. Therefore the
 * handler reports a message as failed only after a bug, or after an AWS error before the broker was called.
 */
export function createSqsHandler(options: SqsHandlerOptions) {
  return async (event: SQSEvent, deadline: number): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchItemFailure[] = [];
    for (const record of event.Records) {
      const result = await handleRecord(record, deadline, options);
      if (result === 'retry') batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };
}

/** Repeats a message after an AWS error, because the token may expire during the visibility timeout. */
async function handleRecord(
  { messageId, body, attributes: { MessageGroupId: group } }: SQSRecord,
  deadline: number,
  options: SqsHandlerOptions,
): Promise<HandlerResult> {
  const parsed = parseMessage(body);
  if (!parsed.ok) return dropMessage(options, messageId, parsed.problems);
  const { message } = parsed;
  if (group !== message.credential) {
    const got = group === undefined ? 'none' : `"${group}"`;
    return dropMessage(options, messageId, `the message group must be "${message.credential}", got ${got}`);
  }
  const { clock } = options.ports;
  for (let pause: number = RETRY_PAUSE.first; ; pause = Math.min(2 * pause, RETRY_PAUSE.longest)) {
    const result = await handleDelivery({ message, messageId, deadline }, options);
    if (result !== 'retry-now') return result;
    const retryAt = clock.now() + pause;
    if (retryAt > deadline - RESERVED_TIME_AFTER_SLEEP) return 'retry';
    await clock.sleepUntil(retryAt);
  }
}

/** @throws DefectError */
async function handleDelivery(
  delivery: Delivery,
  options: SqsHandlerOptions,
): Promise<HandlerResult | 'retry-now'> {
  const { ports, log, metrics } = options;
  const { message, messageId } = delivery;
  const context = { credential: message.credential, cause: message.cause, messageId };
  try {
    const result = await refresh(delivery, {
      ...ports,
      log: (line) => logDecision(log, line),
      beforeSleep: (soFar) => publishMetrics(metrics, soFar),
    });
    publishMetrics(metrics, result);
    if (result.issued > 0) metrics.countIssueCalls(result.issued);
    return result.failure === undefined ? 'done' : handleAwsError(log, context, result.failure);
  } catch (error) {
    if (error instanceof UnknownCredentialError) return dropMessage(options, messageId, error.message);
    if (error instanceof UnreadableConfigError) return reportUnreadableConfig(options, context, error);
    if (error instanceof AwsError) return handleAwsError(log, context, { error, retry: true });
    log.error('defect', { ...context, ...traceOf(error) });
    // Lambda does not count a batch failure as an error, but a bug must increase the metric Errors.
    throw new DefectError('a message failed because of a defect: see the log line "defect"');
  }
}

type LogContext = Pick<DecisionLine, 'credential' | 'cause' | 'messageId'>;

/** The name and the stack frames of an error, without its message. */
function traceOf(error: unknown) {
  if (!(error instanceof Error)) return { defect: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { defect: error.name, at: frames.map((line) => line.trim()) };
}

/** Logs, counts and drops an invalid message, so that the message does not block its group. */
function dropMessage(options: SqsHandlerOptions, messageId: string, problems: string): HandlerResult {
  options.log.warn('refused message', { messageId, problems });
  options.metrics.countInvalidMessage();
  return 'done';
}

/** Reports an invalid config. The published token stays in use, and an operator must correct the config. */
function reportUnreadableConfig(
  { log, metrics, ports }: SqsHandlerOptions,
  context: LogContext,
  { code, message: problem, state, isFleetCredential }: UnreadableConfigError,
): HandlerResult {
  log.error('unreadable config', { ...context, code, problem });
  if (isFleetCredential) return 'done';
  const { published } = state;
  const remainingTime =
    published === undefined || published.health === 'dead' ? 0 : published.expiresAt - ports.clock.now();
  const seconds = Math.max(0, remainingTime / 1000);
  metrics.publishReadings(context.credential, {
    secondsToExpiry: seconds,
    headroom: seconds,
    failureLevel: 2,
  });
  return 'done';
}

/** Drops a tick, because another tick follows. Repeats any other message if the broker was not called. */
function handleAwsError(
  log: Log,
  context: LogContext,
  { error, retry }: NonNullable<RefreshResult['failure']>,
): HandlerResult | 'retry-now' {
  const retried = retry && context.cause !== 'schedule';
  const { code, awsCode, message: problem } = error;
  log.error('AWS error', { ...context, code, awsCode, problem, retried });
  if (!retried) return 'done';
  return error.permanent ? 'retry' : 'retry-now';
}

/** Skips fleet credentials, which the fleet monitor reports, because each metric costs $0.30 a month. */
function publishMetrics(
  metrics: Metrics,
  { config, secondsToExpiry, headroom, failureLevel, failure }: RefreshResult,
): void {
  if (config.managedBy === 'operator') return;
  const level = Math.max(failureLevel, levelOfFailure(failure)) as FailureLevel;
  metrics.publishReadings(config.id, { secondsToExpiry, headroom, failureLevel: level });
}

function levelOfFailure(failure: RefreshResult['failure']): FailureLevel {
  if (failure === undefined) return 0;
  return failure.error.permanent ? 2 : 1;
}

const OUTCOMES_LOGGED_AS_INFO: readonly (Outcome | undefined)[] = [
  undefined,
  'published',
  'unchanged',
  'revoked',
];

function logDecision(log: Log, { message, ...line }: DecisionLine): void {
  const level = OUTCOMES_LOGGED_AS_INFO.includes(line.outcome) ? 'info' : 'warn';
  log[level]('decision', { ...line, brokerMessage: message });
}
