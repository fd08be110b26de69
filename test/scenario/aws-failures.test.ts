import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { names, rawEvent } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation, trace } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const { token: TOKEN, state: STATE, config: CONFIG } = names('kis-main');

let operation: Operation;
beforeEach(async () => {
  operation = await Operation.start({ start: START, credentials: [{ id: 'kis-main', broker: 'kis' }] });
});
afterEach(() => operation.stop());

const failures = (count: number) =>
  expect.objectContaining({ batchItemFailures: expect.toSatisfy((x: unknown[]) => x.length === count) });

describe('AWS before a decision', () => {
  it('a tick is let go: the next one comes', async () => {
    const { world } = operation;
    world.aws.faults.add({ kind: 'throttling', operation: 'GetParameters' });
    const { response } = await operation.tick('kis-main');
    expect(response).toEqual(failures(0));
    expect(operation.log.at(-1)).toMatchObject({
      level: 'error',
      message: 'AWS error',
      fields: { credential: 'kis-main', awsCode: 'ThrottlingException', retried: false },
    });
    expect(world.kis.calls).toEqual([]);
  });

  it.each(['forced', 'credentials-changed', 'revoke'] as const)(
    '%s is tried again, so that nothing is lost',
    async (cause) => {
      operation.world.aws.faults.add({ kind: 'internal-error', operation: 'GetParameters' });
      const { response } = await operation.send({ credential: 'kis-main', cause });
      expect(response).toEqual(failures(1));
    },
  );

  it('a report in a moment of trouble does not keep the ticks waiting for the visibility timeout', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.set(START + 22 * HOUR);
    world.aws.faults.add({ kind: 'internal-error', operation: 'GetParameters', times: 3 });
    const { response, lines } = await operation.send({
      credential: 'kis-main',
      cause: 'rejected',
      generation: 1,
    });
    expect(response).toEqual(failures(0));
    expect(trace(lines)).toEqual(['verify Suspect alive', 'keep StillAlive']);
    expect(operation.slept).toEqual([2000, 4000, 8000]);
  });

  it('a secret that cannot be read for a moment is no reason to call a person', async () => {
    const { world } = operation;
    world.aws.faults.add({ kind: 'throttling', operation: 'GetSecretValue', times: 1 });
    const { response } = await operation.tick('kis-main');
    expect(response).toEqual(failures(0));
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 1 });
    expect(world.published('kis-main').state).toBeUndefined();
  });

  it('a secret that may not be read is', async () => {
    operation.world.aws.faults.add({ kind: 'access-denied', operation: 'GetSecretValue' });
    const { state } = await operation.tick('kis-main');
    expect(state?.attempt).toMatchObject({ outcome: 'unconfigured' });
    expect(state?.attempt?.message).toContain('AccessDenied');
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
  });

  it('without its stamp in the state no broker is called', async () => {
    const { world } = operation;
    const repair = world.aws.faults.add({ kind: 'access-denied', operation: 'PutParameter', name: STATE });
    expect((await operation.tick('kis-main')).response).toEqual(failures(0));
    expect((await operation.send({ credential: 'kis-main', cause: 'forced' })).response).toEqual(failures(1));
    expect(world.kis.calls).toEqual([]);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
    repair();
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(['issue Missing published']);
  });
});

