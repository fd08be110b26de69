// A warm function: the same message over and over in one process, and what each costs.
// node warm.cjs <bundle> <event as JSON> <messages to warm up> <messages to measure>
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
    if (batchItemFailures.length > 0) throw new Error(`${bundle} failed on its message`);
  }
}

/** What the observer hears comes some turns later. */
async function told() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

async function main() {
  await handle(Number(warmUp));
  globalThis.gc?.();
  await told();
  collections = 0;
  const heap = process.memoryUsage().heapUsed;
  const { user, system } = process.cpuUsage();
  await handle(Number(count));
  const spent = process.cpuUsage({ user, system });
  const grown = process.memoryUsage().heapUsed - heap;
  await told();
  const each = { cpu: (spent.user + spent.system) / 1000 / count, allocated: grown / 1024 / count };
  const during = collections;
  globalThis.gc?.();
  const kept = process.memoryUsage().heapUsed / 2 ** 20;
  writeSync(3, JSON.stringify({ ...each, collections: during, kept }));
  process.exit(0);
}

main();
