import { describe, expect, it } from 'vitest';
import type { BrokerId } from '../../../lambdas/shared/credential.ts';
import { type ExploredWorld, KilledError, type Outcome } from '../../../simulator/explore/explored-world.ts';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  createDeadTokenWorld,
  createEmptyWorld,
  createIdleWorld,
  createWorldAtRenewal,
  issueCallTimes,
  later,
  publishedTokenIn,
  REPORT,
  TICK_INTERVAL,
} from './world-harness.ts';

type Scenario = [
  title: string,
  broker: BrokerId,
  message: Parameters<ExploredWorld['deliver']>[0],
  start: () => ExploredWorld | Promise<ExploredWorld>,
];

const tick = { cause: 'schedule' } as const;
const SUPERSEDE = { options: { reissue: 'supersede' } };
const SCENARIOS: readonly Scenario[] = [
  ['a first token of KIS', 'kis', tick, () => createEmptyWorld('kis')],
  ['a renewal of KIS', 'kis', tick, () => createWorldAtRenewal('kis')],
  ['a renewal of Kiwoom', 'kiwoom', tick, () => createWorldAtRenewal('kiwoom')],
  ['a renewal of Kiwoom with new tokens', 'kiwoom', tick, () => createWorldAtRenewal('kiwoom', SUPERSEDE)],
  ['a report of a dead token of KIS', 'kis', REPORT, () => createDeadTokenWorld()],
  ['a forced refresh of Kiwoom', 'kiwoom', { cause: 'forced' }, () => createIdleWorld('kiwoom')],
  ['a requested revocation of KIS', 'kis', { cause: 'revoke' }, () => createIdleWorld('kis')],
];

/**
 * Makes the call at the position `number` fail. Then delivers the message again after the visibility timeout,
 * as SQS does, and runs three ticks. Returns undefined if there are fewer calls.
 */
async function recoverFrom([, , message, start]: Scenario, number: number, outcome: Outcome) {
  const world = await start();
  let callCount = 0;
  world.chooseOutcome = () => {
    callCount += 1;
    return callCount === number ? outcome : 'ok';
  };
  await world.deliver(message, 'm-scenario').catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
  if (callCount < number) return undefined;
  world.chooseOutcome = () => 'ok';
  await later(world, 15 * MINUTE).deliver(message, 'm-scenario');
  for (let ticks = 0; ticks < 3; ticks += 1) await later(world, TICK_INTERVAL).tick();
  return world;
}

const MINIMUM_INTERVAL = { kis: 61 * SECOND, kiwoom: 2 * SECOND };

/** Checks the conditions that must hold after every crash. */
function expectConsistentWorld(world: ExploredWorld, broker: BrokerId, where: string): void {
  const calls = issueCallTimes(world);
  for (const [index, at] of calls.slice(1).entries())
    expect(at - (calls[index] ?? 0), `${where}: interval`).toBeGreaterThanOrEqual(MINIMUM_INTERVAL[broker]);
  const { issues } = world.published;
  expect(issues.length, `${where}: every call is counted`).toBeGreaterThanOrEqual(calls.length);
  expect(world.isTokenLive, `${where}: the published token is live`).toBe(true);
  const published = { health: 'live', tokenVersion: world.state.token?.version };
  expect(publishedTokenIn(world), `${where}: health and parameter are known`).toMatchObject(published);
}

describe.each(SCENARIOS)('After an interruption of %s', (...scenario) => {
  it.each<[what: string, outcome: Outcome, first: number]>([
    ['a crash before', 'crash', 1],
    ['a crash after', 'crash-after', 1],
    ['an AWS error in', 'failed', 2],
    ['an AWS error after', 'failed-after', 2],
    ['a permanent AWS error in', 'denied', 2],
  ])(
    'by %s any call, the token becomes live again and every issue call is counted',
    async (_what, outcome, first) => {
      for (let number = first; ; number += 1) {
        const world = await recoverFrom(scenario, number, outcome);
        if (world === undefined) return expect(number).toBeGreaterThan(5);
        expectConsistentWorld(world, scenario[1], `${outcome} of call ${number}`);
      }
    },
  );
});

describe('A crash', () => {
  it('between the write of the token and the write of the state leaves a live token in the parameter', async () => {
    const world = await createWorldAtRenewal('kiwoom', SUPERSEDE);
    world.chooseOutcome = (call) => (call === 'writeToken' ? 'crash-after' : 'ok');
    await expect(world.tick()).rejects.toThrow(KilledError);
    const published = { health: 'suspect' };
    expect(world.published).toMatchObject({ generation: 1, published, attempt: { outcome: 'started' } });
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
    const world = await createIdleWorld('kiwoom');
    world.chooseOutcome = (call) => (call === 'issue' ? 'crash' : 'ok');
    await expect(world.deliver({ cause: 'forced' })).rejects.toThrow(KilledError);
    expect(world.published.pending?.forced).toBeDefined();
  });
});
