import { describe, expect, it } from 'vitest';
import { MINUTE, published } from './harness.ts';

const URL = 'https://broker.invalid/order';

const kisDeadTokenReply = (): Response =>
  Response.json({ rt_cd: '1', msg_cd: 'EGW00123', msg1: '기간이 만료된 token 입니다.' }, { status: 500 });
const kiwoomDeadTokenReply = (): Response =>
  Response.json({ return_code: 3, return_msg: '인증에 실패했습니다[8005:Token이 유효하지 않습니다]' });

/** Creates a reader, and a broker that accepts only one token and sends `deadTokenReply` for other tokens. */
function setUp(accepted: string | undefined, deadTokenReply = kisDeadTokenReply) {
  const { store } = published();
  const seen: { readonly token: string; readonly body: unknown }[] = [];
  const fetch: typeof globalThis.fetch = async (_url, init = {}) => {
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    seen.push({ token, body: init.body });
    return token === accepted
      ? Response.json({ rt_cd: '0', return_code: 0, price: '70000' })
      : deadTokenReply();
  };
  const reports: [string, number][] = [];
  const report = {
    report: async (credential: string, generation: number) => {
      reports.push([credential, generation]);
    },
  };
  return { store, reader: store.reader({ fetch, report }), seen, reports, fetch };
}

describe.each([
  ['KIS', kisDeadTokenReply],
  ['Kiwoom', kiwoomDeadTokenReply],
] as const)('for a token of %s,', (_name, deadTokenReply) => {
  it('the method fetch of the TypeScript reader sets the Authorization header and returns the response with its body', async () => {
    const { reader, seen, reports } = setUp('FAKE-token-1', deadTokenReply);
    const response = await reader.fetch(URL, { method: 'POST', body: '{}', headers: { tr_id: 'x' } });
    expect(await response.json()).toMatchObject({ price: '70000' });
    expect(seen).toEqual([{ token: 'FAKE-token-1', body: '{}' }]);
    expect(reports).toEqual([]);
  });

  it('the method fetch of the TypeScript reader reads the new token after a replacement and sends the request once more', async () => {
    const { store, reader, seen, reports } = setUp('FAKE-token-2', deadTokenReply);
    await reader.get();
    store.publish(2);
    expect((await reader.fetch(URL, { body: 'once', method: 'POST' })).ok).toBe(true);
    expect(seen).toEqual([
      { token: 'FAKE-token-1', body: 'once' },
      { token: 'FAKE-token-2', body: 'once' },
    ]);
    expect(reports).toEqual([]);
  });

  it('the method fetch of the TypeScript reader reports a rejected token once in five minutes if no new token is published', async () => {
    const { store, reader, reports } = setUp(undefined, deadTokenReply);
    const replies = [];
    for (let order = 0; order < 20; order += 1) replies.push(await (await reader.fetch(URL)).text());
    expect(new Set(replies)).toEqual(new Set([await deadTokenReply().text()]));
    expect(reports).toEqual([['kis-main', 1]]);
    expect(store.reads).toHaveLength(2);
    store.now += 5 * MINUTE;
    await reader.fetch(URL);
    expect(reports).toHaveLength(2);
  });

  it('the method fetch of the TypeScript reader reports the new token if the broker also rejects the repeated request', async () => {
    const { store, reader, seen, reports } = setUp(undefined, deadTokenReply);
    await reader.get();
    store.publish(2);
    expect(await (await reader.fetch(URL)).text()).toBe(await deadTokenReply().text());
    expect(seen).toHaveLength(2);
    expect(reports).toEqual([['kis-main', 2]]);
  });

  it('the method fetch of the TypeScript reader reads the token once and repeats both requests if the broker rejects two simultaneous requests', async () => {
    const { store, reader, seen } = setUp('FAKE-token-2', deadTokenReply);
    await reader.get();
    store.publish(2);
    const responses = await Promise.all([1, 2].map(() => reader.fetch(URL)));
    expect(responses.map(({ ok }) => ok)).toEqual([true, true]);
    expect(seen).toHaveLength(4);
    expect(store.reads).toHaveLength(2);
  });

  it('the method fetch of the TypeScript reader does not repeat a request whose body is a stream, and uses the new token for the next request', async () => {
    const { store, reader, seen, reports } = setUp('FAKE-token-2', deadTokenReply);
    await reader.get();
    store.publish(2);
    const body = new Blob(['once']).stream();
    await reader.fetch(URL, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(seen).toHaveLength(1);
    expect((await reader.fetch(URL)).ok).toBe(true);
    expect(reports).toEqual([]);
  });
});

describe('A rejection report that the method fetch of the TypeScript reader cannot send', () => {
  it('causes a call of onReportError, and is sent again at the next rejection', async () => {
    const { store, fetch } = setUp(undefined);
    const errors: unknown[] = [];
    const reader = store.reader({
      fetch,
      report: { report: () => Promise.reject(new Error('AuthorizationError')) },
      onReportError: (error) => errors.push(error),
    });
    expect((await reader.fetch(URL)).status).toBe(500);
    expect((await reader.fetch(URL)).status).toBe(500);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatchObject({ code: 'ReportFailed' });
  });
});
