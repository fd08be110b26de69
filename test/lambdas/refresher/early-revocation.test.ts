import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../decision/facts.ts';
import {
  always,
  dueWorld,
  HOUR,
  issueCalls,
  later,
  linesOf,
  publishedIn,
  START,
  script,
  TICK,
  worldWith,
} from './world-harness.ts';

describe('An early revocation of Kiwoom', () => {
  it('that is refused leaves a live token, and is tried three times, 15 min apart', async () => {
    const world = await dueWorld('kiwoom');
    world.choose = always('revoke', 'unavailable');
    const sent: number[] = [];
    const levels: number[] = [];
    for (let tick = 0; tick < 14; tick += 1) {
      const { failureLevel } = await world.tick();
      if (world.calls.includes('revoke')) sent.push(world.state.now);
      levels.push(failureLevel);
      expect(world.isTokenLive).toBe(true);
      later(world, TICK);
    }
    expect(sent).toHaveLength(3);
    for (const [index, at] of sent.entries())
      if (index > 0) expect(at - (sent[index - 1] ?? 0)).toBeGreaterThanOrEqual(15 * MINUTE);
    expect(linesOf(world)).toEqual(['wait AwaitExpiry']);
    expect(levels.at(-1)).toBe(2);
  });

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

  it('with a lost answer is followed up in the same invocation', async () => {
    const world = await dueWorld('kiwoom');
    script(world, { revoke: ['lost-after'] });
    await world.tick();
    expect(linesOf(world).slice(3)).toEqual([
      'revoke NearExpiry: unavailable',
      'verify Suspect: dead',
      'issue TokenDead: published',
      'verify Suspect: alive',
      'keep StillAlive',
    ]);
    expect(world.isTokenLive).toBe(true);
  });

  it('does not count when AWS prevents it', async () => {
    const world = await dueWorld('kiwoom');
    script(world, { readToken: ['ok', 'failed'] });
    const result = await world.tick();
    expect(result.failure?.error.awsCode).toBe('InternalServerError');
    expect(world.broker().count('revoke')).toBe(0);
    expect(publishedIn(world).revocations).toBeUndefined();
  });

  it('is not made inside a session', async () => {
    const sessions = [{ days: ['wed', 'thu'], from: '21:00', to: '20:59', timeZone: 'Asia/Seoul' }] as const;
    const world = later(await worldWith('kiwoom', { config: { sessions: [...sessions] } }), 22 * HOUR);
    await world.tick();
    expect(linesOf(world)).toContain('issue NearExpiryFailOpen: unchanged');
    expect(world.broker().count('revoke')).toBe(0);
    expect(world.state.now).toBeLessThan(START + 23 * HOUR);
  });
});
