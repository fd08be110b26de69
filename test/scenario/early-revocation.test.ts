import { afterEach, describe, expect, it } from 'vitest';
import { names } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation, trace } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const kiwoom = { id: 'kiwoom-main', broker: 'kiwoom' } as const;

let operation: Operation;
afterEach(() => operation.stop());

async function begin(...args: Parameters<typeof Operation.start>): Promise<Operation> {
  operation = await Operation.start(...args);
  return operation;
}

describe('renewEarly "revoke" at a broker that returns one token until its expiry', () => {
  it('changes the token outside of sessions, without a gap', async () => {
    const { world } = await begin({
      start: START,
      credentials: [{ ...kiwoom, renewEarly: 'revoke', sessions: [{ preset: 'nxt' }] }],
      kiwoom: { reissue: 'same-token' },
    });
    const lines = await operation.run('kiwoom-main', START + 48 * HOUR);
    // Within the lead of the session the broker may be asked without a verify call.
    const changes = trace(lines).filter((line) => !line.startsWith('verify BeforeCall'));
    expect(changes.slice(0, 7)).toEqual([
      'issue Missing published',
      'issue NearExpiry unchanged',
      'wait TooSoon',
      'revoke NearExpiry revoked',
      'issue TokenDead published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(world.deadSpans('kiwoom-main')).toEqual([]);
    const hours = world.aws
      .parameterVersions(names('kiwoom-main').token)
      .slice(1)
      .map(({ modifiedAt }) => new Date(modifiedAt + 9 * HOUR).getUTCHours());
    for (const hour of hours) expect(hour < 8 || hour >= 20).toBe(true);
  });

  it.each(['throttling', 'internal-error', 'access-denied'] as const)(
    'does not mark a token as dead that cannot be read to be revoked: %s',
    async (kind) => {
      const { world } = await begin({
        start: START,
        credentials: [{ ...kiwoom, renewEarly: 'revoke' }],
        kiwoom: { reissue: 'same-token' },
      });
      await operation.run('kiwoom-main', START + HOUR);
      world.clock.set(START + 23 * HOUR + MINUTE);
      const { token } = names('kiwoom-main');
      const repair = world.aws.faults.add({ kind, operation: 'GetParameter', name: token });
      expect((await operation.tick('kiwoom-main')).state?.published?.health).not.toBe('dead');
      repair();
      // A revocation that could not be made is tried again after 15 minutes.
      await operation.run('kiwoom-main', world.clock.now() + 20 * MINUTE);
      expect(operation.state('kiwoom-main')).toMatchObject({ generation: 2 });
      expect(world.deadSpans('kiwoom-main')).toEqual([]);
    },
  );

  it('waits while the broker does not answer, and revokes at the next tick', async () => {
    const { world } = await begin({
      start: START,
      credentials: [{ ...kiwoom, renewEarly: 'revoke' }],
      kiwoom: { reissue: 'same-token' },
    });
    await operation.run('kiwoom-main', START + HOUR);
    world.clock.set(START + 23 * HOUR + MINUTE);
    world.kiwoom.set({ outage: 'hang' });
    const { lines, state } = await operation.tick('kiwoom-main');
    expect(trace(lines)).toEqual(['verify BeforeCall unreachable', 'wait BrokerUnhealthy']);
    expect(world.kiwoom.isAlive(world.published('kiwoom-main').token ?? '')).toBe(true);
    expect(state).toMatchObject({ generation: 1, published: { health: 'live' } });
    world.kiwoom.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    const next = await operation.tick('kiwoom-main');
    expect(trace(next.lines)).toEqual([
      'verify BeforeCall alive',
      'issue NearExpiry unchanged',
      'wait TooSoon',
      'revoke NearExpiry revoked',
      'issue TokenDead published',
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    for (const { from, to } of world.deadSpans('kiwoom-main')) expect(to - from).toBeLessThanOrEqual(2000);
  });

  it('replaces a revoked token at once although the state cannot be written for a moment', async () => {
    const { world } = await begin({
      start: START,
      credentials: [{ ...kiwoom, renewEarly: 'revoke' }],
      kiwoom: { reissue: 'same-token' },
    });
    await operation.run('kiwoom-main', START + HOUR);
    world.clock.set(START + 23 * HOUR + MINUTE);
    operation.killer = (step) => {
      if (step !== 'after broker.revoke') return;
      const { state } = names('kiwoom-main');
      world.aws.faults.add({ kind: 'throttling', operation: 'PutParameter', name: state, times: 3 });
    };
    expect((await operation.tick('kiwoom-main')).state).toMatchObject({ generation: 2 });
    for (const { from, to } of world.deadSpans('kiwoom-main')) expect(to - from).toBeLessThanOrEqual(3000);
  });

  it('issues a token for a key that was replaced without an event within an hour, and revokes nothing', async () => {
    const { world } = await begin({
      start: START,
      credentials: [{ ...kiwoom, renewEarly: 'revoke' }],
      kiwoom: { reissue: 'same-token' },
    });
    await operation.run('kiwoom-main', START + 2 * HOUR);
    const next = { appkey: 'FAKEkiwoomNextKey', secret: 'FAKE-next-secretkey' };
    world.kiwoom.setKeys([...world.kiwoom.keys, next]);
    // Without an event: the hourly check of the secret's version finds it.
    world.putSecret('kiwoom', next);
    const lines = await operation.run('kiwoom-main', START + 3 * HOUR);
    expect(trace(lines)).toEqual(['issue CredentialsChanged published']);
    expect(world.kiwoom.count('revoke')).toBe(0);
    expect(world.deadSpans('kiwoom-main')).toEqual([]);
    expect(operation.lastReadings('kiwoom-main')?.failureLevel).toBe(0);
  });

  it('replaces the token within two seconds of its expiry when the budget allows no revocation', async () => {
    const { world } = await begin({
      start: START,
      credentials: [{ ...kiwoom, renewEarly: 'revoke', maxIssuesPerDay: 2 }],
      kiwoom: { reissue: 'same-token' },
    });
    await operation.tick('kiwoom-main');
    // The token expires between two ticks.
    world.clock.advance(2.5 * MINUTE);
    await operation.run('kiwoom-main', START + 24 * HOUR + 10 * MINUTE);
    expect(world.kiwoom.count('revoke')).toBe(0);
    const spans = world.deadSpans('kiwoom-main');
    expect(spans).toHaveLength(1);
    for (const { from, to } of spans) expect(to - from).toBeLessThanOrEqual(2000);
  });
});
