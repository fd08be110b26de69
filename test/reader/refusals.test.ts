import { describe, expect, it } from 'vitest';
import { createTokenReader } from '../../reader/create-token-reader.ts';
import { SourceError } from '../../reader/source.ts';
import { DENIED, HOUR, MINUTE, published, refusal, START, Store } from './harness.ts';

describe('each reason for having no token is told apart, with what to do', () => {
  it.each<[string, (store: Store) => void, string, RegExp]>([
    [
      'no such credential, or nothing issued yet',
      (store) => store.values.clear(),
      'NoToken',
      /no credential "kis-main" is deployed.*or its first token/,
    ],
    [
      'no app key',
      (store) => {
        store.put('token', undefined);
        store.put(
          'state',
          JSON.stringify({
            version: 2,
            generation: 0,
            issues: [],
            attempt: { outcome: 'unconfigured', message: 'the secret is not JSON' },
          }),
        );
      },
      'Unconfigured',
      /put it into the secret.*the secret is not JSON/,
    ],
    [
      'revoked on request',
      (store) => store.publish(1, { paused: true }),
      'Paused',
      /until an operator resumes.*"cause":"forced"/,
    ],
    ['known to be dead', (store) => store.publish(1, { health: 'dead' }), 'Expired', /known to be dead/],
    [
      'expired',
      (store) => {
        store.now += 25 * HOUR;
      },
      'Expired',
      /expired at 2026-11-24T00:00:00.000Z. This machine's clock says 2026-11-24T01:00/,
    ],
    [
      'no grant at all',
      (store) => {
        store.trouble = { error: DENIED };
      },
      'AccessDenied',
      /ssm:GetParameters on arn:aws:ssm:<region>:<account>:parameter\/broker-tokens\/kis-main\/token/,
    ],
    [
      'no grant on the key',
      (store) => {
        store.trouble = { error: new SourceError('key', 'AccessDeniedException', 'KMS') };
      },
      'KeyDenied',
      /kms:Decrypt.*PARAMETER_ARN/,
    ],
    [
      'a wrong clock',
      (store) => {
        store.trouble = {
          error: new SourceError('clock', 'InvalidSignatureException', 'Signature not yet current'),
        };
      },
      'ClockSkew',
      /Set it by NTP/,
    ],
  ])('%s', async (_reason, arrange, code, says) => {
    const { store, reader } = published();
    arrange(store);
    const error = await refusal(reader.get());
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain('FAKE-token');
  });

  it.each<[string, (store: Store) => void]>([
    ['nothing is published', (store) => store.values.clear()],
    ['it is paused', (store) => store.publish(1, { paused: true })],
    ['it is dead', (store) => store.publish(1, { health: 'dead' })],
    [
      'nothing is granted',
      (store) => {
        store.trouble = { error: DENIED };
      },
    ],
  ])('%s: a program that asks in a loop reads every two seconds', async (_reason, arrange) => {
    const { store, reader } = published();
    arrange(store);
    for (let asked = 0; asked < 100; asked += 1) {
      await refusal(reader.get());
      store.now += 100;
    }
    const reads = store.reads.filter((names) => names.length === 2);
    expect(reads).toHaveLength(5);
    store.trouble = undefined;
    store.publish(2);
    expect((await reader.get()).generation).toBe(2);
  });

  it('an operator who pauses is obeyed although the cached token might live', async () => {
    const { store, reader } = published();
    await reader.get();
    store.now = START + 23 * HOUR + MINUTE;
    store.publish(1, { paused: true });
    expect(await refusal(reader.get())).toMatchObject({ code: 'Paused' });
  });
});

describe('a suspect token', () => {
  it('is handed out with its facts like a live one', async () => {
    const store = new Store();
    store.publish(1, { health: 'suspect' });
    const reader = store.reader();
    expect(await reader.get()).toMatchObject({ value: 'FAKE-token-1', generation: 1 });
    store.now += HOUR;
    await reader.get();
    expect(store.reads).toHaveLength(1);
  });
});

describe('what is not understood does not stop a consumer', () => {
  it.each([
    ['a state of a later version', '{"version":3,"health":"dead"}'],
    ['a state of version 1', '{"version":1,"dead":true}'],
    ['a damaged state', '{"version":2,"gener'],
    ['a state without instants', '{"version":2,"generation":4,"fingerprint":"abc"}'],
  ])('hands out the token without facts for %s', async (_what, state) => {
    const { store, reader } = published();
    store.put('state', state);
    expect(await reader.get()).toEqual({ value: 'FAKE-token-1' });
  });

  it('a clock that is behind does not keep a token for longer than a minute', async () => {
    const { store, reader } = published();
    store.now -= 3 * HOUR;
    await reader.get();
    store.now += MINUTE + 1;
    await reader.get();
    expect(store.reads).toHaveLength(2);
  });

  it('a clock that the SDK has found wrong is corrected', async () => {
    const { store, reader } = published();
    store.now += 30 * HOUR;
    expect(await refusal(reader.get())).toMatchObject({ code: 'Expired' });
    store.clockOffset = -30 * HOUR;
    expect((await reader.get()).value).toBe('FAKE-token-1');
  });
});

describe('bad options are refused at once', () => {
  it.each([
    [{ credential: 'KIS main' }, /credential must be an id.*"KIS main"/],
    [{}, /credential must be an id.*undefined.*BROKER_TOKENS_CREDENTIAL/],
    [{ credential: 'kis', prefix: 'broker' }, /prefix must be a path/],
    [{ credential: 'kis', pollInterval: 0 }, /pollInterval must be a number of milliseconds above 0, got 0/],
    [{ credential: 'kis', timeout: Number.NaN }, /timeout must be/],
  ])('%j', (options, says) => {
    expect(() => createTokenReader(options)).toThrow(says);
  });
});
