import { describe, expect, it } from 'vitest';
import { createTokenReader } from '../../reader/create-token-reader.ts';
import { PausedError, TokenReaderError } from '../../reader/errors.ts';
import { HOUR, published, START, Store } from './harness.ts';

/** These tests apply only to the TypeScript reader. histories.json contains the tests of both readers. */
describe('The method get of the TypeScript reader', () => {
  it('returns the token with its expiry and generation from the state', async () => {
    const { store, reader } = published();
    expect(await reader.get()).toMatchObject({
      value: 'FAKE-token-1',
      generation: 1,
      expiresAt: START + 24 * HOUR,
      renewAt: START + 23 * HOUR,
    });
    expect(await reader.authorization()).toBe('Bearer FAKE-token-1');
    expect(store.reads).toEqual([['/broker-tokens/kis-main/token', '/broker-tokens/kis-main/state']]);
  });

  it('shares one read among a hundred simultaneous calls', async () => {
    const { store, reader } = published();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => reader.get()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(['FAKE-token-1']));
    expect(store.reads).toHaveLength(1);
  });

  it('stops waiting if a caller aborts the call, and continues the shared read for the other callers', async () => {
    const { store, reader } = published();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.beforeRead = () => promise;
    const controller = new AbortController();
    const aborted = reader.get({ signal: controller.signal });
    const other = reader.get();
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    resolve();
    expect((await other).value).toBe('FAKE-token-1');
    expect(store.reads).toHaveLength(1);
    await expect(reader.get({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  it('takes the clock offset of the SDK into account', async () => {
    const { store, reader } = published();
    store.now += 30 * HOUR;
    await expect(reader.get()).rejects.toMatchObject({ code: 'Expired' });
    store.clockOffset = -30 * HOUR;
    expect((await reader.get()).value).toBe('FAKE-token-1');
  });

  it('throws a PausedError with the code Paused if the credential is paused', async () => {
    const store = new Store();
    store.publish(1, { paused: true });
    const error: unknown = await store
      .reader()
      .get()
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(PausedError);
    expect(error).toBeInstanceOf(TokenReaderError);
    expect(error).toMatchObject({ name: 'PausedError', code: 'Paused', retryable: false });
  });
});

describe('createTokenReader', () => {
  it.each([
    [{ credential: 'KIS main' }, /credential must be an id.*"KIS main"/],
    [{}, /credential must be an id.*undefined.*BROKER_TOKENS_CREDENTIAL/],
    [{ credential: 'kis', prefix: 'broker' }, /prefix must be a path/],
    [{ credential: 'kis', pollInterval: 0 }, /pollInterval must be a number of milliseconds above 0, got 0/],
    [{ credential: 'kis', timeout: Number.NaN }, /timeout must be/],
  ])('rejects the options %j', (options, message) => {
    expect(() => createTokenReader(options)).toThrow(message);
  });
});
