import type { SQSEvent } from 'aws-lambda';
import type { Ports } from '../../../lambdas/refresher/ports.ts';
import { createSqsHandler } from '../../../lambdas/refresher/sqs-handler.ts';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import { SECOND } from '../decision/facts.ts';

interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const TICK = { credential: 'main', cause: 'schedule' } as const;
export const FORCED_REFRESH = { credential: 'main', cause: 'forced' } as const;
export const HANDLED_RESPONSE = { batchItemFailures: [] };
export const RETURNED_TO_QUEUE_RESPONSE = { batchItemFailures: [{ itemIdentifier: 'm-9' }] };

/**
 * Creates the handler with the ports of a simulated world.
 * @param read replaces the read of the config, the state and the token version
 * @param time the remaining time of the invocation in milliseconds
 */
export function handlerForWorld(world: ExploredWorld, read?: Ports['store']['read'], time = 450 * SECOND) {
  const lines: LogEntry[] = [];
  const metrics: unknown[][] = [];
  const line = (level: string) => (message: string, fields: LogEntry['fields']) =>
    void lines.push({ level, message, fields });
  const { log: _, ...ports } = world.ports();
  const handle = createSqsHandler({
    ports: read === undefined ? ports : { ...ports, store: { ...ports.store, read } },
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    metrics: {
      publishReadings: (...values) => void metrics.push(['credential', ...values]),
      countIssueCalls: (...values) => void metrics.push(['issued', ...values]),
      countInvalidMessage: () => void metrics.push(['refused']),
    },
  });
  /** Delivers one message in the message group, or in no group if `group` is empty. */
  const deliver = (body: object | string = TICK, group = 'main') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const attributes = group === '' ? {} : { MessageGroupId: group };
    const event = { Records: [{ messageId: 'm-9', body: text, attributes }] } as unknown as SQSEvent;
    return handle(event, world.clock.now() + time);
  };
  return { lines, metrics, deliver };
}

export const rejectWith = (error: unknown) => () => Promise.reject(error);
