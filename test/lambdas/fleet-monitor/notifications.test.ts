import { describe, expect, it } from 'vitest';
import type { CredentialHealth } from '../../../lambdas/fleet-monitor/check-fleet.ts';
import { messageOf, notify } from '../../../lambdas/fleet-monitor/notifications.ts';

const WHERE = { prefix: '/broker-tokens', region: 'ap-northeast-2' };
const health = (id: string, level: CredentialHealth['level'], reason = 'NearExpiry'): CredentialHealth => ({
  id,
  level,
  reason,
});

/** A fleet monitor with a parameter in memory. `publish` throws if the subject contains `failingSubject`. */
class Monitor {
  readonly #published: string[] = [];
  writes = 0;
  failingSubject: string | undefined;
  stored: string | undefined;

  constructor(stored?: string) {
    this.stored = stored;
  }

  /** Runs a check, and returns the subjects of its notifications without the common prefix. */
  async check(...fleet: readonly CredentialHealth[]): Promise<readonly string[]> {
    await notify(fleet, {
      ...WHERE,
      read: async () => this.stored,
      write: async (text) => {
        this.stored = text;
        this.writes += 1;
      },
      publish: async (subject) => {
        if (subject === `Broker token ${this.failingSubject}`) throw new Error('refused');
        this.#published.push(subject.replace('Broker token ', ''));
      },
    });
    return this.#published.splice(0);
  }
}

describe('The fleet monitor sends a notification', () => {
  it('once when the failure level of a credential rises, and once when the credential is healthy again', async () => {
    const monitor = new Monitor();
    const subjects = [];
    for (const level of [0, 1, 1, 2, 2, 1, 0, 0] as const)
      subjects.push((await monitor.check(health('a', level))).join());
    expect(subjects).toEqual(['', 'a: failing', '', 'a: action required', '', '', 'a: healthy', '']);
    expect(monitor.stored).toBe('{"version":1,"notified":{}}');
  });

  it('at the next failure of a credential that was paused or removed after its last notification', async () => {
    const monitor = new Monitor();
    await monitor.check(health('a', 2));
    expect(await monitor.check()).toEqual([]);
    expect(await monitor.check(health('a', 2))).toEqual(['a: action required']);
  });

  it('for at most 80 credentials, because a standard parameter cannot store the levels of more credentials', async () => {
    const monitor = new Monitor();
    const many = Array.from({ length: 100 }, (_, index) => health(`${index}`.padStart(40, 'x'), 2));
    expect(await monitor.check(...many)).toHaveLength(80);
    expect(Buffer.byteLength(monitor.stored ?? '')).toBeLessThan(4096);
    expect(await monitor.check(...many)).toEqual([]);
    const [first, ...others] = many;
    expect(await monitor.check({ ...health(first?.id ?? '', 0) }, ...others)).toEqual([
      `${first?.id}: healthy`,
    ]);
  });

  it.each(['', 'no JSON', '{"version":2,"notified":{"a":1}}', '{"version":1,"notified":{"a":7}}'])(
    'for each unhealthy credential if the parameter with the stored levels contains %j',
    async (stored) => {
      expect(await new Monitor(stored).check(health('a', 1))).toEqual(['a: failing']);
    },
  );

  it('again at the next check for each credential whose notification failed', async () => {
    const monitor = new Monitor();
    monitor.failingSubject = 'b: failing';
    await expect(monitor.check(health('a', 1), health('b', 1))).rejects.toThrow('refused');
    expect(monitor.stored).toBe('{"version":1,"notified":{"a":1}}');
    monitor.failingSubject = undefined;
    expect(await monitor.check(health('a', 1), health('b', 1))).toEqual(['a: failing', 'b: failing']);
    expect(monitor.stored).toBe('{"version":1,"notified":{"a":1,"b":1}}');
  });
});

it('The fleet monitor writes no parameter while all credentials are healthy and no parameter exists', async () => {
  const monitor = new Monitor();
  await monitor.check(health('a', 0));
  expect(monitor.writes).toBe(0);
});

describe('A notification', () => {
  const detail = 'rejected: EGW00103 FAKE';
  const failing = { ...health('kis-2', 2, 'CredentialsRejected'), detail, previousLevel: 1 } as const;

  it('has a subject of less than 100 characters for the longest id', () => {
    const { subject } = messageOf({ ...failing, id: 'x'.repeat(40) }, WHERE);
    expect(subject).toBe(`Broker token ${'x'.repeat(40)}: action required`);
    expect(subject.length).toBeLessThan(100);
  });

  it('names the credential, the reason and a command in an email', () => {
    const { default: text, email } = JSON.parse(messageOf(failing, WHERE).message);
    expect(email).toBe(text);
    expect(text.split('\n')).toEqual([
      'Fleet credential "kis-2": failing → action required (/broker-tokens/kis-2, ap-northeast-2).',
      'Reason: CredentialsRejected (rejected: EGW00103 FAKE).',
      'Diagnose: npm run tokens -- status kis-2',
    ]);
  });

  it('contains no reason for a healthy credential', () => {
    const { email } = JSON.parse(messageOf({ ...health('kis-2', 0), previousLevel: 2 }, WHERE).message);
    expect(email).toBe(
      'Fleet credential "kis-2": action required → healthy (/broker-tokens/kis-2, ap-northeast-2).',
    );
  });

  it('has the custom schema of Amazon Q Developer for HTTPS subscriptions, and JSON for Lambda and SQS', () => {
    const { https, lambda, sqs } = JSON.parse(messageOf(failing, WHERE).message);
    const title = 'Broker token kis-2: action required';
    const description = expect.stringContaining('CredentialsRejected');
    const content = { textType: 'client-markdown', title, description };
    expect(JSON.parse(https)).toEqual({ version: '1.0', source: 'custom', content });
    expect(sqs).toBe(lambda);
    const { id: credential, ...facts } = failing;
    const command = 'npm run tokens -- status kis-2';
    expect(JSON.parse(lambda)).toEqual({ credential, ...facts, ...WHERE, command });
  });
});
