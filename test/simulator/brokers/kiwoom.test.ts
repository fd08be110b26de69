import { describe, expect, it } from 'vitest';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type ClientCall,
  HOUR,
  json,
  KIWOOM_KEY,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  listenDuringTest,
  MINUTE,
  requestOf,
  SECOND,
  START,
  send,
} from './broker-harness.ts';

function kiwoom(options: Partial<KiwoomOptions> = {}) {
  const clock = new ManualClock(START);
  const broker = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options });
  const ask = (call: ClientCall, from?: string) => broker.handle(requestOf(call, from));
  const issue = () => String(json(ask(kiwoomIssueCall()))['token']);
  return { clock, broker, ask, issue };
}

/** Returns the error code, which Kiwoom sends in brackets within the message. */
function code(body: Record<string, unknown>): string | undefined {
  return /\[(\d{4}):/.exec(String(body['return_msg']))?.[1];
}

describe('the simulated Kiwoom over HTTP', () => {
  it('returns a new token in a reply with the fields and the field order of the sample in the Kiwoom documentation', async () => {
    const { broker } = kiwoom();
    const response = await send(await listenDuringTest(broker.listen()), kiwoomIssueCall());
    const body = JSON.parse(await response.text());
    expect(response.status).toBe(200);
    expect(response.headers.get('api-id')).toBe('au10001');
    expect(Object.keys(body)).toEqual(['expires_dt', 'token_type', 'token', 'return_code', 'return_msg']);
    expect(body).toMatchObject({
      expires_dt: '20261122090000',
      token_type: 'bearer',
      return_code: 0,
      return_msg: '정상적으로 처리되었습니다',
    });
    expect(body.token).toMatch(/^FAKE/);
  });

  it('throttles the second of two simultaneous calls with HTTP 429', async () => {
    const { broker } = kiwoom();
    const url = await listenDuringTest(broker.listen());
    const replies = await Promise.all([send(url, kiwoomIssueCall()), send(url, kiwoomIssueCall())]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 429]);
  });

  it('serves data and revoke calls, and rejects a revoked token with HTTP 200 and the code 8005', async () => {
    const { broker } = kiwoom();
    const url = await listenDuringTest(broker.listen());
    const { token } = (await (await send(url, kiwoomIssueCall())).json()) as { token: string };
    expect(await (await send(url, kiwoomStockInfoCall(token))).json()).toMatchObject({ return_code: 0 });
    expect(await (await send(url, kiwoomRevokeCall(token))).json()).toEqual({
      return_code: 0,
      return_msg: '정상적으로 처리되었습니다',
    });
    const dead = await send(url, kiwoomStockInfoCall(token));
    expect([dead.status, await dead.json()]).toEqual([
      200,
      { return_code: 3, return_msg: '인증에 실패했습니다[8005:Token이 유효하지 않습니다]' },
    ]);
  });
});

describe('a second issue call of the simulated Kiwoom', () => {
  it.each<[string, Partial<KiwoomOptions>, number, string, boolean]>([
    ['returns the same token while it is live', {}, 23 * HOUR, 'reused', true],
    ['returns the same token to its last millisecond', {}, 24 * HOUR - 1, 'reused', true],
    ['returns a new token at the expiry of the old token', {}, 24 * HOUR, 'issued', false],
    [
      'returns a new token, which invalidates the old token, if reissue is "supersede"',
      { reissue: 'supersede' },
      HOUR,
      'issued',
      false,
    ],
    [
      'returns a new token when the lifetime in tokenLifeSeconds has ended',
      { tokenLifeSeconds: 4 * 3600 + 22 * 60 },
      4 * HOUR + 22 * MINUTE,
      'issued',
      false,
    ],
  ])('%s', (_, options, later, outcome, alive) => {
    const { clock, broker, ask, issue } = kiwoom(options);
    const first = issue();
    clock.advance(later);
    ask(kiwoomIssueCall());
    expect(broker.calls.at(-1)?.outcome).toBe(outcome);
    expect(broker.isAlive(first)).toBe(alive);
  });

  it('returns the same token with its original expiry', () => {
    const { clock, ask } = kiwoom();
    const first = json(ask(kiwoomIssueCall()));
    clock.advance(HOUR);
    expect(json(ask(kiwoomIssueCall()))).toEqual(first);
  });

  it.each<[string, 'revoked' | 'killed', Partial<KiwoomOptions>, string]>([
    ['returns a new token after the revocation of the old token', 'revoked', {}, 'issued'],
    ['returns a new token for one that the broker has ended', 'killed', {}, 'issued'],
    ['returns an invalidated token with reuseDead killed', 'killed', { reuseDead: 'killed' }, 'reused'],
    [
      'returns a new token after the revocation of the old token if reuseDead is "killed"',
      'revoked',
      { reuseDead: 'killed' },
      'issued',
    ],
    ['returns a revoked token if reuseDead is "always"', 'revoked', { reuseDead: 'always' }, 'reused'],
  ])('%s', (_, death, options, outcome) => {
    const { clock, broker, ask, issue } = kiwoom(options);
    const token = issue();
    if (death === 'revoked') ask(kiwoomRevokeCall(token));
    else broker.kill(token);
    clock.advance(SECOND);
    issue();
    expect(broker.calls.at(-1)?.outcome).toBe(outcome);
  });

  it('returns a new token after the last token has expired, even if the option reuseDead is "always"', () => {
    const { clock, broker, issue } = kiwoom({ reuseDead: 'always' });
    broker.kill(issue());
    clock.advance(24 * HOUR);
    issue();
    expect(broker.calls.at(-1)?.outcome).toBe('issued');
  });

  it.each<[string, number, Partial<KiwoomOptions>, number, string]>([
    ['is throttled within a second', SECOND - 1, {}, 429, '1700'],
    ['is throttled with HTTP 200 if throttleStatus is 200', SECOND - 1, { throttleStatus: 200 }, 200, '1700'],
    ['is served after a second', SECOND, {}, 200, 'reused'],
  ])('%s', (_, later, options, status, outcome) => {
    const { clock, broker, ask } = kiwoom(options);
    ask(kiwoomIssueCall());
    clock.advance(later);
    expect(ask(kiwoomIssueCall()).status).toBe(status);
    expect(broker.calls.at(-1)?.outcome).toBe(outcome);
  });

  it('can follow a revoke call immediately, because each kind of call has its own minimum interval', () => {
    const { clock, broker, ask, issue } = kiwoom();
    const token = issue();
    clock.advance(SECOND);
    ask(kiwoomRevokeCall(token));
    ask(kiwoomIssueCall());
    expect(broker.calls.map(({ outcome }) => outcome)).toEqual(['issued', 'revoked', 'issued']);
  });
});

