import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ManualClock } from './clock.ts';
import type { LogLine } from './decision-line.ts';
import { request } from './worker-pool.ts';

export interface LambdaHostOptions {
  /** The path of a CommonJS file that exports `handler`. @default the output of `npm run bundle` */
  readonly bundle?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The clock that the bundle reads, and that each sleep of the bundle advances. @default real time */
  readonly clock?: ManualClock | undefined;
}

export interface LambdaTask {
  readonly event: SQSEvent;
  /** The timeout of the invocation, in milliseconds. */
  readonly timeout: number;
}

export interface Invocation {
  readonly response: SQSBatchResponse;
  /** The parsed JSON lines that the function wrote to stdout and stderr. */
  readonly log: readonly LogLine[];
}

const BUNDLE = fileURLToPath(new URL('../dist/lambda/index.js', import.meta.url));

/** Runs the bundle of the deployed Lambda function in a worker thread, one invocation at a time. */
export class LambdaHost {
  readonly #worker: Worker;

  constructor({ bundle = BUNDLE, environment, clock }: LambdaHostOptions) {
    this.#worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
      env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: 'refresher', POWERTOOLS_DEV: 'false' },
      workerData: { bundle, clock: clock?.buffer },
    });
  }

  /** @throws Error if the handler throws; in AWS, SQS would then deliver the messages again */
  invoke(event: SQSEvent, timeout: number): Promise<Invocation> {
    return request<LambdaTask, Invocation>(this.#worker, { event, timeout });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
