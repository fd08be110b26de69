import { describe, expect, it } from 'vitest';
import { sourceError } from '../../reader/source.ts';
import { DENIED, HOUR, MINUTE, published, refusal, START, Store, THROTTLED } from './harness.ts';

describe('get', () => {
  it('hands out the token with its facts, after one read of both parameters', async () => {
    const { store, reader } = published();
    const token = await reader.get();
    expect(token).toMatchObject({
      value: 'FAKE-token-1',
      generation: 1,
      expiresAt: START + 24 * HOUR,
      renewAt: START + 23 * HOUR,
    });
    expect(await reader.authorization()).toBe('Bearer FAKE-token-1');
    expect(store.reads).toEqual([['/broker-tokens/kis-main/token', '/broker-tokens/kis-main/state']]);
  });

  it('reads nothing until a renewal is due, and then every 30 seconds until the generation moves', async () => {
    const { store, reader } = published();
    await reader.get();
    for (store.now = START; store.now < START + 23 * HOUR; store.now += MINUTE) await reader.get();
    expect(store.reads).toHaveLength(1);
    for (; store.now < START + 23 * HOUR + 2 * MINUTE; store.now += 1000) await reader.get();
    expect(store.reads).toHaveLength(4);
    store.publish(2);
    for (; store.now < START + 23 * HOUR + 10 * MINUTE; store.now += 1000) await reader.get();
    expect(store.reads).toHaveLength(5);
    expect((await reader.get()).generation).toBe(2);
  });

  it('a hundred calls at once share one read', async () => {
    const { store, reader } = published();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => reader.get()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(['FAKE-token-1']));
    expect(store.reads).toHaveLength(1);
  });

  it('an aborted call ends its own waiting only', async () => {
    const { store, reader } = published();
    let go = () => {};
    store.before = () =>
      new Promise((resolve) => {
        go = resolve;
      });
    const controller = new AbortController();
    const aborted = refusal(reader.get({ signal: controller.signal }));
    const other = reader.get();
    controller.abort(new Error('enough'));
    expect((await aborted).message).toBe('enough');
    go();
    expect((await other).value).toBe('FAKE-token-1');
    expect(store.reads).toHaveLength(1);
    expect((await refusal(reader.get({ signal: AbortSignal.abort(new Error('before')) }))).message).toBe(
      'before',
    );
  });

  it('a token and a state of different generations are read once more', async () => {
    const { store, reader } = published();
    store.put('token', 'FAKE-token-2');
    store.before = () => {
      if (store.reads.length === 2) store.publish(2);
    };
    expect(await reader.get()).toMatchObject({ value: 'FAKE-token-2', generation: 2 });
    expect(store.reads).toHaveLength(2);
  });

  it('if the state stays behind, the newer token is handed out without facts', async () => {
    const { store, reader } = published();
    store.put('token', 'FAKE-token-2');
    expect(await reader.get()).toEqual({ value: 'FAKE-token-2' });
  });

  it('asks again for a token that lives long enough, and says so if there is none', async () => {
    const { store, reader } = published();
    await reader.get();
    store.now = START + 22 * HOUR;
    const enough = 3 * HOUR;
    expect(await refusal(reader.get({ minRemaining: enough }))).toMatchObject({
      code: 'TooShort',
      retryable: true,
    });
    store.publish(2);
    store.now += 31_000;
    expect((await reader.get({ minRemaining: enough })).generation).toBe(2);
  });
});

describe('while Parameter Store is in trouble', () => {
  it('the cached token is handed out until its end, and looked for every 30 seconds', async () => {
    const { store, reader } = published();
    await reader.get();
    store.trouble = { error: THROTTLED };
    store.now = START + 23 * HOUR + MINUTE;
    for (; store.now < START + 24 * HOUR; store.now += 10_000)
      expect((await reader.get()).value).toBe('FAKE-token-1');
    expect(store.reads.length).toBeLessThan(125);
    expect(await refusal(reader.get())).toMatchObject({ code: 'Unavailable', retryable: true });
  });

  it.each([
    'CredentialsProviderError',
    'ExpiredTokenException',
    'AccessDeniedException',
    'KMSDisabledException',
  ])('so it is whatever stands in the way: %s', async (awsCode) => {
    const { store, reader } = published();
    await reader.get();
    store.now = START + 23 * HOUR + MINUTE;
    store.trouble = { error: sourceError(awsCode, 'FAKE') };
    expect((await reader.get()).value).toBe('FAKE-token-1');
  });

  it.each(['CredentialsProviderError', 'ExpiredTokenException', 'UnrecognizedClientException'])(
    'a moment without credentials (%s) is not taken for a role that may not read the state',
    async (awsCode) => {
      const { store, reader } = published();
      store.trouble = { error: sourceError(awsCode, 'FAKE') };
      expect(await refusal(reader.get())).toMatchObject({ code: 'Unavailable', retryable: true });
      store.trouble = undefined;
      expect((await reader.get()).generation).toBe(1);
      expect(store.reads).toHaveLength(2);
    },
  );

  it('without anything cached the error says what could not be read', async () => {
    const store = new Store();
    store.trouble = { error: THROTTLED };
    const { message } = await refusal(store.reader().get());
    expect(message).toBe(
      '/broker-tokens/kis-main/token could not be read: ThrottlingException: Rate exceeded',
    );
  });
});

describe('with a grant on the token alone', () => {
  it('the token is handed out without facts, and read again when it is a minute old', async () => {
    const { store, reader } = published();
    store.trouble = { error: DENIED, name: '/state' };
    expect(await reader.get()).toEqual({ value: 'FAKE-token-1' });
    store.publish(2);
    store.now += MINUTE - 1;
    expect((await reader.get()).value).toBe('FAKE-token-1');
    store.now += 1;
    expect((await reader.get()).value).toBe('FAKE-token-2');
    expect(store.reads.map((names) => names.length)).toEqual([2, 1, 1]);
  });

  it('an old token is handed out for an hour while Parameter Store does not answer', async () => {
    const { store, reader } = published();
    store.put('state', undefined);
    await reader.get();
    store.trouble = { error: THROTTLED };
    store.now += HOUR - 1;
    expect((await reader.get()).value).toBe('FAKE-token-1');
    store.now += HOUR;
    expect(await refusal(reader.get())).toMatchObject({ code: 'Unavailable' });
  });
});
