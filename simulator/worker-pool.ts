import { once } from 'node:events';
import { parentPort, Worker } from 'node:worker_threads';

type Reply<Result> = { readonly result: Result } | { readonly error: string };

/**
 * Runs tasks in worker threads. Each thread runs many tasks, so that it compiles the code only once.
 * @param module calls `serveTasks` @param onResult is called after each task, in order of completion
 * @returns the results in order of the tasks @throws Error if a task fails
 */
export async function runInWorkers<Task, Result>(
  module: URL,
  tasks: readonly Task[],
  threads: number,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = tasks.entries();
  const workers = Array.from({ length: Math.min(threads, tasks.length) }, () => new Worker(module));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const [index, task] of queue) {
          const result = await request<Task, Result>(worker, task);
          results[index] = result;
          onResult(result);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

/**
 * Sends one task to a worker that has called `serveTasks`, and returns the result. @throws Error if the task
 * or the worker fails
 */
export async function request<Task, Result>(worker: Worker, task: Task): Promise<Result> {
  // The promise of `once` rejects if the worker fails.
  const replyPromise = once(worker, 'message') as Promise<[Reply<Result>]>;
  worker.postMessage(task);
  const [reply] = await replyPromise;
  if ('error' in reply) throw new Error(reply.error);
  return reply.result;
}

/** Makes a worker thread reply to each task with the result of `run`. */
export function serveTasks<Task, Result>(run: (task: Task) => Promise<Result>): void {
  parentPort?.on('message', (task: Task) => {
    run(task).then(
      (result) => parentPort?.postMessage({ result } satisfies Reply<Result>),
      (error: unknown) => parentPort?.postMessage({ error: String((error as Error).stack) }),
    );
  });
}
