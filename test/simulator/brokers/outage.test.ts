import { describe, expect, it } from 'vitest';
import type { Outage, OutageOption } from '../../../simulator/brokers/outage.ts';
import { kis, kisIssueCall, kisPriceCall, listenDuringTest, MINUTE, START, send } from './broker-harness.ts';

async function startKis(outage: OutageOption) {
  const { clock, broker, issue } = kis({ outage, slowSeconds: 0.05 });
  const url = await listenDuringTest(broker.listen());
  return { clock, broker, issue, url, sendIssueCall: () => send(url, kisIssueCall()) };
}

describe('a simulated broker with an outage', () => {
  it.each<[Outage, status: number, contentType: string, text: RegExp, issuedTokens: number]>([
    ['html', 200, 'text/html;charset=UTF-8', /시스템 점검/, 0],
    ['http-500', 500, 'text/html;charset=UTF-8', /^Internal/, 0],
    ['http-503', 503, 'text/html;charset=UTF-8', /^Service/, 0],
    ['redirect', 302, 'text/html;charset=UTF-8', /^$/, 0],
    ['slow', 200, 'application/json; charset=utf-8', /"expires_in":86400}$/, 1],
    ['invalid-json', 200, 'application/json; charset=utf-8', /"expires_in":86400,}$/, 1],
    ['wrong-charset', 200, 'application/json; charset=utf-8', /^{\0"\0a\0/, 1],
    ['wrong-content-type', 200, 'text/plain', /"expires_in":86400}$/, 1],
    ['huge', 200, 'application/json; charset=utf-8', /"expires_in":86400} {1048576}$/, 1],
  ])('"%s" answers with HTTP %i, the type %s and the text %o, and issues %i token(s)', async (...row) => {
    const [outage, status, contentType, text, issuedTokens] = row;
    const { broker, sendIssueCall } = await startKis(outage);
    const response = await sendIssueCall();
    expect([response.status, response.headers.get('content-type')]).toEqual([status, contentType]);
    expect(await response.text()).toMatch(text);
    expect(broker.tokens).toHaveLength(issuedTokens);
    const outcome = issuedTokens === 0 ? `outage:${outage}` : 'issued';
    expect(broker.calls).toMatchObject([{ at: START, kind: 'issue', outcome }]);
  });

  it.each<[string, Outage, number]>([
    ['resets the connection without a token', 'refused', 0],
    ['resets the connection after it has issued a token', 'lost', 1],
    ['closes the connection in the middle of the reply with a token', 'cut', 1],
  ])('%s', async (_, outage, tokens) => {
    const { broker, sendIssueCall } = await startKis(outage);
    await expect(sendIssueCall().then((response) => response.text())).rejects.toThrow();
    expect(broker.tokens).toHaveLength(tokens);
  });

  it('sends no reply if the outage is "hang", and can be closed after the client aborts the request', async () => {
    const { broker, url } = await startKis('hang');
    const abort = new AbortController();
    const { path, headers, body = '' } = kisIssueCall();
    const asked = fetch(`${url}${path}`, { method: 'POST', headers, body, signal: abort.signal });
    await expect.poll(() => broker.calls.length).toBe(1);
    abort.abort();
    await expect(asked).rejects.toThrow();
    expect(broker.tokens).toEqual([]);
  });

  it('executes other calls and starts no minimum interval if the outage affects only issue calls', async () => {
    const { broker, url, sendIssueCall } = await startKis({ issue: 'http-500' });
    expect((await sendIssueCall()).status).toBe(500);
    expect(await (await send(url, kisPriceCall('FAKE'))).json()).toMatchObject({ msg_cd: 'EGW00121' });
    broker.set({ outage: 'none' });
    expect((await sendIssueCall()).status).toBe(200);
  });

  it('returns the same token after the outage if the reply with the token was lost', async () => {
    const { clock, broker, issue, sendIssueCall } = await startKis('lost');
    await expect(sendIssueCall()).rejects.toThrow();
    broker.set({ outage: 'none' });
    clock.advance(MINUTE);
    expect(broker.tokens.map(({ token }) => token)).toEqual([issue().token]);
  });

  it('returns an HTML page in the Korean hours that the option "maintenance" contains', () => {
    const { clock, broker, ask } = kis({ maintenance: '02:00-02:30' });
    const isPageAt = (time: string) => {
      clock.set(Date.parse(`2026-11-22T${time}:00+09:00`));
      return ask(kisIssueCall()).headers['content-type']?.startsWith('text/html');
    };
    expect(['01:59', '02:00', '02:29', '02:30'].map(isPageAt)).toEqual([false, true, true, false]);
    broker.set({ maintenance: '23:30-00:30' });
    expect(['23:29', '23:30', '00:29', '00:30'].map(isPageAt)).toEqual([false, true, true, false]);
  });
});
