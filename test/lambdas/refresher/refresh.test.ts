import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../lambdas/brokers/errors.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { Unconfigured } from '../../../lambdas/store/secrets.ts';
import { HOUR, MINUTE } from './facts.ts';
import { DUE, issued, LIVING, NEW, NOW, OLD, PUBLISHED, room } from './room.ts';

const FORCED: InboxMessage = { credential: 'kis-main', cause: 'forced' };
const CHANGED: InboxMessage = { credential: 'kis-main', cause: 'credentials-changed' };
const REPORT: InboxMessage = { credential: 'kis-main', cause: 'rejected', generation: 41 };
const aws = (name: string) => new AwsTrouble('write', Object.assign(new Error('no'), { name }));
const denied = aws('AccessDeniedException');
const no = (kind: BrokerError['kind'], mayHaveActed = false) =>
  new BrokerError(kind, 'no', { brokerCode: 'X1', mayHaveActed });

describe('a tick', () => {
  it('on a fresh token reads once and nothing else', async () => {
    const { tick, calls, lines } = room();
    expect(await tick()).toMatchObject({ issued: 0, decision: { action: 'keep', reason: 'Fresh' } });
    expect(calls).toEqual(['read']);
    expect(lines).toHaveLength(1);
  });

  it('on one that is due stamps, calls, publishes the token and then its state, and tells when it is due again', async () => {
    const { tick, calls, lines, rest } = room({ state: DUE });
    const { issued: counted, failure } = await tick();
    expect({ counted, failure }).toEqual({ counted: 1, failure: undefined });
    expect(calls).toEqual([
      'read',
      'read secret',
      'write state started',
      'issue',
      `write token ${NEW}`,
      'write state published',
    ]);
    const at = new Date(NOW + 23 * HOUR).toISOString();
    expect(lines).toMatchObject([
      { action: 'issue', reason: 'NearExpiry', outcome: 'published', next: at, generation: 42 },
      { action: 'keep', reason: 'Fresh', next: at },
    ]);
    expect(rest.state).toMatchObject({ generation: 42, last: { action: 'issue', reason: 'NearExpiry' } });
  });

  it('that finds what cannot be read writes nothing but an attempt', async () => {
    const { tick, calls } = room({ unreadable: 'it is not JSON' });
    await tick();
    expect(calls).toContain('write state started');
    const waiting = room({ unreadable: 'it is not JSON', state: { ...LIVING, paused: true } });
    await waiting.deliver(CHANGED);
    expect(waiting.calls.filter((call) => call.startsWith('write'))).toEqual([]);
  });

  it('on a token in doubt that lives after all forgets the doubt', async () => {
    const { tick, calls, rest } = room({ state: { ...LIVING, doubted: true } });
    await tick();
    expect(calls).toEqual(['read', 'read secret', 'read token', `verify ${OLD}`, 'write state published']);
    expect(rest.state.doubted).toBeUndefined();
  });

  it('on a token in doubt that nobody can try keeps the doubt, and writes nothing', async () => {
    const { tick, calls } = room({ state: { ...LIVING, doubted: true }, verify: { is: 'unknown' } });
    await tick();
    expect(calls).toEqual(['read', 'read secret', 'read token', `verify ${OLD}`]);
  });

  it('is told before it sleeps over the end of the minimum interval, and calls three times at most', async () => {
    const ending = { ...DUE, published: { ...PUBLISHED, renewAt: NOW, expiresAt: NOW + 4 * MINUTE } };
    const { tick, calls, told } = room({ state: ending, issue: [no('throttled')] });
    await tick();
    expect(calls.filter((call) => call === 'issue')).toHaveLength(3);
    expect(calls.filter((call) => call.startsWith('sleep'))).toEqual(['sleep 61 s', 'sleep 61 s']);
    expect(told).toHaveLength(2);
  });

  it('without a living token sleeps without telling before', async () => {
    const { tick, told } = room({ state: { ...DUE, dead: true }, issue: [no('throttled'), issued(NEW)] });
    await tick();
    expect(told).toEqual([]);
  });
});

