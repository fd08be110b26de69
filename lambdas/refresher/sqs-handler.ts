import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { RESERVED_TIME_AFTER_SLEEP } from '../decision/facts.ts';
import type { FailureLevel } from '../decision/failure-level.ts';
import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import { type InboxMessage, parseMessage } from '../shared/message.ts';
import type { Outcome } from '../shared/state.ts';
import { AwsError } from '../store/aws-error.ts';
import { UnknownCredentialError, UnreadableConfigError } from '../store/parameters.ts';
import type { Metrics } from './metrics.ts';
import type { DecisionLine, Ports, RefreshResult } from './ports.ts';
import { refresh } from './refresh.ts';

/** The methods of the logger that the handler uses. The logged fields contain no secret. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface SqsHandlerOptions {
  readonly ports: Omit<Ports, 'log' | 'beforeSleep'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * After the results `retry` and `defect`, the queue delivers the message again. A defect is a bug, and the
 * log contains the name of the error.
 */
type HandlerResult = 'done' | 'retry' | 'defect';

/**
 * The pause before a message is handled again after an AWS error, in milliseconds. The pause doubles after
 * each attempt.
 */
const RETRY_PAUSE = { first: 2000, longest: 60_000 } as const;

/** A bug in the refresher. The message of the original error is omitted, because it may quote a secret. */
export class DefectError extends BrokerTokensError {
  readonly code = 'Defect';
}

/**
 * Handles messages of the FIFO inbox. Messages of one group arrive one after the other, so a credential has
 * one writer at a time. A failed message blocks its group until its visibility timeout ends. Therefore the
 * handler reports a message as failed only after a bug, or after an AWS error before the broker was called.
 */
export function createSqsHandler(options: SqsHandlerOptions) {
  return async (event: SQSEvent, deadline: number): Promise<SQSBatchResponse> => {
    const failedRecords = new Map<SQSRecord, HandlerResult>();
    const blockedGroups = new Set<string | undefined>();
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId;
      // After a failed message, all later messages of the group must wait, so that their order is kept.
      const result = blockedGroups.has(group) ? 'retry' : await handleRecord(record, deadline, options);
      if (result === 'done') continue;
      failedRecords.set(record, result);
      blockedGroups.add(group);
    }
    // Lambda does not count a partial batch failure as an error, but a bug must increase the metric Errors.
    if (failedRecords.size === event.Records.length && [...failedRecords.values()].includes('defect'))
      throw new DefectError('a message failed because of a defect: see the log line "defect"');
    return {
      batchItemFailures: [...failedRecords.keys()].map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  };
}

/**
 * Repeats a message within the invocation after an AWS error: a failed message would block its group for the
 * visibility timeout, and the token may expire in that time.
 */
async function handleRecord(
  record: SQSRecord,
  deadline: number,
  options: SqsHandlerOptions,
): Promise<HandlerResult> {
  const { clock } = options.ports;
  for (let pause: number = RETRY_PAUSE.first; ; pause = Math.min(2 * pause, RETRY_PAUSE.longest)) {
    const result = await handleRecordOnce(record, deadline, options);
    if (result !== 'retry-now') return result;
    const retryAt = clock.now() + pause;
    if (retryAt > deadline - RESERVED_TIME_AFTER_SLEEP) return 'retry';
    await clock.sleepUntil(retryAt);
  }
}

async function handleRecordOnce(
  record: SQSRecord,
  deadline: number,
  options: SqsHandlerOptions,
): Promise<HandlerResult | 'retry-now'> {
  const { messageId } = record;
  const parsed = parseMessage(record.body);
  if (!parsed.ok) return dropMessage(options, messageId, parsed.problems);
  const { message } = parsed;
  const group = record.attributes.MessageGroupId;
  if (group !== message.credential) {
    const got = group === undefined ? 'none' : `"${group}"`;
    return dropMessage(options, messageId, `the message group must be "${message.credential}", got ${got}`);
  }

  try {
    return await refreshOnce(message, messageId, deadline, options);
  } catch (error) {
    if (error instanceof UnknownCredentialError) return dropMessage(options, messageId, error.message);
    if (error instanceof UnreadableConfigError)
      return reportUnreadableConfig(options, message, messageId, error);
    if (error instanceof AwsError) return handleAwsError(options, message, messageId, { error, retry: true });
    const { credential, cause } = message;
    options.log.error('defect', { credential, cause, messageId, ...traceOf(error) });
    return 'defect';
  }
}

