// A whole process from its start to the first message handled, as Lambda would: load, then one event.
// JavaScript, because to strip types would be a part of what is measured.
// node first-message.cjs <bundle> <event as JSON>
const { writeSync } = require('node:fs');
require('../half-past.cjs');

const [bundle, event] = process.argv.slice(2);
const { handler } = require(bundle);
const ready = spent();

async function main() {
  // An empty file and the bare clients have nothing to handle.
  const response = (await handler?.(JSON.parse(event), { getRemainingTimeInMillis: () => 60_000 })) ?? {};
  const { maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ response, ready, handled: spent(), peak: maxRSS / 1024 }));
  process.exit(0);
}

/** Of this process so far, all its threads: milliseconds of CPU. */
function spent() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1000;
}

main();
