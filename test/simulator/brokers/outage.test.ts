import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import type { OutageOption } from '../../../simulator/brokers/outage.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  HOUR,
  KIS_KEY,
  kisIssueCall,
  kisPriceCall,
  listenDuringTest,
  MINUTE,
  START,
  send,
} from './broker-harness.ts';

async function brokenKis(outage: OutageOption) {
  const clock = new ManualClock(START);
  const broker = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY], options: { outage } });
  return { clock, broker, url: await listenDuringTest(broker.listen()) };
}

describe('a simulated broker during an outage', () => {
  it('returns an HTML page if the outage is "html"', async () => {
    const { broker, url } = await brokenKis('html');
    const response = await send(url, kisIssueCall());
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('시스템 점검');
    expect(broker.calls).toEqual([{ at: START, kind: 'issue', outcome: 'outage:html' }]);
  });

  it('returns HTTP 500 if the outage is "http-500"', async () => {
    const { broker, url } = await brokenKis('http-500');
    expect((await send(url, kisIssueCall())).status).toBe(500);
    expect(broker.tokens).toEqual([]);
  });

  it.each<[string, OutageOption, number]>([
    ['resets the connection without a token', 'refused', 0],
    ['resets the connection after it has issued a token', 'lost', 1],
    ['closes the connection in the middle of the reply with a token', 'cut', 1],
  ])('%s', async (_, outage, tokens) => {
    const { broker, url } = await brokenKis(outage);
    await expect(send(url, kisIssueCall()).then((response) => response.text())).rejects.toThrow();
    expect(broker.tokens).toHaveLength(tokens);
  });

  it('sends no reply if the outage is "hang", and can be closed after the client aborts the request', async () => {
    const { broker, url } = await brokenKis('hang');
    const giveUp = new AbortController();
    const call = kisIssueCall();
    const asked = fetch(`${url}${call.path}`, {
      method: call.method,
      headers: call.headers,
      body: call.body ?? '',
      signal: giveUp.signal,
    });
    await expect.poll(() => broker.calls.length).toBe(1);
    giveUp.abort();
    await expect(asked).rejects.toThrow();
    expect(broker.tokens).toEqual([]);
  });

  it('fails only for issue calls if the outage is set only for issue calls, and recovers when the outage ends', async () => {
    const { clock, broker, url } = await brokenKis({ issue: 'http-500' });
    expect((await send(url, kisIssueCall())).status).toBe(500);
    expect(await (await send(url, kisPriceCall('FAKE'))).json()).toMatchObject({ msg_cd: 'EGW00121' });
    broker.set({ outage: 'none' });
    clock.advance(MINUTE);
    expect((await send(url, kisIssueCall())).status).toBe(200);
  });

  it('does not start the minimum interval when an issue call fails', async () => {
    const { broker, url } = await brokenKis('http-500');
    await send(url, kisIssueCall());
    broker.set({ outage: 'none' });
    expect((await send(url, kisIssueCall())).status).toBe(200);
  });

  it('issues a token without a reply if the outage is "lost", and returns the same token after the outage', async () => {
    const { clock, broker, url } = await brokenKis('lost');
    await expect(send(url, kisIssueCall())).rejects.toThrow();
    broker.set({ outage: 'none' });
    clock.advance(HOUR);
    const { access_token } = (await (await send(url, kisIssueCall())).json()) as { access_token: string };
    expect(broker.tokens.map(({ token }) => token)).toEqual([access_token]);
  });
});
