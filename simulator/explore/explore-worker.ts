import { parentPort, workerData } from 'node:worker_threads';
import { behaviorOf } from './behaviors.ts';
import type { Answer, Job } from './explore-command.ts';
import { search } from './search.ts';

// Thousands of simulated faults are errors whose stacks are not needed.
Error.stackTraceLimit = 0;

const { behavior, starts, depth } = workerData as Job;
const began = Date.now();
const post = (answer: Answer) => parentPort?.postMessage(answer);
const found = await search(behaviorOf(behavior), {
  starts,
  depth,
  onProgress: (progress) => post({ progress }),
});
post({ seconds: (Date.now() - began) / 1000, found });
