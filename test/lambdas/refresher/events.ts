import type { SQSEvent } from 'aws-lambda';
import type { Ports } from '../../../lambdas/refresher/ports.ts';
import { createSqsHandler, type Log } from '../../../lambdas/refresher/sqs-handler.ts';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import { SECOND } from '../decision/facts.ts';

interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Creates the handler with the ports of a simulated world. An invocation can run for 450 s by default. */
export function handlerForWorld(world: ExploredWorld, read?: Ports['store']['read'], time = 450 * SECOND) {
  const lines: LogEntry[] = [];
  const metrics: unknown[][] = [];
  const line = (level: string) => (message: string, fields: LogEntry['fields']) =>
    void lines.push({ level, message, fields });
  const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };
  const { log: _, ...ports } = world.ports();
  const store = read === undefined ? ports.store : { ...ports.store, read };
  const handle = createSqsHandler({
    ports: { ...ports, store },
    log,
    metrics: {
      publishReadings: (...values) => metrics.push(['credential', ...values]),
      countIssueCalls: (...values) => metrics.push(['issued', ...values]),
      countInvalidMessage: () => metrics.push(['refused']),
    },
  });
  return { lines, metrics, handle: (event: SQSEvent) => handle(event, world.clock.now() + time) };
}

export function record(
  body: object | string,
  messageId = 'm-1',
  group: string | undefined = 'main',
): SQSEvent['Records'][number] {
  return {
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ...(group !== undefined && { MessageGroupId: group }) },
  } as SQSEvent['Records'][number];
}

export const sqsEventOf = (...Records: SQSEvent['Records']): SQSEvent => ({ Records });
export const tick = (credential = 'main') => ({ credential, cause: 'schedule' });
export const forcedRefreshMessage = { credential: 'main', cause: 'forced' };
export const awsErrorNamed = (name: string) =>
  new AwsError('read /x', Object.assign(new Error('FAKE'), { name }));
export const failing = (error: unknown) => () => Promise.reject(error);
