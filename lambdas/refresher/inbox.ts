import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { BrokerTokensError } from '../shared/errors.ts';
import { type InboxMessage, parseMessage } from '../shared/message.ts';
import { AwsTrouble } from '../store/errors.ts';
import { UnknownCredential, UnreadableConfig } from '../store/parameters.ts';
import type { Gauges } from './metrics.ts';
import { LEFT_AFTER_SLEEP } from './nap.ts';
import type { DecisionLine, Ports, Refreshed } from './ports.ts';
import { refresh } from './refresh.ts';
import { timeLeft, troubleOf } from './trouble.ts';

/** The logger, as far as it is used: a message and fields, none of them a secret. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface InboxOptions {
  readonly ports: Omit<Ports, 'report' | 'beforeSleep'>;
  readonly log: Log;
  readonly gauges: Gauges;
}

/** `again`: by the queue; `defect`: ours, told in the log already. */
type Verdict = 'done' | 'again' | 'defect';

/** Between two tries of a request that AWS kept from being begun, doubled each time; the SDK has tried three times before each. */
const PAUSE = { first: 2000, longest: 60_000 } as const;

/** A defect of our own. What it choked on is not repeated: a message may quote a secret. */
export class Defect extends BrokerTokensError {
  readonly code = 'Defect';
}

/**
 * Handles the FIFO inbox. Messages of one group come one after the other, so a credential has one
 * writer at a time. A message that fails blocks its group until the visibility timeout, so only our
 * own defects, and AWS trouble that must not lose a request, fail; all else is answered.
 */
export function createInbox(options: InboxOptions) {
  return async (event: SQSEvent, deadline: number): Promise<SQSBatchResponse> => {
    const failed = new Map<SQSRecord, Verdict>();
    const blockedGroups = new Set<string | undefined>();
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId;
      // What follows a failed message of its group must not overtake it.
      const verdict = blockedGroups.has(group) ? 'again' : await handle(record, deadline, options);
      if (verdict === 'done') continue;
      failed.set(record, verdict);
      blockedGroups.add(group);
    }
    // A partial failure is no error to Lambda: where nothing is lost by it, a defect shows in its metric Errors.
    if (failed.size === event.Records.length && [...failed.values()].includes('defect'))
      throw new Defect('a message met a defect of the refresher: see the log line "defect"');
    return { batchItemFailures: [...failed.keys()].map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/**
 * A request that AWS kept from being begun is tried again here first: as a failed message it would keep its group, ticks
 * included, from being looked at for the visibility timeout, which a token may not live.
 */
async function handle(record: SQSRecord, deadline: number, options: InboxOptions): Promise<Verdict> {
  const { clock } = options.ports;
  for (let pause: number = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.longest)) {
    const verdict = await handleOnce(record, deadline, options);
    if (verdict !== 'soon') return verdict;
    const again = clock.now() + pause;
    if (again > deadline - LEFT_AFTER_SLEEP) return 'again';
    await clock.sleepUntil(again);
  }
}

async function handleOnce(
  record: SQSRecord,
  deadline: number,
  options: InboxOptions,
): Promise<Verdict | 'soon'> {
  const { messageId } = record;
  const parsed = parseMessage(record.body);
  if (!parsed.ok) return refuse(options, messageId, parsed.problems);
  const { message } = parsed;
  const group = record.attributes.MessageGroupId;
  if (group !== message.credential)
    return refuse(
      options,
      messageId,
      `the message group must be the credential "${message.credential}", got ${group === undefined ? 'none' : `"${group}"`}`,
    );

  const { ports, log } = options;
  const report = (line: DecisionLine) => logDecision(log, line);
  const beforeSleep = (soFar: Refreshed) => measure(options, soFar);
  try {
    const result = await refresh({ message, messageId, deadline }, { ...ports, report, beforeSleep });
    measure(options, result);
    if (result.issued > 0) options.gauges.issued(result.issued);
    return result.failure === undefined ? 'done' : afterTrouble(options, record, message, result.failure);
  } catch (error) {
    if (error instanceof UnknownCredential || error instanceof UnreadableConfig)
      return refuse(options, messageId, error.message);
    if (error instanceof AwsTrouble)
      return afterTrouble(options, record, message, { trouble: error, retry: true });
    log.error('defect', {
      credential: message.credential,
      cause: message.cause,
      messageId,
      ...traceOf(error),
    });
    return 'defect';
  }
}

/** The kind of an error and where it happened, without its message. */
function traceOf(error: unknown): { readonly defect: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { defect: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { defect: error.name, at: frames.map((line) => line.trim()) };
}

/** A message that makes no sense must not block its group: it is told, counted (alarmed) and dropped. */
function refuse({ log, gauges }: InboxOptions, messageId: string, problems: string): Verdict {
  log.warn('refused message', { messageId, problems });
  gauges.refusedMessage();
  return 'done';
}

/** A tick is let go, as the next one comes anyway; a request is tried again if nothing of it was done: `soon`, if that may help. */
function afterTrouble(
  { log }: InboxOptions,
  { messageId }: SQSRecord,
  { credential, cause }: InboxMessage,
  { trouble, retry }: NonNullable<Refreshed['failure']>,
): Verdict | 'soon' {
  const verdict = !retry || cause === 'schedule' ? 'done' : trouble.permanent ? 'again' : 'soon';
  const { code, awsCode, message: problem } = trouble;
  log.error('AWS trouble', {
    credential,
    cause,
    messageId,
    code,
    awsCode,
    problem,
    triedAgain: verdict !== 'done',
  });
  return verdict;
}

function measure({ gauges, ports }: InboxOptions, { config, state, decision, failure }: Refreshed): void {
  const times = timeLeft(state, decision, config.renewBeforeSeconds, ports.clock.now());
  const refusedByAws = failure === undefined ? 0 : failure.trouble.permanent ? 2 : 1;
  const trouble = Math.max(troubleOf(state, decision), refusedByAws) as 0 | 1 | 2;
  gauges.credential(config.id, { ...times, trouble });
}

const FAILED = new Set(['unpublished', 'throttled', 'unavailable', 'malformed', 'rejected', 'unconfigured']);

function logDecision(log: Log, { message, ...line }: DecisionLine): void {
  const fields = { ...line, brokerMessage: message };
  if (line.outcome !== undefined && FAILED.has(line.outcome)) log.warn('decision', fields);
  else log.info('decision', fields);
}
