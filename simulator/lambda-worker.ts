import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { ManualClock } from './clock.ts';
import type { WorkerReply } from './lambda-host.ts';

/**
 * The worker thread of the bundle. With a simulated clock, `Date` and the sleeps of `node:timers/promises` use
 * it, and timers of sockets use real time. The bundle is unchanged.
 */
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
// Lambda logs both streams; the logger writes warnings to stderr.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array): boolean => {
    log.push(String(chunk));
    return true;
  };
}

const { handler } = require(bundle) as Bundle;

parentPort?.on('message', async ({ event, timeout }: { event: SQSEvent; timeout: number }) => {
  log = [];
  const deadline = Date.now() + timeout;
  const getRemainingTimeInMillis = () => deadline - Date.now();
  let reply: WorkerReply;
  try {
    reply = { response: await handler(event, { getRemainingTimeInMillis }), log };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error), log };
  }
  parentPort?.postMessage(reply);
});

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
