import { describe, expect, it } from 'vitest';
import { SECOND } from '../decision/facts.ts';
import { dueWorld, issueCalls, later, linesOf, script, TICK } from './world-harness.ts';

describe('An early revocation of Kiwoom', () => {
  it('that is confirmed is followed by issue calls after 2, 4, 8 and 16 s', async () => {
    const world = await dueWorld('kiwoom');
    script(world, { issue: ['ok', 'throttled', 'throttled', 'throttled', 'throttled'] });
    const result = await world.tick();
    const asks = world.lines.filter(({ action }) => action === 'issue').map(({ outcome }) => outcome);
    expect(asks).toEqual(['unchanged', 'throttled', 'throttled', 'throttled', 'throttled', 'published']);
    const revoked = world.broker().calls.find(({ kind }) => kind === 'revoke')?.at ?? 0;
    expect((issueCalls(world).at(-1) ?? 0) - revoked).toBe(30 * SECOND + 300);
    expect(result).toMatchObject({ failureLevel: 0, issued: 2 });
    expect(world.isTokenLive).toBe(true);
  });

  it('that is confirmed is followed by no second issue call in the invocation when the answer to the first is lost', async () => {
    const world = await dueWorld('kiwoom');
    script(world, { issue: ['ok', 'lost'] });
    await world.tick();
    expect(linesOf(world).slice(3)).toEqual([
      'revoke NearExpiry: revoked',
      'issue TokenDead: unavailable',
      'wait TooSoon',
    ]);
    await later(world, TICK).tick();
    expect(linesOf(world)).toContain('issue TokenDead: published');
    expect(world.isTokenLive).toBe(true);
  });
});
