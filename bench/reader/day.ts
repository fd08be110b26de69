import { writeSync } from 'node:fs';
import { mock } from 'node:test';
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createTokenReader } from '../../reader/index.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { names, World } from '../../simulator/world.ts';
import { CREDENTIAL } from '../environment.ts';

/**
 * A process of its own in which a day passes: the deployed bundle renews, and a program asks for the token
 * by our reader and by Powertools as it comes. The clock of the process is that of the simulation.
 * node day.ts <bundle> <seconds between two requests for the token>
 */
export interface DayAnswer {
  /** Reads of Parameter Store. */
  readonly ours: number;
  readonly theirs: number;
  /** Requests for the token. */
  readonly asked: number;
  readonly renewals: number;
}

const START = Date.parse('2026-11-23T00:00:00+09:00');
const DAY = 86_400_000;
const TICK = 300_000;

const [bundle = '', seconds = ''] = process.argv.slice(2);
const step = Number(seconds) * 1000;
const world = await World.start({ start: START, credentials: [{ id: CREDENTIAL, broker: 'kis' }] });
const host = new LambdaHost({ bundle, environment: world.environment, clock: world.clock });
mock.timers.enable({ apis: ['Date'], now: START });

const client = new SSMClient({
  endpoint: world.environment['AWS_ENDPOINT_URL'] ?? '',
  region: 'ap-northeast-2',
  credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
});
const reader = createTokenReader({ credential: CREDENTIAL, client });
const powertools = new SSMProvider({ awsSdkV3Client: client });
const { token, state } = names(CREDENTIAL);

await tick();
const first = world.published(CREDENTIAL).state?.generation ?? 0;
world.aws.clearCalls();
let asked = 0;
for (let at = START + step; at <= START + DAY; at += step) {
  world.clock.set(at);
  mock.timers.setTime(at);
  // What fell due in between is late by a request at most: nobody reads meanwhile.
  if (Math.floor(at / TICK) > Math.floor((at - step) / TICK)) await tick();
  asked += 1;
  const [ours, theirs] = [(await reader.get()).value, await powertools.get(token, { decrypt: true })];
  for (const each of [ours, theirs])
    if (!world.kis.isAlive(each ?? '')) throw new Error('a reader handed out a dead token');
}
const answer: DayAnswer = {
  ours: readsOf(`${token},${state}`),
  theirs: readsOf(token),
  asked,
  renewals: (world.published(CREDENTIAL).state?.generation ?? 0) - first,
};
writeSync(3, JSON.stringify(answer));
process.exit(0);

async function tick(): Promise<void> {
  await host.invoke(world.event({ credential: CREDENTIAL, cause: 'schedule' }), world.timeout(CREDENTIAL));
}

/** The three who read can be told apart by what they ask for. */
function readsOf(asked: string): number {
  return world.aws.calls.filter(({ operation, name }) => operation.startsWith('Get') && name === asked)
    .length;
}