async function refreshOnce(
  message: InboxMessage,
  messageId: string,
  deadline: number,
  options: SqsHandlerOptions,
): Promise<HandlerResult | 'retry-now'> {
  const { ports, log, metrics } = options;
  const result = await refresh(
    { message, messageId, deadline },
    {
      ...ports,
      log: (line) => logDecision(log, line),
      beforeSleep: (soFar) => publishMetrics(metrics, soFar),
    },
  );
  publishMetrics(metrics, result);
  if (result.issued > 0) metrics.countIssueCalls(result.issued);
  return result.failure === undefined ? 'done' : handleAwsError(options, message, messageId, result.failure);
}

/** Returns the name and the stack frames of an error, without its message. */
function traceOf(error: unknown): { readonly defect: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { defect: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { defect: error.name, at: frames.map((line) => line.trim()) };
}

/** Logs, counts and drops an invalid message, so that the message does not block its group. */
function dropMessage(
  { log, metrics }: SqsHandlerOptions,
  messageId: string,
  problems: string,
): HandlerResult {
  log.warn('refused message', { messageId, problems });
  metrics.countInvalidMessage();
  return 'done';
}

/** Reports an invalid config. The published token stays in use, and an operator must correct the config. */
function reportUnreadableConfig(
  { log, metrics, ports }: SqsHandlerOptions,
  { credential, cause }: InboxMessage,
  messageId: string,
  { code, message: problem, state, isFleetCredential }: UnreadableConfigError,
): HandlerResult {
  log.error('unreadable config', { credential, cause, messageId, code, problem });
  if (isFleetCredential) return 'done';
  const { published } = state;
  const remainingTime =
    published === undefined || published.health === 'dead' ? 0 : published.expiresAt - ports.clock.now();
  const seconds = Math.max(0, remainingTime / 1000);
  metrics.publishReadings(credential, { secondsToExpiry: seconds, headroom: seconds, failureLevel: 2 });
  return 'done';
}

/**
 * After an AWS error, the handler drops a tick, because another tick follows. The handler repeats a message
 * that is not a tick if the broker was not called.
 */
function handleAwsError(
  { log }: SqsHandlerOptions,
  { credential, cause }: InboxMessage,
  messageId: string,
  { error, retry }: NonNullable<RefreshResult['failure']>,
): HandlerResult | 'retry-now' {
  const isMessageRepeated = retry && cause !== 'schedule';
  const { code, awsCode, message: problem } = error;
  log.error('AWS error', {
    credential,
    cause,
    messageId,
    code,
    awsCode,
    problem,
    retried: isMessageRepeated,
  });
  if (!isMessageRepeated) return 'done';
  return error.permanent ? 'retry' : 'retry-now';
}

/**
 * Publishes no metrics for fleet credentials, because each custom metric costs $0.30 a month. The fleet
 * monitor reports the health of these credentials.
 */
function publishMetrics(
  metrics: Metrics,
  { config, secondsToExpiry, headroom, failureLevel, failure }: RefreshResult,
): void {
  if (config.managedBy === 'operator') return;
  const level = Math.max(failureLevel, levelOf(failure)) as FailureLevel;
  metrics.publishReadings(config.id, { secondsToExpiry, headroom, failureLevel: level });
}

function levelOf(failure: RefreshResult['failure']): FailureLevel {
  if (failure === undefined) return 0;
  return failure.error.permanent ? 2 : 1;
}

const FAILED_OUTCOMES: ReadonlySet<Outcome | undefined> = new Set<Outcome>([
  'unpublished',
  'throttled',
  'unavailable',
  'malformed',
  'rejected',
  'unconfigured',
]);

function logDecision(log: Log, { message, ...line }: DecisionLine): void {
  const fields = { ...line, brokerMessage: message };
  if (FAILED_OUTCOMES.has(line.outcome)) log.warn('decision', fields);
  else log.info('decision', fields);
}
