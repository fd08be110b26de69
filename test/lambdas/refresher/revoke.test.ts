import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../lambdas/brokers/errors.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { attempt, HOUR } from './facts.ts';
import { DUE, LIVING, NEW, NOW, OLD, PUBLISHED, type RoomOptions, room } from './room.ts';

const REVOKE: InboxMessage = { credential: 'kis-main', cause: 'revoke' };
const no = (mayHaveActed: boolean) =>
  new BrokerError('unavailable', 'no', { brokerCode: 'X1', mayHaveActed });
const brokerCalls = (calls: readonly string[]) => calls.filter((call) => /^(revoke|verify|issue)/.test(call));

describe('revoked on request', () => {
  it('the token is called dead first, then ended at the broker, then replaced', async () => {
    const { deliver, calls, lines, rest } = room();
    await deliver(REVOKE);
    expect(calls).toEqual([
      'read',
      'write state published dead',
      'read token',
      'read secret',
      `revoke ${OLD}`,
      'write state revoked dead',
      'write state started dead',
      'issue',
      `write token ${NEW}`,
      'write state published',
    ]);
    expect(lines[0]).toMatchObject({ action: 'revoke', reason: 'Requested', outcome: 'revoked' });
    expect(rest.state.paused).toBeUndefined();
  });

  it('without a new one it stays paused, and the answer is written down', async () => {
    const { deliver, calls, rest } = room();
    await deliver({ ...REVOKE, reissue: false });
    expect(brokerCalls(calls)).toEqual([`revoke ${OLD}`]);
    expect(rest.state).toMatchObject({
      paused: true,
      dead: true,
      last: { messageId: 'm-1', cause: 'revoke', action: 'revoke', reason: 'Requested' },
    });
  });

  it('delivered again it does not end the token that replaced the revoked one', async () => {
    const state = {
      ...LIVING,
      attempt: attempt({ at: NOW - HOUR, cause: 'revoke', messageId: 'm-1', outcome: 'published' }),
    };
    const { deliver, calls } = room({ state });
    await deliver(REVOKE);
    expect(brokerCalls(calls)).toEqual([]);
    const another = room({ state });
    await another.deliver(REVOKE, 'm-2');
    expect(brokerCalls(another.calls)).toEqual([`revoke ${OLD}`, 'issue']);
  });

  it('of a message that is answered already nothing is left to do', async () => {
    const { deliver, calls } = room();
    await deliver({ ...REVOKE, reissue: false });
    const before = calls.length;
    await deliver({ ...REVOKE, reissue: false });
    expect(brokerCalls(calls.slice(before))).toEqual([]);
  });

  it.each<[sentence: string, options: RoomOptions]>([
    ['that has ended', { state: { ...LIVING, published: { ...PUBLISHED, expiresAt: NOW } } }],
    [
      'that was revoked before',
      { state: { ...LIVING, dead: true, attempt: attempt({ at: NOW - HOUR, outcome: 'revoked' }) } },
    ],
    ['that is not there', { token: undefined }],
    ['that was never issued', { state: { generation: 0, issues: [] } }],
  ])('a token %s is not ended', async (_sentence, options) => {
    const { deliver, calls } = room(options);
    await deliver({ ...REVOKE, reissue: false });
    expect(brokerCalls(calls)).toEqual([]);
  });

  it.each<[sentence: string, options: RoomOptions]>([
    ['lives for a millisecond', { state: { ...LIVING, published: { ...PUBLISHED, expiresAt: NOW + 1 } } }],
    ['is only held for dead', { state: { ...LIVING, dead: true } }],
  ])('a token that %s is', async (_sentence, options) => {
    const { deliver, calls } = room(options);
    await deliver({ ...REVOKE, reissue: false });
    expect(brokerCalls(calls)).toEqual([`revoke ${OLD}`]);
  });

  it('a broker that does not do it is told, and the pause stands', async () => {
    const { deliver, lines, rest } = room({ revoke: no(true) });
    await deliver({ ...REVOKE, reissue: false });
    expect(lines[0]).toMatchObject({
      action: 'revoke',
      outcome: 'unavailable',
      brokerCode: 'X1',
      message: 'revoke: no',
    });
    expect(rest.state.paused).toBe(true);
  });

  it('a defect of the broker client is not taken for an answer, and the message is not begun again', async () => {
    await expect(room({ revoke: new TypeError('a defect') as never }).deliver(REVOKE)).rejects.toThrow(
      'a defect',
    );
  });
});

describe('revoked to be renewed early', () => {
  const early = (options: RoomOptions = {}) =>
    room({ state: DUE, config: { broker: 'kiwoom', renewEarly: 'revoke' }, ...options });

  it('the token is ended, then asked for', async () => {
    const { tick, calls } = early();
    await tick();
    expect(calls).toEqual([
      'read',
      'read secret',
      'read token',
      'write state published dead',
      `revoke ${OLD}`,
      'write state revoked dead',
      'write state started dead',
      'issue',
      `write token ${NEW}`,
      'write state published',
    ]);
  });

  it('only when it is due by time, and only if that was chosen', async () => {
    const forced = early({ state: LIVING });
    await forced.deliver({ credential: 'kis-main', cause: 'forced' });
    expect(brokerCalls(forced.calls)).toEqual(['issue']);
    const plain = room({ state: DUE, config: { broker: 'kiwoom' } });
    await plain.tick();
    expect(brokerCalls(plain.calls)).toEqual(['issue']);
  });

  it('a broker that refuses leaves a living token published, and the next tick tries again', async () => {
    const { tick, calls, rest } = early({ revoke: no(false) });
    await tick();
    expect(brokerCalls(calls)).toEqual([`revoke ${OLD}`]);
    expect(rest.state.dead).toBeUndefined();
    expect(rest.state.doubted).toBeUndefined();
    expect(rest.token).toBe(OLD);
  });

  it('a key that was replaced cannot end the token of the old one, and gets one without', async () => {
    const secret = { key: { appkey: 'FAKE-other', secret: 'FAKE' }, version: 'v2' };
    const { tick, calls, rest } = early({ revoke: no(false), secret });
    await tick();
    expect(brokerCalls(calls)).toEqual([`revoke ${OLD}`, 'issue']);
    expect(rest.token).toBe(NEW);
  });

  it.each<[is: 'alive' | 'dead' | 'unknown', calls: string[], doubted: true | undefined]>([
    ['alive', [`revoke ${OLD}`, `verify ${OLD}`], undefined],
    ['dead', [`revoke ${OLD}`, `verify ${OLD}`, 'issue'], undefined],
    ['unknown', [`revoke ${OLD}`, `verify ${OLD}`, 'issue'], undefined],
  ])('an answer that is lost: the token is tried, and is %s', async (is, calls, doubted) => {
    const it = early({ revoke: no(true), verify: { is } });
    await it.tick();
    expect(brokerCalls(it.calls)).toEqual(calls);
    expect(it.rest.state.doubted).toBe(doubted);
  });

  it('a token in doubt stays so until a new one is published', async () => {
    const issue = [new BrokerError('unavailable', 'no', { mayHaveActed: true })];
    const it = early({ revoke: no(true), verify: { is: 'unknown' }, issue });
    await it.tick();
    expect(it.rest.state).toMatchObject({ doubted: true });
    expect(it.rest.state.dead).toBeUndefined();
  });
});
