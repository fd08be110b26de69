import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import { createTokenReader } from '../../reader/create-token-reader.ts';
import type { ParameterSource } from '../../reader/source.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { LoopbackWorld, type LoopbackWorldOptions, names } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-23T10:20:37+09:00');
const ID = 'simulated';
const { token: TOKEN, state: STATE } = names(ID);
const directory = createTemporaryDirectory('reads-per-day');

type Behavior = Omit<LoopbackWorldOptions, 'start' | 'credentials'> &
  Omit<LoopbackWorldOptions['credentials'][number], 'id'>;

const KIS = { broker: 'kis', renewBeforeSeconds: 3600 } as const;
const KIWOOM = { broker: 'kiwoom', renewBeforeSeconds: 10_800, maxIssuesPerDay: 24 } as const;
const NXT = { sessions: [{ preset: 'nxt' }] } as const;
const TO_ITS_END = { kis: { reuseWindowSeconds: 86_400 } } as const;

const DAILY: readonly (readonly [string, Behavior])[] = [
  ['KIS returns a new token', KIS],
  ['KIS returns a new token, which ends the old one', { ...KIS, kis: { newTokenKillsOld: true } }],
  ['KIS returns a new token, with trading sessions', { ...KIS, ...NXT }],
  ['KIS returns one token until its expiry', { ...KIS, ...TO_ITS_END }],
  [
    'KIS returns one token until its expiry, with a margin of 3 hours and trading sessions',
    { ...KIS, ...TO_ITS_END, ...NXT, renewBeforeSeconds: 10_800 },
  ],
  ['Kiwoom returns one token until its revocation', { ...KIWOOM, renewEarly: 'revoke' }],
  ['Kiwoom returns one token until its expiry', { ...KIWOOM, ...NXT, renewEarly: 'wait' }],
  [
    'Kiwoom returns a new token, which ends the old one',
    { ...KIWOOM, ...NXT, kiwoom: { reissue: 'supersede' } },
  ],
];

beforeAll(async () => {
  const entry = join(import.meta.dirname, '../../lambdas/refresher/handler.ts');
  await bundle({ entry, directory: join(directory, 'lambda'), metafile: join(directory, 'meta.json') });
});

let world: LoopbackWorld;
afterEach(() => world.stop());

describe('A program that gets the token every second reads Parameter Store', () => {
  it.each(DAILY)('at most six times a day if %s', async (_title, behavior) => {
    await runRefresher(behavior, 3);
    const { reads, tokens } = await runReader(3);
    expect(tokens).toBeGreaterThan(2);
    expect(reads / 3).toBeLessThanOrEqual(6);
  });

  it('at most three times per token if Kiwoom returns tokens that live for 4 hours and 22 minutes', async () => {
    const behavior = { kiwoom: { tokenLifeSeconds: 15_720 }, renewBeforeSeconds: 3930 };
    await runRefresher({ ...KIWOOM, ...behavior, renewEarly: 'revoke' }, 1);
    const { reads, tokens } = await runReader(1);
    expect(tokens).toBeGreaterThan(5);
    expect(reads / tokens).toBeLessThanOrEqual(3);
  });
});

/**
 * Runs the bundled function for some simulated days. Far from a renewal, only one tick runs per hour, because
 * idle ticks change nothing.
 */
async function runRefresher({ kis, kiwoom, ...credential }: Behavior, days: number): Promise<void> {
  world = await LoopbackWorld.start({
    start: START,
    credentials: [{ ...credential, id: ID }],
    ...(kis && { kis }),
    ...(kiwoom && { kiwoom }),
  });
  const { clock, environment } = world;
  const lambda = new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock });
  for (let tick = START; tick < START + days * DAY; ) {
    clock.set(Math.max(tick, clock.now()));
    await lambda.invoke(world.event({ credential: ID, cause: 'schedule' }), world.timeout(ID));
    const renewAt = world.published(ID).state?.published?.renewAt ?? 0;
    tick += tick + HOUR < renewAt - 10 * MINUTE ? HOUR : 5 * MINUTE;
  }
  await lambda.stop();
}

/** Gets the token from a reader every second. The reader reads the parameters that `runRefresher` wrote. */
async function runReader(days: number): Promise<{ readonly reads: number; readonly tokens: number }> {
  let now = START;
  let reads = 0;
  const history = [TOKEN, STATE].map((name) => ({ name, versions: world.aws.parameterVersions(name) }));
  const source: ParameterSource = {
    read: async () => {
      reads += 1;
      return new Map(
        history.flatMap(({ name, versions }) => {
          const version = versions.findLast(({ modifiedAt }) => modifiedAt <= now);
          return version ? [[name, version.value] as const] : [];
        }),
      );
    },
  };
  // Parameter Store keeps only the newest 100 versions of a parameter. The test needs all versions, so the
  // first version must still exist.
  expect(history.map(({ versions }) => versions[0]?.version)).toEqual([1, 1]);
  const reader = createTokenReader({ credential: ID, source, now: () => now });
  const tokens = new Set<string>();
  // The loop starts after a minute, because the first token is published within a few seconds.
  for (now += MINUTE; now < START + days * DAY; now += SECOND) {
    const token = await reader.get().catch(() => undefined);
    if (token) tokens.add(token.value);
  }
  return { reads, tokens: tokens.size };
}
