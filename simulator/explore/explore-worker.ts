import { parentPort, workerData } from 'node:worker_threads';
import { behaviourOf } from './behaviours.ts';
import type { Answer, Job } from './explore-command.ts';
import { search } from './search.ts';

// Thousands of simulated faults are errors whose stacks are not needed.
Error.stackTraceLimit = 0;

const { behaviour, starts, depth } = workerData as Job;
const began = Date.now();
const post = (answer: Answer) => parentPort?.postMessage(answer);
const found = await search(behaviourOf(behaviour), {
  starts,
  depth,
  onProgress: (progress) => post({ progress }),
});
post({ seconds: (Date.now() - began) / 1000, found });