describe('what an issue call comes to', () => {
  it.each<[is: 'alive' | 'unknown', doubted: true | undefined]>([
    ['alive', undefined],
    ['unknown', true],
  ])(
    'the doubt that was there before it, of a token that is %s, after a call that fails',
    async (is, doubted) => {
      const it = room({ state: { ...DUE, doubted: true }, verify: { is }, issue: [no('throttled')] });
      await it.tick();
      expect(it.calls).toContain('issue');
      expect(it.rest.state.doubted).toBe(doubted);
    },
  );

  it.each<[kind: BrokerError['kind'], mayHaveActed: boolean, counted: number]>([
    ['throttled', false, 0],
    ['unavailable', false, 0],
    ['unavailable', true, 1],
    ['rejected', false, 0],
  ])('%s, which may have acted: %s', async (kind, mayHaveActed, counted) => {
    const state = { ...DUE, published: { ...PUBLISHED, renewAt: NOW, expiresAt: NOW + 30 * MINUTE } };
    const { tick, lines, rest } = room({ state, issue: [no(kind, mayHaveActed), issued(NEW)] });
    const { issued: calls } = await tick();
    expect(lines[0]).toMatchObject({ outcome: kind, brokerCode: 'X1', message: 'no' });
    expect(calls - (rest.token === NEW ? 1 : 0)).toBe(counted);
  });

  it('a token that has ended is malformed, and counts: somebody was sent a message for it', async () => {
    const { tick, lines } = room({ state: DUE, issue: [issued(NEW, { expiresAt: NOW })] });
    expect(await tick()).toMatchObject({ issued: 1 });
    expect(lines[0]).toMatchObject({ outcome: 'malformed' });
    expect(lines[0]?.next).toBe(new Date(NOW + 5 * MINUTE).toISOString());
  });

  it('a token that AWS refuses to store is told so, with when it is tried again', async () => {
    const { tick, lines, rest } = room({
      state: DUE,
      refuse: (what) => (what === 'token' ? denied : undefined),
    });
    expect((await tick()).failure).toBeUndefined();
    expect(lines[0]).toMatchObject({
      outcome: 'unpublished',
      next: new Date(NOW + 5 * MINUTE).toISOString(),
    });
    expect(rest.token).toBe(OLD);
  });

  it('a defect of the broker client, or of the store, is not taken for an answer', async () => {
    await expect(room({ state: DUE, issue: [new TypeError('a defect')] }).tick()).rejects.toThrow('a defect');
    const broken = room({
      state: DUE,
      refuse: (what) => (what === 'token' ? new TypeError('a defect') : undefined),
    });
    await expect(broken.tick()).rejects.toThrow('a defect');
  });

  it('AWS trouble before the call lets the message come again, after it does not', async () => {
    const before = room({ state: DUE, refuse: () => denied });
    expect((await before.tick()).failure).toMatchObject({ retry: true });
    expect(before.calls).not.toContain('issue');
    const after = room({
      state: DUE,
      refuse: (what, number) => (what === 'state' && number === 2 ? denied : undefined),
    });
    expect((await after.tick()).failure).toMatchObject({ retry: false });
  });

  it('a secret without a key is an attempt without a call', async () => {
    const { tick, calls, lines, rest } = room({ state: DUE, secret: new Unconfigured('empty', 'v9') });
    await tick();
    expect(calls).toEqual(['read', 'read secret', 'write state unconfigured']);
    expect(lines).toMatchObject([{ action: 'issue', outcome: 'unconfigured', message: 'empty' }]);
    expect(rest.state).toMatchObject({ attempt: { secretVersion: 'v9' }, last: { reason: 'NearExpiry' } });
  });

  it('a dead token that comes back is ended for everybody, and asked for again', async () => {
    const state = { ...LIVING, dead: true } as const;
    const { tick, calls, lines } = room({ state, issue: [issued(OLD), issued(NEW)] });
    await tick();
    expect(calls.slice(3, 7)).toEqual(['issue', 'write state unchanged dead', 'read token', `revoke ${OLD}`]);
    expect(lines[1]).toMatchObject({ action: 'revoke', reason: 'TokenDead', outcome: 'revoked' });
    expect(calls).toContain(`write token ${NEW}`);
  });

  it('that it cannot be ended changes nothing of what follows', async () => {
    const state = { ...LIVING, dead: true } as const;
    const { tick, lines, rest } = room({
      state,
      issue: [issued(OLD), issued(NEW)],
      revoke: no('unavailable'),
    });
    await tick();
    expect(lines[1]).toMatchObject({
      action: 'revoke',
      reason: 'TokenDead',
      outcome: 'unavailable',
      brokerCode: 'X1',
      message: 'no',
    });
    expect(rest.token).toBe(NEW);
    const broken = room({ state, issue: [issued(OLD)], revoke: new TypeError('a defect') });
    await expect(broken.tick()).rejects.toThrow('a defect');
  });

  it('a living token that comes back is not ended', async () => {
    const { tick, calls } = room({ state: DUE, issue: [issued(OLD)] });
    await tick();
    expect(calls.some((call) => call.startsWith('revoke'))).toBe(false);
  });
});

