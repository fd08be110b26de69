import { createHash, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { HOUR, MINUTE, Operation } from '../scenario/operation.ts';
import { BOTH_BROKERS, findNamedResource, KIS, KIWOOM, templateOf } from './synth.ts';

interface Queue {
  readonly ContentBasedDeduplication?: boolean;
  readonly DeduplicationScope?: 'queue' | 'messageGroup';
}

/** The properties of a queue and of its tick messages that affect SQS deduplication. */
interface Settings {
  readonly queue: Queue;
  /** Returns the body of a tick with the context attributes that EventBridge Scheduler replaces. */
  readonly tick: (credential: string) => string;
}

/**
 * A FIFO queue with content-based deduplication. The body of a tick has no random id, so a consumer can send the
 * same body in advance, and SQS then drops the tick as a duplicate.
 */
const PLAIN: Settings = {
  queue: { ContentBasedDeduplication: true },
  tick: (credential) =>
    JSON.stringify({ credential, cause: 'schedule', at: '<aws.scheduler.scheduled-time>' }),
};

const template = templateOf(BOTH_BROKERS);
const STACK: Settings = {
  queue: findNamedResource(template, 'AWS::SQS::Queue', 'QueueName', 'BrokerTokens-inbox.fifo')[1].Properties,
  tick: (credential) => {
    const [, { Properties }] = findNamedResource(template, 'AWS::Scheduler::Schedule', 'Name', credential);
    return (Properties['Target'] as { Input: string }).Input;
  },
};

interface Message {
  readonly group: string;
  readonly body: string;
  /** Without a deduplication id, SQS uses the SHA-256 hash of the body. */
  readonly deduplicationId?: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * Returns whether SQS delivers the last message if all messages arrive within the deduplication interval of
 * five minutes.
 */
function delivers({ DeduplicationScope: scope = 'queue' }: Queue, messages: readonly Message[]): boolean {
  const keys = messages.map(({ group, body, deduplicationId = sha256(body) }) =>
    scope === 'queue' ? deduplicationId : `${group} ${deduplicationId}`,
  );
  return keys.indexOf(keys.at(-1) ?? '') === keys.length - 1;
}

const TIME = '2026-11-23T00:05:00Z';

/** Replaces the context attributes in a tick, as EventBridge Scheduler does when it sends the tick. */
function execute(tick: string, executionId: string = randomUUID()): string {
  return tick
    .replace('<aws.scheduler.scheduled-time>', TIME)
    .replace('<aws.scheduler.execution-id>', executionId);
}

/** Creates a rejection report with a message group and a deduplication id that its sender can choose. */
function report(group: string, deduplicationId: string): Message {
  return { group, deduplicationId, body: '{"credential":"kiwoom-paper","cause":"rejected","generation":1}' };
}

test.for([
  ['a plain FIFO queue does not deliver a tick', PLAIN, false],
  ['the inbox delivers a tick', STACK, true],
] as const)(
  '%s after a report whose sender chose the deduplication id of the expected tick',
  ([, settings, delivered]) => {
    const tick = { group: KIS.id, body: execute(settings.tick(KIS.id)) };
    for (const group of [KIS.id, KIWOOM.id]) {
      const attack = report(group, sha256(execute(settings.tick(KIS.id), 'guessed')));
      expect(delivers(settings.queue, [attack, tick])).toBe(delivered);
    }
  },
);

test.for([
  ['a plain FIFO queue deduplicates', PLAIN, false],
  ['the inbox does not deduplicate', STACK, true],
] as const)(
  '%s a message with the deduplication id of a message of a different credential',
  ([, { queue }, delivered]) => {
    const message = { group: KIS.id, body: '{}', deduplicationId: 'known' };
    expect(delivers(queue, [report(KIWOOM.id, 'known'), message])).toBe(delivered);
  },
);

test('the inbox queue applies its throughput limit and its deduplication to each message group separately', () => {
  expect(STACK.queue).toMatchObject({
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
});

test('the refresher issues only one token if it receives the same tick message twice', async () => {
  const operation = await Operation.start({
    start: Date.parse('2026-11-23T09:00:00+09:00'),
    credentials: [{ id: KIS.id, broker: 'kis', renewBeforeSeconds: 3600, sessions: [] }],
  });
  try {
    await operation.tick(KIS.id);
    const { clock, kis } = operation.world;
    const before = kis.tokens.length;
    clock.set(clock.now() + 23 * HOUR + MINUTE);
    await operation.tick(KIS.id);
    await operation.tick(KIS.id);
    expect(kis.tokens.length).toBe(before + 1);
  } finally {
    await operation.stop();
  }
});
