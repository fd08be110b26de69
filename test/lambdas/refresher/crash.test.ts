import { describe, expect, it } from 'vitest';
import type { BrokerId } from '../../../lambdas/shared/credential.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { type ExploredWorld, KilledError, type Outcome } from '../../../simulator/explore/explored-world.ts';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  createEmptyWorld,
  createWorldAtRenewal,
  createWorldWithToken,
  HOUR,
  issueCallTimes,
  later,
  publishedTokenIn,
  TICK_INTERVAL,
} from './world-harness.ts';

type Message = Omit<InboxMessage, 'credential'> & {
  readonly generation?: number;
  readonly reissue?: boolean;
};
interface History {
  readonly title: string;
  readonly start: () => Promise<ExploredWorld>;
  readonly message: Message;
  readonly broker: BrokerId;
}

const tick: Message = { cause: 'schedule' };
const killed = async (broker: BrokerId) => {
  const world = later(await createWorldWithToken(broker), HOUR);
  world.broker().kill(world.token ?? '');
  return world;
};

const STORIES: readonly History[] = [
  { title: 'a first token of KIS', broker: 'kis', message: tick, start: async () => createEmptyWorld('kis') },
  { title: 'a renewal of KIS', broker: 'kis', message: tick, start: () => createWorldAtRenewal('kis') },
  {
    title: 'a renewal of Kiwoom',
    broker: 'kiwoom',
    message: tick,
    start: () => createWorldAtRenewal('kiwoom'),
  },
  {
    title: 'a renewal of Kiwoom with a different token for each issue call',
    broker: 'kiwoom',
    message: tick,
    start: () => createWorldAtRenewal('kiwoom', { options: { reissue: 'supersede' } }),
  },
  {
    title: 'a report of a dead token of KIS',
    broker: 'kis',
    message: { cause: 'rejected', generation: 1 },
    start: () => killed('kis'),
  },
  {
    title: 'a forced refresh of Kiwoom',
    broker: 'kiwoom',
    message: { cause: 'forced' },
    start: async () => later(await createWorldWithToken('kiwoom'), HOUR),
  },
  {
    title: 'a requested revocation of KIS',
    broker: 'kis',
    message: { cause: 'revoke' },
    start: async () => later(await createWorldWithToken('kis'), HOUR),
  },
];

/**
 * Delivers the message, and makes the call with this number fail; returns undefined if there are fewer calls.
 */
async function failAt(story: History, number: number, outcome: Outcome): Promise<ExploredWorld | undefined> {
  const world = await story.start();
  let made = 0;
  let reached = false;
  world.chooseOutcome = () => {
    made += 1;
    if (made !== number) return 'ok';
    reached = true;
    return outcome;
  };
  await world.deliver(story.message as never, 'm-story').catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
  world.chooseOutcome = () => 'ok';
  return reached ? world : undefined;
}

/** Delivers the message again after the visibility timeout, as SQS does, and then runs three ticks. */
async function recover(world: ExploredWorld, story: History): Promise<void> {
  await later(world, 15 * MINUTE).deliver(story.message as never, 'm-story');
  for (let ticks = 0; ticks < 3; ticks += 1) await later(world, TICK_INTERVAL).tick();
}

const MINIMUM_INTERVAL = { kis: 61 * SECOND, kiwoom: 2 * SECOND };

/** Checks the conditions that must hold after every crash. */
function expectSound(world: ExploredWorld, broker: BrokerId, where: string): void {
  const calls = issueCallTimes(world);
  for (const [index, at] of calls.entries()) {
    const before = calls[index - 1] ?? Number.NEGATIVE_INFINITY;
    expect(at - before, `${where}: the minimum interval`).toBeGreaterThanOrEqual(MINIMUM_INTERVAL[broker]);
  }
  expect(world.published.issues.length, `${where}: every call is counted`).toBeGreaterThanOrEqual(
    calls.length,
  );
  expect(world.isTokenLive, `${where}: the published token is live`).toBe(true);
  expect(publishedTokenIn(world).health, `${where}: the health is known`).toBe('live');
  expect(publishedTokenIn(world).tokenVersion, `${where}: the parameter is ours`).toBe(
    world.state.token?.version,
  );
}

describe.each(STORIES)('After an interruption of $title', (story) => {
  it.each(['crash', 'crash-after'] as const)(
    'by a crash at any call (%s), the token becomes live again and every issue call is counted',
    async (outcome) => {
      let calls = 0;
      for (let number = 1; ; number += 1) {
        const world = await failAt(story, number, outcome);
        if (world === undefined) break;
        calls += 1;
        const where = `${outcome} of call ${number} (${world.calls.at(-1)})`;
        await recover(world, story);
        expectSound(world, story.broker, where);
      }
      expect(calls).toBeGreaterThanOrEqual(5);
    },
  );

  it.each(['failed', 'failed-after', 'denied'] as const)(
    'by an AWS error (%s) at any call, the token becomes live again and every issue call is counted',
    async (outcome) => {
      for (let number = 2; ; number += 1) {
        const world = await failAt(story, number, outcome);
        if (world === undefined) break;
        const where = `${outcome} of call ${number}`;
        await recover(world, story);
        expectSound(world, story.broker, where);
      }
    },
  );
});

describe('A crash', () => {
  it('between the write of the token and the write of the state leaves a live token in the parameter', async () => {
    const world = await createWorldAtRenewal('kiwoom', { options: { reissue: 'supersede' } });
    world.chooseOutcome = (call) => (call === 'writeToken' ? 'crash-after' : 'ok');
    await expect(world.tick()).rejects.toThrow(KilledError);
    expect(world.published).toMatchObject({
      generation: 1,
      published: { health: 'suspect' },
      attempt: { outcome: 'started' },
    });
    expect(world.isTokenLive).toBe(true);
  });

  it('during a broker call does not shorten the minimum interval before the next call', async () => {
    const world = await createWorldAtRenewal('kis');
    world.chooseOutcome = (call) => (call === 'issue' ? 'crash-after' : 'ok');
    await expect(world.tick()).rejects.toThrow(KilledError);
    const { attempt, lastCallAt = 0, issues } = world.published;
    expect(attempt).toMatchObject({ outcome: 'started', kind: 'issue' });
    expect(lastCallAt).toBe((attempt?.at ?? 0) + 15 * SECOND);
    expect(issues).toHaveLength(2);
    world.chooseOutcome = () => 'ok';
    await later(world, 30 * SECOND).tick();
    expect(world.calls).not.toContain('issue');
  });

  it('before the result of the issue call is written keeps the forced refresh pending', async () => {
    const world = later(await createWorldWithToken('kiwoom'), HOUR);
    world.chooseOutcome = (call) => (call === 'issue' ? 'crash' : 'ok');
    await expect(world.deliver({ cause: 'forced' })).rejects.toThrow(KilledError);
    expect(world.published.pending?.forced).toBeDefined();
  });
});
