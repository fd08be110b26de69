import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ManualClock } from './clock.ts';

export interface LambdaHostOptions {
  /** A CommonJS file that exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The clock of the bundle; its sleeps advance it. @default real time */
  readonly clock?: ManualClock | undefined;
}

export interface Invocation {
  readonly response: SQSBatchResponse;
  /** The JSON lines of its log. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** The reply of the worker thread. */
export type WorkerReply =
  | { readonly response: SQSBatchResponse; readonly log: readonly string[] }
  | { readonly error: string; readonly log: readonly string[] };

/** Runs the real bundle in a worker thread, one invocation at a time. */
export class LambdaHost {
  readonly #worker: Worker;

  constructor({ bundle, environment, clock }: LambdaHostOptions) {
    this.#worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: 'refresher', POWERTOOLS_DEV: 'false' },
      workerData: { bundle, clock: clock?.buffer },
    });
  }

  /** @throws Error if the handler throws; Lambda would deliver the message again */
  async invoke(event: SQSEvent, timeout: number): Promise<Invocation> {
    // `once` rejects if the worker fails.
    const answer = once(this.#worker, 'message') as Promise<[WorkerReply]>;
    this.#worker.postMessage({ event, timeout });
    const [reply] = await answer;
    if ('error' in reply) throw new Error(reply.error);
    return { response: reply.response, log: reply.log.flatMap(readLine) };
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

function readLine(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
