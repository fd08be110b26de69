// One process from its start to the first handled message, as in Lambda. JavaScript, because stripping types
// would be measured, too. Usage: node first-message.cjs <bundle> <event as JSON>
const { writeSync } = require('node:fs');
require('../half-past.cjs');

const [bundle, event] = process.argv.slice(2);
const { handler } = require(bundle);
const ready = cpuTime();

async function main() {
  // The bare clients have no handler.
  const response = (await handler?.(JSON.parse(event), { getRemainingTimeInMillis: () => 60_000 })) ?? {};
  writeSync(3, JSON.stringify({ response, ready, handled: cpuTime() }));
  process.exit(0);
}

/** CPU time of all threads since the start of the process, milliseconds. */
function cpuTime() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1000;
}

void main();
