import { Command, Option } from 'commander';
import { connectToBroker } from '../lambdas/brokers/client.ts';
import { createEndpointResolver } from '../lambdas/brokers/endpoints.ts';
import { BROKERS } from '../lambdas/shared/credential.ts';
import { credentialDefaults } from '../lambdas/shared/defaults.ts';
import { FAKE_KEYS } from './brokers/keys.ts';
import { formatDecision, type LogLine } from './decision-line.ts';
import { formatKst } from './kst.ts';
import { LambdaHost } from './lambda-host.ts';
import { Timeline } from './timeline.ts';
import { wholeNumberParser } from './whole-number.ts';
import { LoopbackWorld, names } from './world.ts';

const HOUR = 60 * 60 * 1000;
const CHECK_EVERY = 5 * 60 * 1000;
const START = Date.parse('2026-11-23T10:00:00+09:00');
/** The longest accepted time from the revocation of a token to the publication of a new token, in ms. */
const MAX_REVOCATION_GAP = 2000;

interface StartOptions {
  readonly days: number;
  readonly kiwoomReissue: 'supersede' | 'same-token';
}

const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

async function simulate({ days, kiwoomReissue: reissue }: StartOptions): Promise<number> {
  const world = await LoopbackWorld.start({
    start: START,
    credentials: BROKERS.map((broker) => ({
      ...credentialDefaults({ broker, market: 'paper' }),
      id: `${broker}-paper`,
      broker,
    })),
    kiwoom: { reissue },
  });
  const host = new LambdaHost(world);
  try {
    print(
      'Real: the bundle that is deployed. Simulated on loopback: both brokers, SSM, Secrets Manager, the clock.',
    );
    print(
      `${days} days from ${formatKst(START)} KST, a tick every 5 minutes, trading session 08:00–20:00.\n`,
    );
    const end = START + days * 24 * HOUR;
    await runTicks(world, host, end);
    return await report(world, end, reissue === 'same-token' ? MAX_REVOCATION_GAP : 0);
  } finally {
    await host.stop();
    await world.stop();
  }
}

/** Delivers one tick per credential and check interval, and prints every decision except `keep Fresh`. */
async function runTicks(world: LoopbackWorld, host: LambdaHost, end: number): Promise<void> {
  const timeline = new Timeline(START);
  let idle = 0;
  const printIdleTicks = () => {
    if (idle > 0) print(`                       … ${idle} ticks: keep Fresh`);
    idle = 0;
  };
  const planTick = (id: string, due: number): void =>
    timeline.plan(due, async () => {
      planTick(id, due + CHECK_EVERY);
      world.clock.set(Math.max(world.clock.now(), due));
      for (const line of await tick(world, host, id)) {
        if (line['reason'] === 'Fresh') idle += 1;
        else {
          printIdleTicks();
          print(formatDecision(line));
        }
      }
    });
  for (const { id } of world.credentials) planTick(id, START);
  await timeline.run(end);
  printIdleTicks();
}

/** @returns the logged decisions of the tick */
async function tick(world: LoopbackWorld, host: LambdaHost, id: string): Promise<readonly LogLine[]> {
  const event = world.event({ credential: id, cause: 'schedule' });
  const { log, response } = await host.invoke(event, world.timeout(id));
  if (response.batchItemFailures.length > 0) throw new Error(`the bundle failed on a tick of ${id}`);
  return log.filter(({ message }) => message === 'decision');
}

/**
 * Prints the published parameters, whether the broker accepts each token, and the periods without a live
 * token. @returns the exit code
 */
async function report(world: LoopbackWorld, end: number, acceptedGap: number): Promise<number> {
  print(`\nParameters at ${formatKst(end)} KST`);
  let isOk = true;
  for (const { id } of world.credentials) {
    const gaps = world.deadSpans(id, end).map(({ from, to }) => to - from);
    const longestGap = Math.max(0, ...gaps);
    const total = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
    const isLive = await isAccepted(world, id);
    isOk &&= isLive && longestGap <= acceptedGap;
    const { state } = world.published(id);
    const facts = [
      isLive ? 'accepted by the broker' : 'NOT ACCEPTED BY THE BROKER',
      `generation ${state?.generation ?? 0}`,
      `fingerprint ${state?.published?.fingerprint ?? 'none'}`,
      `${world.broker(id).count('issue')} issue calls`,
    ];
    print(`  ${names(id).token}  ${facts.join(', ')}`);
    print(`  ${names(id).state}  ${world.aws.parameter(names(id).state)?.value ?? 'missing'}`);
    const dead = `${total} s in ${gaps.length} gaps, the longest ${longestGap / 1000} s`;
    print(`  without a live token since the first issue: ${total === 0 ? 'never' : dead}\n`);
  }
  print(verdict(isOk, acceptedGap));
  return isOk ? 0 : 1;
}

function verdict(isOk: boolean, acceptedGap: number): string {
  if (!isOk) return 'FAILED: a reader would have found a dead token.';
  if (acceptedGap === 0) return 'OK: a reader found a live token at every simulated instant.';
  return `OK: a reader found a dead token for at most ${acceptedGap / 1000} s after each revocation.`;
}

/** Calls the broker's data endpoint with the published token, as a consumer does. */
async function isAccepted(world: LoopbackWorld, id: string): Promise<boolean> {
  const config = world.config(id);
  const client = connectToBroker(config, createEndpointResolver(world.environment));
  const token = world.published(id).token ?? '';
  return (await client.verify(FAKE_KEYS[config.broker], token)).verdict === 'alive';
}

/**
 * `npm start` exits with code 1 if a gap without a live token is longer than accepted, or if the broker
 * rejects a published token at the end of the simulation.
 */
await new Command('start')
  .description('Runs the deployed Lambda function on this machine for some simulated days')
  .option('--days <days>', 'simulated days', wholeNumberParser(1, 30), 3)
  .addOption(
    new Option(
      '--kiwoom-reissue <reply>',
      'reply of Kiwoom to an issue call while a token is live. supersede: a new token, which invalidates the old one. same-token: the same token; the refresher revokes it first, with a gap of up to 2 s',
    )
      .choices(['supersede', 'same-token'])
      .default('supersede'),
  )
  .action(async (options: StartOptions) => {
    process.exitCode = await simulate(options);
  })
  .parseAsync();
