// A warm function: handles the same message repeatedly in one process and measures the cost of each.
// Usage: node warm.cjs <bundle> <event as JSON> <messages to warm up> <messages to measure>
const { writeSync } = require('node:fs');
const { PerformanceObserver } = require('node:perf_hooks');
require('../half-past.cjs');

const [bundle, text, warmUp, count] = process.argv.slice(2);
const { handler } = require(bundle);
const event = JSON.parse(text);
const context = { getRemainingTimeInMillis: () => 60_000 };

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

async function handle(times) {
  for (let done = 0; done < times; done += 1) {
    const { batchItemFailures } = await handler(event, context);
    if (batchItemFailures.length > 0) throw new Error(`${bundle} failed to process its message`);
  }
}

/** The observer receives its entries some turns of the event loop later. */
async function flushObserver() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

async function main() {
  await handle(Number(warmUp));
  globalThis.gc?.();
  await flushObserver();
  collections = 0;
  const heap = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  await handle(Number(count));
  const { user, system } = process.cpuUsage(start);
  const growth = process.memoryUsage().heapUsed - heap;
  await flushObserver();
  const cost = { cpu: (user + system) / 1000 / count, allocated: growth / 1024 / count, collections };
  writeSync(3, JSON.stringify(cost));
  process.exit(0);
}

void main();