describe('the simulated Kiwoom', () => {
  it.each<[string, ClientCall, number, string]>([
    ['an unknown app key', kiwoomIssueCall({ appkey: 'FAKE-UNKNOWN' }), 3, '8001'],
    ['a secret with a trailing newline', kiwoomIssueCall({ secretkey: `${KIWOOM_KEY.secret}\n` }), 3, '8001'],
    ['a missing secret', kiwoomIssueCall({ secretkey: undefined }), 3, '8020'],
    ['a missing grant type', kiwoomIssueCall({ grant_type: undefined }), 3, '8011'],
    ['another grant type', kiwoomIssueCall({ grant_type: 'password' }), 3, '8012'],
    ['the field name of KIS', kiwoomIssueCall({ appsecret: 'FAKE' }), 2, '1517'],
    ['a body that is not JSON', { ...kiwoomIssueCall(), body: '{' }, 2, '1517'],
    [
      'a form instead of JSON',
      kiwoomIssueCall({}, { 'content-type': 'application/x-www-form-urlencoded' }),
      2,
      '1512',
    ],
    [
      'a data call without the charset',
      kiwoomStockInfoCall('FAKE', { 'content-type': 'application/json' }),
      2,
      '1512',
    ],
    ['a data call without an api-id', kiwoomStockInfoCall('FAKE', { 'api-id': '' }), 2, '1501'],
    ['the api-id of another call', kiwoomIssueCall({}, { 'api-id': 'au10002' }), 2, '1504'],
    ['an unknown path', { ...kiwoomIssueCall(), path: '/oauth2/tokenP' }, 2, '1504'],
    ['a revocation without a token', kiwoomRevokeCall(''), 3, '8016'],
    ['the revocation of an unknown token', kiwoomRevokeCall('FAKE'), 3, '8016'],
    ['a data call with an unknown token', kiwoomStockInfoCall('FAKE'), 3, '8005'],
  ])('rejects %s with HTTP 200', (_, call, returnCode, inner) => {
    const response = kiwoom().ask(call);
    const body = json(response);
    expect([response.status, body['return_code'], code(body)]).toEqual([200, returnCode, inner]);
  });

  it('rejects a live app key in the paper market', () => {
    const { broker, ask } = kiwoom();
    broker.setKeys([{ ...KIWOOM_KEY, market: 'live' }]);
    expect(json(ask(kiwoomIssueCall()))).toEqual({
      return_code: 2,
      return_msg: '입력 값 오류입니다[8030:투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다]',
    });
  });

  it.each(['8050', '1999', '8030'])(
    'rejects all issue calls with the code %s if the option refuseIssue has this value',
    (refuseIssue) => {
      expect(code(json(kiwoom({ refuseIssue }).ask(kiwoomIssueCall())))).toBe(refuseIssue);
    },
  );

  it.each<[string, Partial<KiwoomOptions>, string]>([
    ['with 8016 by default', {}, '8016'],
    ['with 8015 if deadRevoke is 8015', { deadRevoke: '8015' }, '8015'],
  ])('rejects the revocation of a dead token %s', (_, options, inner) => {
    const { clock, ask, issue } = kiwoom(options);
    const token = issue();
    clock.advance(24 * HOUR);
    expect(code(json(ask(kiwoomRevokeCall(token))))).toBe(inner);
  });

  it('rejects the revocation of a token of a different app key', () => {
    const { broker, ask, issue } = kiwoom();
    const token = issue();
    const other = { appkey: 'FAKE-other', secret: 'FAKE' };
    broker.setKeys([KIWOOM_KEY, other]);
    const body = JSON.stringify({ appkey: other.appkey, secretkey: other.secret, token });
    expect(code(json(ask({ ...kiwoomRevokeCall(token), body })))).toBe('8015');
    expect(broker.isAlive(token)).toBe(true);
  });

  it.each([
    ['rejects with 8010', true, '8010'],
    ['accepts', false, undefined],
  ])('%s a call from a different IP address (checkAddress: %s)', (_, checkAddress, inner) => {
    const { ask, issue } = kiwoom({ checkAddress });
    const token = issue();
    expect(code(json(ask(kiwoomStockInfoCall(token), '127.0.0.2')))).toBe(inner);
    expect(code(json(ask(kiwoomStockInfoCall(token))))).toBeUndefined();
  });
});
