import { describe, expect, it } from 'vitest';
import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import {
  HOUR,
  json,
  KIS_KEY,
  kis,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  listenDuringTest,
  MINUTE,
  SECOND,
  START,
  send,
} from './broker-harness.ts';

describe('the simulated KIS over HTTP', () => {
  it('returns a new token in a reply with the fields of the sample in the KIS documentation', async () => {
    const { broker } = kis();
    const response = await send(await listenDuringTest(broker.listen()), kisIssueCall());
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('date')).toBeNull();
    expect(Object.keys(JSON.parse(text))).toEqual([
      'access_token',
      'access_token_token_expired',
      'token_type',
      'expires_in',
    ]);
    expect(JSON.parse(text)).toMatchObject({
      access_token_token_expired: '2026-11-22 09:00:00',
      token_type: 'Bearer',
      expires_in: 86400,
    });
  });

  it('serves issue, data and revoke calls, and logs each call', async () => {
    const { broker } = kis();
    const url = await listenDuringTest(broker.listen());
    const { access_token: token } = (await (await send(url, kisIssueCall())).json()) as {
      access_token: string;
    };
    expect((await send(url, kisPriceCall(token))).status).toBe(200);
    expect(await (await send(url, kisRevokeCall(token))).json()).toEqual({
      code: 200,
      message: '접근토큰 폐기에 성공하였습니다',
    });
    expect((await send(url, kisPriceCall(token))).status).toBe(500);
    expect(broker.calls.map(({ at, kind, outcome }) => [at, kind, outcome])).toEqual([
      [START, 'issue', 'issued'],
      [START, 'data', 'ok'],
      [START, 'revoke', 'revoked'],
      [START, 'data', 'EGW00121'],
    ]);
  });

  it('has no tokens and no logged calls after a restart', async () => {
    const { broker, issue } = kis();
    const token = issue();
    const url = await listenDuringTest(broker.listen());
    expect(broker.calls).toEqual([]);
    expect(broker.isAlive(token)).toBe(false);
    expect((await send(url, kisPriceCall(token))).status).toBe(500);
    const reply = (await (await send(url, kisIssueCall())).json()) as { access_token: string };
    expect(reply.access_token).not.toBe(token);
  });
});

describe('a token of the simulated KIS', () => {
  it('is a fake HS512 JWT with the app key as jti, at most 350 characters long', () => {
    const token = kis().issue();
    const [head = '', payload = '', signature = ''] = token.split('.');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    expect(decode(head)).toEqual({ typ: 'JWT', alg: 'HS512' });
    expect(Object.keys(decode(payload))).toEqual(['sub', 'aud', 'iss', 'exp', 'iat', 'jti']);
    expect(decode(payload)).toMatchObject({
      sub: 'token',
      iss: 'unogw',
      exp: START / 1000 + 86400,
      iat: START / 1000,
      jti: KIS_KEY.appkey,
    });
    expect(signature).toMatch(/^FAKE/);
    expect(signature).toHaveLength(86);
    expect(token.length).toBeLessThanOrEqual(350);
  });

  it.each<[string, number, number, string]>([
    ['is live until the last millisecond', 24 * HOUR - 1, 200, 'MCA00000'],
    ['is expired at the stated second', 24 * HOUR, 500, 'EGW00123'],
  ])('%s', (_, later, status, code) => {
    const { clock, broker, ask, issue } = kis();
    const token = issue();
    clock.advance(later);
    const response = ask(kisPriceCall(token));
    expect([response.status, json(response)['msg_cd']]).toEqual([status, code]);
    expect(broker.isAlive(token)).toBe(status === 200);
    expect(broker.isAlive(token, START)).toBe(true);
    expect(broker.isAlive(token, START - 1)).toBe(false);
  });
});