describe('AWS after the call', () => {
  it('a token that may not be stored: the old one stays, the new one is fetched again', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    const { token } = world.published('kis-main');
    world.clock.set(START + 23 * HOUR);
    const repair = world.aws.faults.add({ kind: 'kms-access-denied', operation: 'PutParameter' });
    const { state } = await operation.tick('kis-main');
    expect(state?.attempt).toMatchObject({ outcome: 'unpublished', failures: 1 });
    expect(world.published('kis-main').token).toBe(token);
    repair();
    await operation.run('kis-main', START + 23 * HOUR + 10 * MINUTE);
    expect(world.published('kis-main').state).toMatchObject({ generation: 2 });
    // The broker's reuse rule gave the very token that could not be stored.
    expect(world.kis.tokens).toHaveLength(2);
    expect(world.published('kis-main').token).toBe(world.kis.tokens[1]?.token);
    expect(world.deadSpans('kis-main')).toEqual([]);
  });

  it('reports action required when AWS refuses to store a token, and from the third refusal in a row on', async () => {
    const { world } = operation;
    world.aws.faults.add({ kind: 'kms-error', operation: 'PutParameter', name: TOKEN });
    await operation.run('kis-main', START);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
    await operation.run('kis-main', START + 10 * MINUTE);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 1 });
    await operation.run('kis-main', START + 40 * MINUTE);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
    const asked = world.kis.calls.map(({ at }) => Math.round((at - START) / MINUTE));
    expect(asked.slice(0, 4)).toEqual([0, 5, 20, 35]);
  });

  it('a state that may not be written after the token: interrupted, and mended at the next tick', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.set(START + 23 * HOUR);
    let writes = 0;
    const { response } = await failing(() => {
      writes += 1;
      return writes >= 2;
    });
    expect(response).toEqual(failures(0));
    expect(operation.state('kis-main')?.attempt).toMatchObject({ outcome: 'started' });
    world.clock.advance(5 * MINUTE);
    const { lines, state } = await operation.tick('kis-main');
    expect(trace(lines)).toEqual([
      'issue ParameterLost published',
      'verify Suspect alive',
      'keep StillAlive',
    ]);
    expect(state).toMatchObject({ generation: 2, pending: undefined });
    expect(world.kis.tokens).toHaveLength(2);
    // The parameter never goes back from the new token to the old one.
    const [old, next] = world.kis.tokens.map(({ token }) => token);
    const values = world.aws.parameterVersions(TOKEN).map(({ value }) => value);
    expect(values.slice(values.indexOf(next ?? '')).filter((value) => value === old)).toEqual([]);
  });

  /** A forced refresh in which chosen writes of the state fail. */
  async function failing(fails: () => boolean) {
    const { aws } = operation.world;
    const handle = aws.faults.strike.bind(aws.faults);
    aws.faults.strike = (name, on) =>
      name === 'PutParameter' && on.includes(STATE) && fails() ? 'access-denied' : handle(name, on);
    const result = await operation.send({ credential: 'kis-main', cause: 'forced' });
    aws.faults.strike = handle;
    return result;
  }

  it('keeps the result of an issue call when AWS then refuses to read the token for its verify call', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.set(START + 23 * HOUR);
    world.kis.set({ refuseData: 'EGW00201' });
    operation.killer = (step) => {
      if (step !== 'after store.writeToken') return;
      world.aws.faults.add({ kind: 'throttling', operation: 'GetParameter', times: 1 });
    };
    await operation.send({ credential: 'kis-main', cause: 'rejected', generation: 1 });
    operation.killer = () => {};
    expect(world.published('kis-main').token).toBe(world.kis.tokens[1]?.token);
    expect(operation.state('kis-main')).toMatchObject({ generation: 2, attempt: { outcome: 'published' } });
  });

  it('a write that succeeded but answered with an error publishes no dead token', async () => {
    const { world } = operation;
    world.aws.faults.add({ kind: 'written-but-error', operation: 'PutParameter', name: TOKEN, times: 1 });
    await operation.run('kis-main', START + 10 * MINUTE);
    expect(world.published('kis-main').state).toMatchObject({ generation: 1 });
    expect(world.kis.isAlive(world.published('kis-main').token ?? '')).toBe(true);
  });

  it('a read that is older than our own write is not believed', async () => {
    const { world } = operation;
    world.aws.putParameter(CONFIG, world.aws.parameter(CONFIG)?.value ?? '');
    await operation.tick('kis-main');
    world.clock.advance(10_000);
    world.aws.faults.add({ kind: 'stale-read', operation: 'GetParameters' });
    const { lines } = await operation.send({ credential: 'kis-main', cause: 'forced' });
    expect(lines).toMatchObject([{ action: 'wait', reason: 'TooSoon' }]);
    expect(world.kis.count('issue')).toBe(1);
  });
});

describe('what somebody else wrote', () => {
  it('a state edited into nonsense is rebuilt with one call, and no call too soon', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.advance(10_000);
    world.aws.putParameter(STATE, 'oops');
    const { lines } = await operation.tick('kis-main');
    expect(lines[0]).toMatchObject({ action: 'wait', reason: 'TooSoon' });
    world.clock.advance(5 * MINUTE);
    const { state } = await operation.tick('kis-main');
    expect(state).toMatchObject({ generation: 1, attempt: { outcome: 'published' } });
    expect(world.kis.tokens).toHaveLength(1);
  });

  it('a nonsense state is not tidied up by a message that calls nobody', async () => {
    const { world } = operation;
    world.clock.advance(10_000);
    world.aws.putParameter(STATE, 'oops');
    await operation.send({ credential: 'kis-main', cause: 'forced' });
    expect(world.kis.count('issue')).toBe(1);
  });

  it('publishes the token again at the next tick if its parameter was deleted', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.aws.deleteParameter(TOKEN);
    world.clock.advance(5 * MINUTE);
    const { lines } = await operation.tick('kis-main');
    expect(trace(lines)).toEqual(['restore ParameterChanged', 'issue ParameterLost unchanged']);
    expect(world.published('kis-main').token).toBe(world.kis.tokens[0]?.token);
    expect(world.kis.tokens).toHaveLength(1);
  });

  it('keeps the token and requires action while the config cannot be read', async () => {
    await operation.tick('kis-main');
    operation.world.aws.putParameter(CONFIG, '{"version":2}');
    expect((await operation.tick('kis-main')).response).toEqual(failures(0));
    expect(operation.log.at(-1)).toMatchObject({
      message: 'unreadable config',
      fields: { code: 'UnreadableConfig', problem: expect.stringContaining(CONFIG) },
    });
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2, secondsToExpiry: 86_400 });
    expect(operation.world.kis.count('issue')).toBe(1);
  });
});

describe('messages that make no sense', () => {
  it.each([
    ['not JSON', 'hello', 'kis-main'],
    ['an empty object', '{}', 'kis-main'],
    ['an unknown cause', '{"credential":"kis-main","cause":"sell everything"}', 'kis-main'],
    ['a report without its generation', '{"credential":"kis-main","cause":"rejected"}', 'kis-main'],
    ['an unknown credential', '{"credential":"nobody","cause":"schedule"}', 'nobody'],
    ['another group', '{"credential":"kis-main","cause":"schedule"}', 'kiwoom-main'],
    ['an id that is none', '{"credential":"../kis","cause":"schedule"}', '../kis'],
  ])('%s: refused, counted, dropped, and nobody is called', async (_kind, body, group) => {
    const response = await operation.deliver(rawEvent(body, group));
    expect(response).toEqual(failures(0));
    expect(operation.refused).toBe(1);
    expect(operation.log).toMatchObject([{ level: 'warn', message: 'refused message' }]);
    expect(operation.world.kis.calls).toEqual([]);
  });
});
