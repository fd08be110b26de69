import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { names, type WorldOptions } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation } from './operation.ts';

/**
 * The crash matrix: an invocation is killed before and after every single call it makes to the world –
 * the points are counted in a run that nobody kills, not listed – and then ticks go on.
 */
const START = Date.parse('2026-11-23T09:00:00+09:00');

interface Broker {
  readonly id: string;
  readonly options: Omit<WorldOptions, 'start'>;
  readonly minimumInterval: number;
}

const kis = { id: 'kis-main', broker: 'kis' } as const;
const kiwoom = { id: 'kiwoom-main', broker: 'kiwoom' } as const;

const BROKERS: readonly (readonly [name: string, Broker])[] = [
  ['KIS', { id: 'kis-main', options: { credentials: [kis] }, minimumInterval: 61_000 }],
  [
    'KIS, a new token kills the old one',
    {
      id: 'kis-main',
      options: { credentials: [kis], kis: { newTokenKillsOld: true } },
      minimumInterval: 61_000,
    },
  ],
  [
    'Kiwoom that keeps one token to its end',
    {
      id: 'kiwoom-main',
      options: { credentials: [kiwoom], kiwoom: { reissue: 'same-token' } },
      minimumInterval: 2_000,
    },
  ],
  [
    'Kiwoom that supersedes',
    {
      id: 'kiwoom-main',
      options: { credentials: [kiwoom], kiwoom: { reissue: 'supersede' } },
      minimumInterval: 2_000,
    },
  ],
  [
    'Kiwoom, renewed early by revoking',
    {
      id: 'kiwoom-main',
      options: { credentials: [{ ...kiwoom, renewEarly: 'revoke' }], kiwoom: { reissue: 'same-token' } },
      minimumInterval: 2_000,
    },
  ],
];

interface Situation {
  readonly message: (id: string) => InboxMessage;
  /** Brings the world into the situation. */
  readonly prepare: (operation: Operation, id: string) => Promise<void>;
}

const tick = (credential: string): InboxMessage => ({ credential, cause: 'schedule' });
async function withToken(operation: Operation, id: string, age: number): Promise<void> {
  await operation.send(tick(id));
  operation.world.clock.advance(age);
}

const SITUATIONS: readonly (readonly [name: string, Situation])[] = [
  ['the first token', { message: tick, prepare: async () => {} }],
  ['a renewal', { message: tick, prepare: (operation, id) => withToken(operation, id, 23 * HOUR) }],
  ['an expired token', { message: tick, prepare: (operation, id) => withToken(operation, id, 25 * HOUR) }],
  [
    'a forced refresh',
    {
      message: (credential) => ({ credential, cause: 'forced' }),
      prepare: (operation, id) => withToken(operation, id, 7 * HOUR),
    },
  ],
  [
    'a revocation',
    {
      message: (credential) => ({ credential, cause: 'revoke' }),
      prepare: (operation, id) => withToken(operation, id, 7 * HOUR),
    },
  ],
  [
    'a report on a dead token',
    {
      message: (credential) => ({ credential, cause: 'rejected', generation: 1 }),
      prepare: async (operation, id) => {
        await withToken(operation, id, 7 * HOUR);
        operation.world.broker(id).kill(operation.world.published(id).token ?? '');
      },
    },
  ],
];

/** Lives one situation, killed at the given point or not at all. */
async function live(
  { id, options }: Broker,
  { prepare, message }: Situation,
  killAt?: number,
  redeliveredAfter = 15 * MINUTE,
) {
  const operation = await Operation.start({ start: START, ...options });
  try {
    await prepare(operation, id);
    const issuesBefore = operation.world.broker(id).count('issue');
    const points: string[] = [];
    operation.killer = (step) => {
      points.push(step);
      if (points.length - 1 === killAt) throw new Error(`killed ${step}`);
    };
    const died = await operation.send(message(id), 'message-of-the-day').then(
      ({ response }) => response.batchItemFailures.length > 0,
      () => true,
    );
    operation.killer = () => {};
    operation.coldStart();
    // What failed is delivered again; ticks go on.
    operation.world.clock.advance(redeliveredAfter);
    if (died) await operation.send(message(id), 'message-of-the-day');
    for (let i = 0; i < 2; i++) {
      operation.world.clock.advance(5 * MINUTE);
      await operation.tick(id);
    }
    return { died, points, world: operation.world, state: operation.state(id), issuesBefore };
  } finally {
    await operation.stop();
  }
}

type Ending = Awaited<ReturnType<typeof live>>;

function problemsOf(ending: Ending, calm: Ending, { id, minimumInterval }: Broker): string[] {
  const { world, state, issuesBefore } = ending;
  const broker = world.broker(id);
  const problems: string[] = [];
  const { token = '' } = world.published(id);

  if (!broker.isAlive(token)) problems.push('the published token is dead');
  if (state?.published?.fingerprint !== fingerprint(token)) problems.push('state and token do not match');
  if (state?.published?.health !== 'live')
    problems.push(`the published token is ${state?.published?.health}`);
  if (state?.pending) problems.push('a request is still pending');

  const calls = broker.calls.filter(({ kind }) => kind === 'issue');
  for (const [index, { at }] of calls.entries()) {
    const gap = at - (calls[index - 1]?.at ?? Number.NEGATIVE_INFINITY);
    if (gap < minimumInterval) problems.push(`two calls ${gap} ms apart`);
  }
  const more = calls.length - issuesBefore - (calm.world.broker(id).count('issue') - calm.issuesBefore);
  if (more > 1) problems.push(`${more} calls more than without the crash`);

  const order = broker.tokens.map((record) => record.token);
  const versions = world.aws.parameterVersions(names(id).token);
  for (const [index, { value, modifiedAt }] of versions.entries()) {
    if (!broker.isAlive(value, modifiedAt)) problems.push('a dead token was published');
    const before = versions[index - 1];
    if (before && order.indexOf(value) < order.indexOf(before.value))
      problems.push('an older token was published');
  }
  return problems;
}

describe.each(BROKERS)('%s: killed anywhere, the next two ticks converge', (_name, broker) => {
  // The visibility timeout is 15 minutes; an operator may make a message visible at once.
  const cases = SITUATIONS.flatMap(([name, situation]) =>
    [900, 1].map((seconds) => [name, seconds, situation] as const),
  );
  it.each(cases)(
    'in %s, delivered again after %i s',
    async (_situation, seconds, situation) => {
      const calm = await live(broker, situation);
      expect(calm.died).toBe(false);
      expect(problemsOf(calm, calm, broker)).toEqual([]);
      expect(calm.points.length).toBeGreaterThan(5);
      const broken: unknown[] = [];
      for (const [point, step] of calm.points.entries()) {
        const ending = await live(broker, situation, point, seconds * 1000);
        expect(ending.died).toBe(true);
        const problems = problemsOf(ending, calm, broker);
        if (problems.length > 0) broken.push({ point, step, problems });
      }
      expect(broken).toEqual([]);
    },
    60_000,
  );
});
