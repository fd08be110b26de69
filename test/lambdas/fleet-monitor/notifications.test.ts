import { describe, expect, it } from 'vitest';
import type { CredentialHealth } from '../../../lambdas/fleet-monitor/check-fleet.ts';
import {
  formatNotifiedLevels,
  levelsToStore,
  messageOf,
  type NotifiedLevels,
  notificationsOf,
  parseNotifiedLevels,
} from '../../../lambdas/fleet-monitor/notifications.ts';

const health = (id: string, level: CredentialHealth['level'], reason = 'NearExpiry'): CredentialHealth => ({
  id,
  level,
  reason,
});
/** Runs one check for each list, and returns `id previous→next` for each notification. */
function checks(...lists: readonly (readonly CredentialHealth[])[]): string[][] {
  let notified: NotifiedLevels = {};
  return lists.map((list) => {
    const notifications = notificationsOf(list, notified);
    notified = levelsToStore(list, notified, notifications);
    return notifications.map(({ id, previousLevel, level }) => `${id} ${previousLevel}→${level}`);
  });
}

describe('The fleet monitor sends a notification', () => {
  it('once for each change of the level of a credential, and none while the level is unchanged', () => {
    const all = checks(
      [health('a', 0)],
      [health('a', 1)],
      [health('a', 1)],
      [health('a', 2)],
      [health('a', 2)],
      [health('a', 0)],
      [health('a', 0)],
    );
    expect(all).toEqual([[], ['a 0→1'], [], ['a 1→2'], [], ['a 2→0'], []]);
  });

  it('at the next failure of a credential that was paused or removed, because its stored level was deleted', () => {
    expect(checks([health('a', 2)], [], [health('a', 2)])).toEqual([['a 0→2'], [], ['a 0→2']]);
  });

  it('for at most 80 credentials, because more levels do not fit into a standard parameter', () => {
    const many = Array.from({ length: 100 }, (_, index) => health(`${index}`.padStart(40, 'x'), 2));
    const first = notificationsOf(many, {});
    expect(first).toHaveLength(80);
    const levels = levelsToStore(many, {}, first);
    expect(Buffer.byteLength(formatNotifiedLevels(levels))).toBeLessThan(4096);
    expect(notificationsOf(many, levels)).toEqual([]);
    const one = many.map((each, index) => (index === 0 ? { ...each, level: 0 as const } : each));
    expect(notificationsOf(one, levels).map(({ level }) => level)).toEqual([0]);
  });
});

describe('The stored levels of earlier notifications', () => {
  it('do not change when they are formatted and parsed', () => {
    expect(parseNotifiedLevels(formatNotifiedLevels({ a: 1, b: 2 }))).toEqual({ a: 1, b: 2 });
  });

  it.each([undefined, '', 'no JSON', '{"version":2,"notified":{}}', '{"version":1,"notified":{"a":7}}'])(
    'are empty if their parameter contains %j',
    (text) => {
      expect(parseNotifiedLevels(text)).toEqual({});
    },
  );
});

describe('A notification', () => {
  const where = { prefix: '/broker-tokens', region: 'ap-northeast-2' };
  const failing = {
    ...health('kis-2', 2, 'CredentialsRejected'),
    detail: 'rejected: EGW00103 FAKE',
    previousLevel: 1,
  } as const;

  it('has a subject of less than 100 characters, even for the longest id', () => {
    const { subject } = messageOf({ ...failing, id: 'x'.repeat(40) }, where);
    expect(subject).toBe(`Broker token ${'x'.repeat(40)}: action required`);
    expect(subject.length).toBeLessThan(100);
  });

  it('names the credential, the reason and a command in an email', () => {
    const { default: text, email } = JSON.parse(messageOf(failing, where).message);
    expect(email).toBe(text);
    expect(text).toBe(
      [
        'Fleet credential "kis-2": failing → action required (/broker-tokens/kis-2, ap-northeast-2).',
        'Reason: CredentialsRejected (rejected: EGW00103 FAKE).',
        'Diagnose: npm run tokens -- status kis-2',
      ].join('\n'),
    );
  });

  it('contains no reason for a healthy credential', () => {
    const { email } = JSON.parse(messageOf({ ...health('kis-2', 0), previousLevel: 2 }, where).message);
    expect(email).toBe(
      'Fleet credential "kis-2": action required → healthy (/broker-tokens/kis-2, ap-northeast-2).',
    );
  });

  it('has the custom schema of Amazon Q Developer for HTTPS subscriptions, and JSON for Lambda and SQS', () => {
    const { https, lambda, sqs } = JSON.parse(messageOf(failing, where).message);
    expect(JSON.parse(https)).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'Broker token kis-2: action required',
        description: expect.stringContaining('CredentialsRejected'),
      },
    });
    expect(sqs).toBe(lambda);
    expect(JSON.parse(lambda)).toEqual({
      credential: 'kis-2',
      prefix: '/broker-tokens',
      region: 'ap-northeast-2',
      level: 2,
      previousLevel: 1,
      reason: 'CredentialsRejected',
      detail: 'rejected: EGW00103 FAKE',
      command: 'npm run tokens -- status kis-2',
    });
  });
});