describe('forced', () => {
  it('lifts a pause with the new token', async () => {
    const { deliver, rest } = room({ state: { ...LIVING, paused: true, dead: true } });
    await deliver(FORCED);
    expect(rest.state).toMatchObject({ generation: 42, last: { messageId: 'm-1', cause: 'forced' } });
    expect(rest.state.paused).toBeUndefined();
  });

  it('lifts it also where it is not time for a new token yet', async () => {
    const state = { ...LIVING, paused: true, published: { ...PUBLISHED, issuedAt: NOW - HOUR } } as const;
    const { deliver, calls, rest } = room({ state });
    await deliver(FORCED);
    expect(calls).not.toContain('issue');
    expect(rest.state.paused).toBeUndefined();
    expect(rest.state.last).toMatchObject({ action: 'wait', reason: 'WouldReuse' });
  });

  it('lifts it also where the broker gives none', async () => {
    const { deliver, rest } = room({ state: { ...LIVING, paused: true }, issue: [no('unavailable')] });
    await deliver(FORCED);
    expect(rest.state.attempt?.outcome).toBe('unavailable');
    expect(rest.state.paused).toBeUndefined();
  });

  it('is served once, also when it is delivered twice', async () => {
    const { deliver, calls } = room();
    await deliver(FORCED);
    await deliver(FORCED);
    expect(calls.filter((call) => call === 'issue')).toHaveLength(1);
  });

  it('nothing else lifts a pause', async () => {
    const { deliver, rest } = room({ state: { ...LIVING, paused: true } });
    await deliver(CHANGED);
    expect(rest.state).toMatchObject({ paused: true, last: { action: 'keep' } });
  });
});

describe('a changed secret', () => {
  it('is read, and with the same key nothing follows', async () => {
    const { deliver, calls, rest } = room();
    await deliver(CHANGED);
    expect(calls).toEqual(['read', 'read secret', 'write state published']);
    expect(rest.state.last).toMatchObject({ action: 'keep', reason: 'Fresh' });
  });
});

describe('a report', () => {
  it.each<[is: 'alive' | 'unknown', reason: string, wanted: object | undefined]>([
    ['alive', 'StillAlive', undefined],
    ['unknown', 'Unverified', { reason: 'Rejected', generation: 41, since: NOW }],
  ])('of a token that is %s issues nothing: %s', async (is, reason, wanted) => {
    const { deliver, calls, rest } = room({ verify: { is } });
    await deliver(REPORT);
    expect(calls).toEqual(['read', 'read secret', 'read token', `verify ${OLD}`, 'write state published']);
    expect(rest.state.last).toMatchObject({ action: 'keep', reason });
    expect(rest.state.wanted).toEqual(wanted);
  });

  it('of a token that is dead is written down before a new one is asked for', async () => {
    const dead = { is: 'dead', brokerCode: 'EGW00121', message: 'expired' } as const;
    const { deliver, calls, lines } = room({ verify: dead });
    await deliver(REPORT);
    expect(calls.slice(3)).toEqual([
      `verify ${OLD}`,
      'write state published dead',
      'write state started dead',
      'issue',
      `write token ${NEW}`,
      'write state published',
    ]);
    expect(lines[0]).toMatchObject({
      action: 'keep',
      reason: 'Rejected',
      brokerCode: 'EGW00121',
      message: 'expired',
    });
    expect(lines[1]).toMatchObject({ action: 'issue', reason: 'TokenDead' });
  });

  it('of a parameter that is gone needs no broker to be believed', async () => {
    const { deliver, calls, rest } = room({ token: undefined });
    await deliver(REPORT);
    expect(calls.some((call) => call.startsWith('verify'))).toBe(false);
    expect(rest.token).toBe(NEW);
  });
});
