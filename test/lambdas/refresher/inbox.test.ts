import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../lambdas/brokers/broker.ts';
import type { BrokerClient } from '../../../lambdas/brokers/client.ts';
import { BrokerError, type BrokerErrorKind } from '../../../lambdas/brokers/errors.ts';
import { createInbox, Defect, type Log } from '../../../lambdas/refresher/inbox.ts';
import type { Ports } from '../../../lambdas/refresher/ports.ts';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { Unconfigured } from '../../../lambdas/store/secrets.ts';
import { rawEvent } from '../../../simulator/world.ts';
import { CONFIG, HEALTHY, HOUR, KIS, kst, TOKEN } from './facts.ts';

const NOW = kst('20:00', '2026-11-19');

interface PortChanges {
  readonly store?: Partial<Ports['store']>;
  readonly secrets?: Partial<Ports['secrets']>;
}

interface Told {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function inboxWith(
  read: Ports['store']['read'],
  broker: Partial<BrokerClient> = {},
  changes: PortChanges = {},
) {
  const told: Told[] = [];
  const metrics: unknown[][] = [];
  const line = (level: string) => (message: string, fields: Told['fields']) => {
    told.push({ level, message, fields });
  };
  const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };
  const slept: number[] = [];
  let now = NOW;
  const never = () => Promise.reject(new Error('not expected here'));
  const handle = createInbox({
    ports: {
      store: { read, readToken: never, writeToken: never, writeState: never, ...changes.store },
      secrets: { read: never, ...changes.secrets },
      connect: () => ({
        contract: KIS,
        secretFields: { appkey: 'appkey', secret: 'appsecret' },
        issue: never,
        revoke: never,
        verify: never,
        ...broker,
      }),
      clock: {
        now: () => now,
        sleepUntil: async (instant) => {
          slept.push(instant - now);
          now = instant;
        },
      },
    },
    log,
    gauges: {
      credential: (...values) => metrics.push(['credential', ...values]),
      issued: (...values) => metrics.push(['issued', ...values]),
      refusedMessage: () => metrics.push(['refused']),
    },
  });
  return { told, metrics, slept, handle: (event: SQSEvent) => handle(event, NOW + 450_000) };
}

const healthy: Ports['store']['read'] = async (id) => ({ config: { ...CONFIG, id }, state: HEALTHY });
const tick = (id: string) => JSON.stringify({ credential: id, cause: 'schedule' });
const batch = (...events: SQSEvent[]): SQSEvent => ({ Records: events.flatMap(({ Records }) => Records) });

