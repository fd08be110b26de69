import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { ManualClock } from './clock.ts';
import type { LogLine } from './decision-line.ts';
import type { Invocation, LambdaTask } from './lambda-host.ts';
import { serveTasks } from './worker-pool.ts';

/** The data that the worker thread receives at its start. Without `clock`, the bundle uses real time. */
interface WorkerData {
  readonly bundle: string;
  readonly clock?: SharedArrayBuffer;
}

interface Bundle {
  handler(event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse>;
}

const { bundle, clock: buffer } = workerData as WorkerData;
const require = createRequire(import.meta.url);
if (buffer) simulateTime(new ManualClock(buffer));

let log: string[] = [];
// Lambda logs both stdout and stderr, and the logger writes warnings to stderr.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array): boolean => {
    log.push(String(chunk));
    return true;
  };
}

const { handler } = require(bundle) as Bundle;

serveTasks(async ({ event, timeout }: LambdaTask): Promise<Invocation> => {
  log = [];
  const deadline = Date.now() + timeout;
  const getRemainingTimeInMillis = () => deadline - Date.now();
  const response = await handler(event, { getRemainingTimeInMillis });
  const lines = log.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('{'));
  return { response, log: lines.map((line) => JSON.parse(line) as LogLine) };
});

/**
 * Makes `Date` and the sleeps of `node:timers/promises` use the simulated clock. Socket timers still use real
 * time.
 */
function simulateTime(clock: ManualClock): void {
  const RealDate = Date;
  class SimulatedDate extends RealDate {
    constructor(...parts: unknown[]) {
      if (parts.length === 0) super(clock.now());
      else super(...(parts as [number]));
    }

    static override now(): number {
      return clock.now();
    }
  }
  globalThis.Date = SimulatedDate as DateConstructor;

  const timers = require('node:timers/promises') as { setTimeout: (delay?: number) => Promise<void> };
  timers.setTimeout = (delay = 0) => {
    clock.advance(delay);
    return Promise.resolve();
  };
}
