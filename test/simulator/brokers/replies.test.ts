import { describe, expect, it } from 'vitest';
import { kis as kisBroker } from '../../../lambdas/brokers/kis.ts';
import { kiwoom as kiwoomBroker } from '../../../lambdas/brokers/kiwoom.ts';
import { type KisOptions, KisSimulator } from '../../../simulator/brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  HOUR,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kiwoomIssueCall,
  listenDuringTest,
  MINUTE,
  requestOf,
  START,
  send,
} from './broker-harness.ts';

function kisWith(options: Partial<KisOptions>) {
  const clock = new ManualClock(START);
  const simulator = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY], options });
  return { clock, simulator, issue: () => simulator.handle(requestOf(kisIssueCall())) };
}

function kiwoomWith(options: Partial<KiwoomOptions>) {
  const clock = new ManualClock(START);
  const simulator = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options });
  return { clock, simulator, issue: () => simulator.handle(requestOf(kiwoomIssueCall())) };
}

describe('the simulated KIS', () => {
  it('can return an expiry in the past, which the refresher parses without an error', () => {
    const { issue } = kisWith({ statedExpiry: 'past' });
    const { status, body } = issue();
    expect(json({ status, headers: {}, body })['access_token_token_expired']).toBe('2026-11-21 08:40:00');
    const { expiresAt } = kisBroker.readIssueReply({ status, body }, KIS_KEY);
    expect(expiresAt).toBe(START - 20 * MINUTE);
  });

  it('can return a token of a different app key, which the refresher rejects', () => {
    const { status, body } = kisWith({ jti: 'other' }).issue();
    expect(() => kisBroker.readIssueReply({ status, body }, KIS_KEY)).toThrow(/app key/);
  });
});

describe('an issue reply of the simulated Kiwoom', () => {
  const styles = (['bearer', 'Bearer'] as const).flatMap((tokenType) =>
    (['guide', 'reversed'] as const).flatMap((keyOrder) =>
      (['digits', 'text'] as const).map((expiryFormat) => ({ tokenType, keyOrder, expiryFormat })),
    ),
  );
  it.each(styles)('can be parsed by the refresher if its format is %o', (style) => {
    const { status, body } = kiwoomWith(style).issue();
    expect(Object.keys(JSON.parse(body))[0]).toBe(style.keyOrder === 'guide' ? 'expires_dt' : 'return_msg');
    const token = kiwoomBroker.readIssueReply({ status, body }, KIWOOM_KEY);
    expect(token).toMatchObject({ tokenType: 'Bearer', expiresAt: START + 24 * HOUR });
  });
});

describe('a simulated broker with maintenance hours', () => {
  it('returns an HTML page in the configured Korean hours, and tokens in other hours', () => {
    const { clock, simulator, issue } = kisWith({ maintenance: '02:00-02:30' });
    const at = (time: string) => {
      clock.set(Date.parse(`2026-11-22T${time}:00+09:00`));
      return issue().headers['content-type']?.startsWith('text/html');
    };
    expect(['01:59', '02:00', '02:29', '02:30'].map(at)).toEqual([false, true, true, false]);
    simulator.set({ maintenance: '23:30-00:30' });
    expect(['23:29', '23:30', '00:29', '00:30'].map(at)).toEqual([false, true, true, false]);
  });
});

describe('the reply of a simulated broker with the option "outage"', () => {
  const served = async (outage: KisOptions['outage']) => {
    const clock = new ManualClock(START);
    const simulator = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY] });
    const url = await listenDuringTest(simulator.listen());
    simulator.set({ outage, slowSeconds: 0.05 });
    const response = await fetch(`${url}/oauth2/tokenP`, { ...kisIssueCall(), redirect: 'manual' });
    return { response, text: await response.text(), issued: simulator.tokens.length };
  };

  it.each([
    ['invalid-json', 1],
    ['wrong-charset', 1],
    ['http-503', 0],
    ['redirect', 0],
  ] as const)('is not JSON for the outage "%s", and the broker issues %i token(s)', async (outage, count) => {
    const { text, issued } = await served(outage);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(issued).toBe(count);
  });

  it('is longer than a megabyte if the outage is "huge"', async () => {
    expect((await served('huge')).text.length).toBeGreaterThan(1024 * 1024);
  });

  it.each(['slow', 'wrong-content-type'] as const)(
    'contains the token if the outage is "%s"',
    async (outage) => {
      const { response, text } = await served(outage);
      expect(JSON.parse(text)).toMatchObject({ token_type: 'Bearer' });
      expect(response.headers.get('content-type')).toBe(
        outage === 'slow' ? 'application/json; charset=utf-8' : 'text/plain',
      );
    },
  );
});

describe('a simulated broker that is started again', () => {
  it('has no tokens from before the restart, and issues a new token', async () => {
    const { simulator } = kisWith({});
    const first = await listenDuringTest(simulator.listen());
    const { access_token: before } = (await (await send(first, kisIssueCall())).json()) as {
      access_token: string;
    };
    const second = await listenDuringTest(simulator.listen());
    const { access_token: after } = (await (await send(second, kisIssueCall())).json()) as {
      access_token: string;
    };
    expect(after).not.toBe(before);
    expect(simulator.isAlive(before)).toBe(false);
  });
});