describe('the inbox', () => {
  it('tells each decision in one line and the readings of the credential once', async () => {
    const { handle, told, metrics } = inboxWith(healthy);
    expect(await handle(rawEvent(tick('kis-main'), 'kis-main', 'm-1'))).toEqual({ batchItemFailures: [] });
    expect(told).toEqual([
      {
        level: 'info',
        message: 'decision',
        fields: {
          credential: 'kis-main',
          cause: 'schedule',
          messageId: 'm-1',
          action: 'keep',
          reason: 'Fresh',
          next: '2026-11-19T23:00:00.000Z',
          generation: 41,
        },
      },
    ]);
    expect(metrics).toEqual([
      ['credential', 'kis-main', { secondsToExpiry: 46_800, headroom: 46_800, trouble: 0 }],
    ]);
  });

  it('a defect of our own fails the message, and those behind it in its group, but no other group', async () => {
    const { handle, told } = inboxWith(async (id) => {
      if (id === 'broken') throw new TypeError('a defect');
      return healthy(id);
    });
    const response = await handle(
      batch(
        rawEvent(tick('broken'), 'broken', 'm-1'),
        rawEvent(tick('kis-main'), 'kis-main', 'm-2'),
        rawEvent(tick('broken'), 'broken', 'm-3'),
      ),
    );
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }, { itemIdentifier: 'm-3' }]);
    expect(told.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'defect', fields: { credential: 'broken', messageId: 'm-1' } },
    ]);
  });

  it('a defect that failed all there was shows as an error of the function, without what it choked on', async () => {
    const { handle, told } = inboxWith(async () => {
      throw new SyntaxError('Unexpected token in "FAKE-SECRET"');
    });
    await expect(handle(rawEvent(tick('kis-main'), 'kis-main'))).rejects.toThrow(Defect);
    expect(told).toMatchObject([{ level: 'error', message: 'defect', fields: { defect: 'SyntaxError' } }]);
    expect(told[0]?.fields['at']).toEqual(expect.arrayContaining([expect.stringContaining('inbox.test.ts')]));
    expect(JSON.stringify(told)).not.toContain('FAKE-SECRET');
  });

  it('what is thrown and is no error is a defect as well', async () => {
    const { handle, told } = inboxWith(() => Promise.reject('a text'));
    await expect(handle(rawEvent(tick('kis-main'), 'kis-main'))).rejects.toThrow(Defect);
    expect(told).toMatchObject([{ fields: { defect: 'string', at: [] } }]);
  });

  it('AWS trouble names the call, the error and whether the message comes again', async () => {
    const trouble = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    const { handle, told, slept } = inboxWith(() => Promise.reject(new AwsTrouble('read /x', trouble)));
    const forced = rawEvent('{"credential":"kis-main","cause":"forced"}', 'kis-main', 'm-1');
    expect((await handle(forced)).batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(told).toHaveLength(slept.length + 1);
    expect((await handle(rawEvent(tick('kis-main'), 'kis-main'))).batchItemFailures).toEqual([]);
    expect(told[0]?.fields).toMatchObject({
      awsCode: 'ThrottlingException',
      problem: 'read /x: ThrottlingException: Rate exceeded',
      triedAgain: true,
    });
    expect(told.at(-1)?.fields).toMatchObject({ awsCode: 'ThrottlingException', triedAgain: false });
  });

  it('a request is tried again at longer and longer intervals, and given back to the queue in time', async () => {
    const trouble = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    const { handle, slept } = inboxWith(() => Promise.reject(new AwsTrouble('read /x', trouble)));
    await handle(rawEvent('{"credential":"kis-main","cause":"forced"}', 'kis-main'));
    expect(slept).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60].map((seconds) => seconds * 1000));
    expect(slept.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(450_000 - 45_000);
  });

  it('what only a person can mend is given back at once', async () => {
    const trouble = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    const { handle, slept } = inboxWith(() => Promise.reject(new AwsTrouble('read /x', trouble)));
    const forced = rawEvent('{"credential":"kis-main","cause":"forced"}', 'kis-main', 'm-1');
    expect((await handle(forced)).batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(slept).toEqual([]);
  });

  it('a defect says where to look', async () => {
    const { handle } = inboxWith(() => Promise.reject(new TypeError('a defect')));
    await expect(handle(rawEvent(tick('kis-main'), 'kis-main'))).rejects.toMatchObject({
      code: 'Defect',
      message: 'a message met a defect of the refresher: see the log line "defect"',
    });
  });

  const token: IssuedToken = {
    token: 'FAKE-new-token',
    tokenType: 'Bearer',
    issuedAt: NOW,
    expiresAt: NOW + 24 * HOUR,
  };
  const refused = (kind: BrokerErrorKind) => ({ issue: () => Promise.reject(new BrokerError(kind, 'no')) });
  const denied = new AwsTrouble('write', Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
  it.each<[outcome: string, level: string, broker: object, changes: PortChanges]>([
    ['published', 'info', { issue: async () => token }, {}],
    ['throttled', 'warn', refused('throttled'), {}],
    ['unavailable', 'warn', refused('unavailable'), {}],
    ['malformed', 'warn', refused('malformed'), {}],
    ['rejected', 'warn', refused('rejected'), {}],
    [
      'unpublished',
      'warn',
      { issue: async () => token },
      { store: { writeToken: () => Promise.reject(denied) } },
    ],
    [
      'unconfigured',
      'warn',
      {},
      { secrets: { read: () => Promise.reject(new Unconfigured('empty', 'v1')) } },
    ],
  ])('%s is told as %s', async (outcome, level, broker, changes) => {
    const published = { ...TOKEN, renewAt: NOW, expiresAt: NOW + HOUR };
    const due: Ports['store']['read'] = async (id) => ({
      config: { ...CONFIG, id },
      state: { ...HEALTHY, published },
    });
    const { handle, told } = inboxWith(
      due,
      { verify: async () => ({ is: 'alive' }), ...broker },
      {
        store: {
          writeState: async () => undefined,
          writeToken: async () => undefined,
          readToken: async () => 'FAKE-token',
          ...changes.store,
        },
        secrets: {
          read: async () => ({ key: { appkey: 'FAKE-key', secret: 'FAKE-secret' }, version: 'v1' }),
          ...changes.secrets,
        },
      },
    );
    await handle(rawEvent(tick('kis-main'), 'kis-main'));
    expect(told.find(({ fields }) => fields['outcome'] !== undefined)).toMatchObject({
      level,
      message: 'decision',
      fields: { outcome },
    });
  });

  it('a message in the group of another credential is refused', async () => {
    const { handle, told } = inboxWith(healthy);
    await handle(rawEvent(tick('kis-main'), 'kiwoom-main'));
    expect(told[0]?.fields['problems']).toBe(
      'the message group must be the credential "kis-main", got "kiwoom-main"',
    );
  });

  it('a message without a group is refused', async () => {
    const { handle, metrics, told } = inboxWith(healthy);
    const event = rawEvent(tick('kis-main'), 'kis-main');
    for (const record of event.Records) delete record.attributes.MessageGroupId;
    expect(await handle(event)).toEqual({ batchItemFailures: [] });
    expect(metrics).toEqual([['refused']]);
    expect(told[0]?.fields['problems']).toBe('the message group must be the credential "kis-main", got none');
  });

  it('an empty batch is no work', async () => {
    expect(await inboxWith(healthy).handle({ Records: [] })).toEqual({ batchItemFailures: [] });
  });
});
