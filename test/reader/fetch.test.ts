import { describe, expect, it } from 'vitest';
import { isTokenRejection } from '../../reader/rejection.ts';
import { broker, kisDead, kiwoomDead, MINUTE, Store } from './harness.ts';

function setUp(takes: (token: string) => boolean, dead = kisDead) {
  const store = new Store();
  store.publish(1);
  const { seen, fetch } = broker(takes, dead);
  const reports: [string, number][] = [];
  const report = {
    report: async (credential: string, generation: number) => {
      reports.push([credential, generation]);
    },
  };
  const reader = store.reader({ fetch, report });
  return { store, reader, seen, reports, report };
}

describe.each([
  ['KIS', kisDead],
  ['Kiwoom', kiwoomDead],
] as const)('fetch, %s', (_name, dead) => {
  it('sets the header, and hands the answer on with its body', async () => {
    const { reader, seen, reports } = setUp(() => true, dead);
    const response = await reader.fetch('https://broker.invalid/order', {
      method: 'POST',
      body: '{}',
      headers: { tr_id: 'x' },
    });
    expect(await response.json()).toMatchObject({ price: '70000' });
    expect(seen).toEqual([{ token: 'FAKE-token-1', body: '{}' }]);
    expect(reports).toEqual([]);
  });

  it('a token that was replaced meanwhile is read again, and the request sent once more', async () => {
    const { store, reader, seen, reports } = setUp((token) => token === 'FAKE-token-2', dead);
    await reader.get();
    store.publish(2);
    expect((await reader.fetch('https://broker.invalid/order', { body: 'once', method: 'POST' })).ok).toBe(
      true,
    );
    expect(seen).toEqual([
      { token: 'FAKE-token-1', body: 'once' },
      { token: 'FAKE-token-2', body: 'once' },
    ]);
    expect(reports).toEqual([]);
  });

  it('a token that is still published is reported once, and the answer handed on whole', async () => {
    const { store, reader, reports } = setUp(() => false, dead);
    const answers = [];
    for (let order = 0; order < 20; order += 1)
      answers.push(await (await reader.fetch('https://broker.invalid/')).text());
    expect(answers[0]).toBe(await dead().text());
    expect(reports).toEqual([['kis-main', 1]]);
    store.now += 5 * MINUTE;
    await reader.fetch('https://broker.invalid/');
    expect(reports).toHaveLength(2);
  });

  it('a program that goes on with a dead token reads every two seconds, and finds the new one', async () => {
    const { store, reader, seen } = setUp((token) => token === 'FAKE-token-2', dead);
    for (let order = 0; order < 100; order += 1) {
      await reader.fetch('https://broker.invalid/');
      store.now += 100;
    }
    expect(store.reads).toHaveLength(1 + 5);
    store.publish(2);
    expect((await reader.fetch('https://broker.invalid/')).ok).toBe(true);
    expect(seen.at(-1)?.token).toBe('FAKE-token-2');
  });

  it('of two requests that are under way with the old token both are sent once more', async () => {
    const { store, reader, seen } = setUp((token) => token === 'FAKE-token-2', dead);
    await reader.get();
    store.publish(2);
    const answers = await Promise.all([1, 2].map(() => reader.fetch('https://broker.invalid/')));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
    expect(seen).toHaveLength(4);
    expect(store.reads).toHaveLength(2);
  });

  it('a body that is a stream is not sent twice', async () => {
    const { store, reader, seen } = setUp((token) => token === 'FAKE-token-2', dead);
    await reader.get();
    store.publish(2);
    const body = new Blob(['once']).stream();
    await reader.fetch('https://broker.invalid/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(seen).toHaveLength(1);
  });
});

describe('a report', () => {
  it('that cannot be sent costs nothing, is told to whoever asked, and is tried again', async () => {
    const { store, seen } = setUp(() => false);
    const { fetch } = broker(() => false, kisDead);
    const errors: unknown[] = [];
    const reader = store.reader({
      fetch,
      report: { report: () => Promise.reject(new Error('AuthorizationError')) },
      onReportError: (error) => errors.push(error),
    });
    expect((await reader.fetch('https://broker.invalid/')).status).toBe(500);
    expect((await reader.fetch('https://broker.invalid/')).status).toBe(500);
    expect(errors).toHaveLength(2);
    expect(seen).toHaveLength(0);
  });

  it('is not made without a generation, which nobody could compare', async () => {
    const { store, reader, reports } = setUp(() => false);
    store.put('state', undefined);
    await reader.fetch('https://broker.invalid/');
    expect(reports).toEqual([]);
  });
});

describe('an answer is taken for a rejection only if it says so', () => {
  const json = (body: unknown, status: number) => Response.json(body, { status });
  it.each<[string, Response, boolean]>([
    ['KIS EGW00121', json({ rt_cd: '1', msg_cd: 'EGW00121' }, 500), true],
    ['KIS rate limit', json({ rt_cd: '1', msg_cd: 'EGW00201' }, 500), false],
    ['a bare 500', new Response('Internal Server Error', { status: 500 }), false],
    ['401, which neither broker sends', json({ msg_cd: 'EGW00121' }, 401), false],
    ['Kiwoom 8005', json({ return_code: 3, return_msg: '[8005:Token이 유효하지 않습니다]' }, 200), true],
    ['Kiwoom 8103', json({ return_code: 3, return_msg: '[8103:x]' }, 200), true],
    [
      'Kiwoom 8010: another address, the token lives',
      json({ return_code: 3, return_msg: '[8010:x]' }, 200),
      false,
    ],
    ['Kiwoom success', json({ return_code: 0, return_msg: '[8005:' }, 200), false],
    ['a page', new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }), false],
    [
      'an answer that is longer than any refusal',
      json({ return_code: 3, return_msg: `[8005:${'x'.repeat(5000)}` }, 200),
      false,
    ],
  ])('%s', async (_what, response, expected) => {
    expect(await isTokenRejection(response)).toBe(expected);
    expect(response.bodyUsed).toBe(false);
    await response.text();
  });

  it('of a named broker only what that one says', async () => {
    expect(await isTokenRejection(kiwoomDead(), 'kis')).toBe(false);
    expect(await isTokenRejection(kisDead(), 'kiwoom')).toBe(false);
  });
});
