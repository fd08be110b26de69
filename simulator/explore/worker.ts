import { parentPort, workerData } from 'node:worker_threads';
import { BEHAVIOURS } from './behaviours.ts';
import type { Answer, Job } from './command.ts';
import { search } from './search.ts';

// Thousands of simulated faults are errors whose stacks are not needed.
Error.stackTraceLimit = 0;

const { behaviour: name, start, depth } = workerData as Job;
const behaviour = BEHAVIOURS.find((each) => each.name === name);
if (behaviour === undefined) throw new Error(`there is no behaviour "${name}"`);

const began = Date.now();
const post = (answer: Answer) => parentPort?.postMessage(answer);
const found = await search(behaviour, start, { depth, onProgress: (progress) => post({ progress }) });
post({ seconds: (Date.now() - began) / 1000, found });
