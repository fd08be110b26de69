import { describe, expect, it } from 'vitest';
import type { CredentialHealth } from '../../../lambdas/fleet-monitor/check-fleet.ts';
import { formatNotifiedLevels, notify } from '../../../lambdas/fleet-monitor/notifications.ts';

const failing = (id: string): CredentialHealth => ({ id, level: 1, reason: 'NearExpiry' });

/**
 * Returns the ports of `notify` with a parameter in memory. `publish` throws for a subject that contains the
 * text in `state.failingSubject`.
 */
function ports(stored?: string) {
  const state = { stored, writes: 0, published: [] as string[], failingSubject: '' };
  return {
    state,
    prefix: '/broker-tokens',
    region: 'ap-northeast-2',
    read: async () => state.stored,
    write: async (text: string) => {
      state.stored = text;
      state.writes += 1;
    },
    publish: async (subject: string) => {
      if (state.failingSubject !== '' && subject.includes(state.failingSubject)) throw new Error('refused');
      state.published.push(subject);
    },
  };
}

describe('The fleet monitor', () => {
  it('writes no parameter while all credentials are healthy and no parameter exists', async () => {
    const each = ports();
    await notify([{ id: 'a', level: 0, reason: 'Fresh' }], each);
    expect(each.state.writes).toBe(0);
  });

  it('stores which notifications it published, even if a later notification fails', async () => {
    const each = ports();
    each.state.failingSubject = 'token b';
    await expect(notify([failing('a'), failing('b')], each)).rejects.toThrow('refused');
    expect(each.state.stored).toBe(formatNotifiedLevels({ a: 1 }));
    each.state.failingSubject = '';
    await notify([failing('a'), failing('b')], each);
    expect(each.state.published).toEqual(['Broker token a: failing', 'Broker token b: failing']);
  });
});
