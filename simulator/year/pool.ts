import { Worker } from 'node:worker_threads';
import type { Measures } from './measures.ts';
import type { Task } from './year-worker.ts';

type TaskResult = { readonly measures: Measures } | { readonly error: string };

/** Runs tasks in worker threads. @param done called after each task @returns the measures in order of the tasks */
export async function runAll(
  tasks: readonly Task[],
  workers: number,
  done: () => void,
): Promise<readonly Measures[]> {
  const results: Measures[] = [];
  let next = 0;
  const pool = Array.from(
    { length: Math.min(workers, tasks.length) },
    () => new Worker(new URL('./year-worker.ts', import.meta.url)),
  );
  try {
    await Promise.all(
      pool.map(async (worker) => {
        for (let number = next++; number < tasks.length; number = next++) {
          const answer = await runTask(worker, tasks[number] as Task);
          if ('error' in answer) throw new Error(answer.error);
          results[number] = answer.measures;
          done();
        }
      }),
    );
  } finally {
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
  return results;
}

function runTask(worker: Worker, task: Task): Promise<TaskResult> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer: TaskResult) => {
      worker.removeListener('error', reject);
      resolve(answer);
    });
    worker.postMessage(task);
  });
}