describe('an issue call of the simulated KIS', () => {
  it.each<[string, number, Partial<KisOptions>, string]>([
    ['is rejected within a minute', MINUTE - 1, {}, 'EGW00133'],
    ['returns the same token after a minute', MINUTE, {}, 'reused'],
    ['returns the same token one millisecond before six hours', 6 * HOUR - 1, {}, 'reused'],
    ['returns a new token after six hours', 6 * HOUR, {}, 'issued'],
    [
      'is rejected after four minutes if the minimum interval is five minutes',
      4 * MINUTE,
      { minimumIntervalSeconds: 300 },
      'EGW00133',
    ],
    [
      'returns an expired token with its past expiry within the reuse window',
      2 * HOUR,
      { tokenLifeSeconds: 3600 },
      'reused',
    ],
    [
      'returns a new token after the expiry of the old token if reuseDead is "never"',
      2 * HOUR,
      { tokenLifeSeconds: 3600, reuseDead: 'never' },
      'issued',
    ],
    ['is rejected with the code in the option refuseIssue', HOUR, { refuseIssue: 'EGW00002' }, 'EGW00002'],
  ])('%s', (_, later, options, outcome) => {
    const { clock, broker, ask, issue } = kis();
    broker.set({ ...options, refuseIssue: null });
    const first = issue();
    broker.set(options);
    clock.advance(later);
    const response = ask(kisIssueCall());
    expect(broker.calls.at(-1)?.outcome).toBe(outcome);
    expect(broker.calls.at(-1)?.token === first).toBe(outcome === 'reused');
    expect(response.status).toBe(outcome.startsWith('EGW') ? 403 : 200);
  });

  it.each([
    [false, 'reused'],
    [true, 'EGW00133'],
  ])('after a rejected call, with refusalRestartsInterval=%s, has the outcome "%s"', (restarts, outcome) => {
    const { clock, broker, ask } = kis({ refusalRestartsInterval: restarts });
    ask(kisIssueCall());
    clock.advance(30 * SECOND);
    ask(kisIssueCall());
    clock.advance(30 * SECOND);
    ask(kisIssueCall());
    expect(broker.calls.map((call) => call.outcome)).toEqual(['issued', 'EGW00133', outcome]);
  });

  it('has a separate minimum interval for each app key', () => {
    const { broker, ask } = kis();
    const other = { appkey: 'PSFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE02', secret: 'FAKE' };
    broker.setKeys([KIS_KEY, other]);
    ask(kisIssueCall());
    ask(kisIssueCall({ appkey: other.appkey, appsecret: other.secret }));
    expect(broker.count('issue', 'issued')).toBe(2);
  });

  it.each([
    ['full', 86400],
    ['left', 86400 - 3600],
  ] as const)('returns a reused token with the %s lifetime in expires_in', (expiresInOnReuse, seconds) => {
    const { clock, ask, issue } = kis({ expiresInOnReuse });
    issue();
    clock.advance(HOUR);
    expect(json(ask(kisIssueCall()))).toMatchObject({
      access_token_token_expired: '2026-11-22 09:00:00',
      expires_in: seconds,
    });
  });

  it.each([
    ['leaves the old token live if newTokenKillsOld is false', false, true],
    ['invalidates the old token if newTokenKillsOld is true', true, false],
  ])('that returns a new token %s', (_, newTokenKillsOld, alive) => {
    const { clock, broker, issue } = kis({ newTokenKillsOld });
    const old = issue();
    clock.advance(7 * HOUR);
    expect(issue()).not.toBe(old);
    expect(broker.isAlive(old)).toBe(alive);
  });

  it.each<[string, 'revoked' | 'killed', Partial<KisOptions>, string]>([
    ['returns a new token after the revocation of the old token', 'revoked', {}, 'issued'],
    ['returns a token that the broker has invalidated', 'killed', {}, 'reused'],
    ['returns a revoked token if reuseDead is "always"', 'revoked', { reuseDead: 'always' }, 'reused'],
    [
      'returns a new token if the old token is invalid and reuseDead is "never"',
      'killed',
      { reuseDead: 'never' },
      'issued',
    ],
  ])('%s', (_, death, options, outcome) => {
    const { clock, broker, ask, issue } = kis(options);
    const token = issue();
    if (death === 'revoked') ask(kisRevokeCall(token));
    else broker.kill(token);
    expect(broker.isAlive(token)).toBe(false);
    clock.advance(MINUTE);
    issue();
    expect(broker.calls.at(-1)?.outcome).toBe(outcome);
  });

  it.each([
    ['live', 2],
    ['paper', 0],
  ] as const)(
    'in the market %s causes %i KakaoTalk messages for a new token, a rejected call and a reused token',
    (market, messages) => {
      const { clock, broker, ask } = kis({}, market);
      for (const wait of [0, 30 * SECOND, 31 * SECOND]) {
        clock.advance(wait);
        ask(kisIssueCall());
      }
      expect(broker.alimtalk).toBe(messages);
    },
  );
});
