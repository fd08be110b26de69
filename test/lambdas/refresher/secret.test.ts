import { describe, expect, it } from 'vitest';
import { KilledError, keyOf } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import {
  always,
  emptyWorld,
  later,
  linesOf,
  SECRET_ARN,
  START,
  secretText,
  storeSecret,
  worldWith,
} from './world-harness.ts';

describe('A secret', () => {
  it.each([
    ['is missing', undefined],
    ['is no JSON', 'FAKE'],
    ['is a placeholder', '{"appkey":"<appkey>","appsecret":"<appsecret>"}'],
  ])('that %s leads to no broker call at level 2', async (_what, text) => {
    const world = emptyWorld('kis');
    if (text === undefined) delete world.state.secrets[SECRET_ARN];
    else storeSecret(world, 'v1', text);
    const result = await world.tick();
    expect(world.calls).toEqual(['read', 'readSecret', 'writeState']);
    expect(linesOf(world)).toEqual(['read-secret Missing: unconfigured', 'hold CredentialsRejected']);
    expect(world.lines[0]?.message).toContain(SECRET_ARN);
    expect(result).toMatchObject({ failureLevel: 2, issued: 0, secondsToExpiry: 0 });
    expect(world.published).toMatchObject({
      refused: { code: 'Unconfigured', since: START },
      attempt: { outcome: 'unconfigured', kind: 'issue', messageId: 'm-1' },
    });
  });

  it('with a rejected key is tried at once in another version', async () => {
    const world = emptyWorld('kis');
    world.choose = always('issue', 'rejected');
    await world.tick();
    world.choose = () => 'ok';
    storeSecret(world, 'v2', secretText('kis', keyOf('kis')));
    await later(world, 2 * MINUTE).tick();
    expect(linesOf(world)).toEqual(['issue Missing: published', 'keep Fresh']);
  });

  it('whose lookup throws a defect ends the invocation', async () => {
    const world = later(await worldWith('kis'), 30 * MINUTE);
    world.choose = always('checkSecret', 'crash');
    await expect(world.tick()).rejects.toThrow(KilledError);
  });
});
