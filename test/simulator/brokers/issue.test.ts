import { describe, expect, it } from 'vitest';
import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import {
  HOUR,
  KIS_KEY,
  kis,
  kisIssueCall,
  kiwoom,
  kiwoomStockInfoCall,
  MINUTE,
  SECOND,
} from './broker-harness.ts';

type Row<Options> = [
  previous: 'live' | 'revoked' | 'invalidated',
  later: number,
  Partial<Options>,
  outcome: string,
];

const LIFE_OF_AN_HOUR = { tokenLifeSeconds: 3600 };
const KIS_ROWS: Row<KisOptions>[] = [
  ['live', MINUTE - 1, {}, 'EGW00133'],
  ['live', MINUTE, {}, 'reused'],
  ['live', 6 * HOUR - 1, {}, 'reused'],
  ['live', 6 * HOUR, {}, 'issued'],
  ['live', 4 * MINUTE, { minimumIntervalSeconds: 300 }, 'EGW00133'],
  ['live', 24 * HOUR - 1, { reuseWindowSeconds: 86_400 }, 'reused'],
  ['live', 24 * HOUR, { reuseWindowSeconds: 86_400 }, 'issued'],
  // The token is expired, but the reuse window has not ended.
  ['live', 25 * HOUR - 1, { reuseWindowSeconds: 90_000 }, 'reused'],
  ['live', 25 * HOUR, { reuseWindowSeconds: 90_000 }, 'issued'],
  ['live', 2 * HOUR, LIFE_OF_AN_HOUR, 'reused'],
  ['live', 2 * HOUR, { ...LIFE_OF_AN_HOUR, reuseDead: 'never' }, 'issued'],
  ['revoked', MINUTE, {}, 'issued'],
  ['revoked', MINUTE, { reuseDead: 'always' }, 'reused'],
  ['invalidated', MINUTE, {}, 'reused'],
  ['invalidated', MINUTE, { reuseDead: 'never' }, 'issued'],
];
const EXPIRED_REUSE = { reuseExpiredSeconds: 600 };
const KIWOOM_ROWS: Row<KiwoomOptions>[] = [
  ['live', SECOND - 1, {}, '1700'],
  ['live', SECOND, {}, 'reused'],
  ['live', 24 * HOUR - 1, {}, 'reused'],
  ['live', 24 * HOUR, {}, 'issued'],
  ['live', HOUR, { reissue: 'supersede' }, 'issued'],
  ['live', 4 * HOUR + 22 * MINUTE, { tokenLifeSeconds: 4 * 3600 + 22 * 60 }, 'issued'],
  ['live', 24 * HOUR + 600 * SECOND - 1, EXPIRED_REUSE, 'reused'],
  ['live', 24 * HOUR + 600 * SECOND, EXPIRED_REUSE, 'issued'],
  ['live', 24 * HOUR + SECOND, { ...EXPIRED_REUSE, reissue: 'supersede' }, 'issued'],
  ['revoked', SECOND, {}, 'issued'],
  ['revoked', SECOND, { reuseDead: 'killed' }, 'issued'],
  ['revoked', SECOND, { reuseDead: 'always' }, 'reused'],
  ['invalidated', SECOND, {}, 'issued'],
  ['invalidated', SECOND, { reuseDead: 'killed' }, 'reused'],
  ['invalidated', 24 * HOUR, { reuseDead: 'always' }, 'issued'],
  ['invalidated', 24 * HOUR + SECOND, EXPIRED_REUSE, 'issued'],
  ['invalidated', 24 * HOUR + SECOND, { ...EXPIRED_REUSE, reuseDead: 'killed' }, 'reused'],
];

const TITLE = 'after an issue call whose token is %s, %i ms later, with the options %o, has the outcome "%s"';

describe('an issue call of the simulated KIS', () => {
  it.each(KIS_ROWS)(TITLE, (previous, later, options, outcome) => {
    expect(issueTwice(kis(options), previous, later)).toEqual({ outcome, isSame: outcome === 'reused' });
  });

  it.each([
    [false, 'reused'],
    [true, 'EGW00133'],
  ])('after a rejected call, with refusalRestartsInterval=%s, has the outcome "%s"', (restarts, outcome) => {
    const { clock, issue } = kis({ refusalRestartsInterval: restarts });
    issue();
    clock.advance(30 * SECOND);
    expect(issue().outcome).toBe('EGW00133');
    clock.advance(30 * SECOND);
    expect(issue().outcome).toBe(outcome);
  });

  it('has a separate minimum interval for each app key', () => {
    const { broker, ask, issue } = kis();
    const other = { appkey: 'PSFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE02', secret: 'FAKE' };
    broker.setKeys([KIS_KEY, other]);
    issue();
    ask(kisIssueCall({ appkey: other.appkey, appsecret: other.secret }));
    expect(broker.count('issue', 'issued')).toBe(2);
  });

  it.each([
    ['full', 86_400],
    ['left', 86_400 - 3600],
  ] as const)('returns a reused token with the %s lifetime in expires_in', (expiresInOnReuse, seconds) => {
    const { clock, issue } = kis({ expiresInOnReuse });
    issue();
    clock.advance(HOUR);
    const expiry = { access_token_token_expired: '2026-11-22 09:00:00', expires_in: seconds };
    expect(issue().reply).toMatchObject(expiry);
  });

  it.each([
    ['keeps', false],
    ['invalidates', true],
  ])('that returns a new token %s all earlier tokens if newTokenKillsOld is %s', (_, newTokenKillsOld) => {
    const { clock, broker, issue } = kis();
    const earlier = [issue().token];
    clock.advance(6 * HOUR);
    earlier.push(issue().token);
    broker.set({ newTokenKillsOld });
    clock.advance(6 * HOUR);
    const { token } = issue();
    expect(earlier.map((each) => broker.isAlive(each))).toEqual([!newTokenKillsOld, !newTokenKillsOld]);
    expect(broker.isAlive(token)).toBe(true);
  });

  it.each([
    ['live', 2],
    ['paper', 0],
  ] as const)(
    'in the market %s causes %i KakaoTalk messages for a new token, a rejected call and a reused token',
    (market, messages) => {
      const { clock, broker, issue } = kis({}, market);
      for (const wait of [0, 30 * SECOND, 31 * SECOND]) {
        clock.advance(wait);
        issue();
      }
      expect(broker.alimtalk).toBe(messages);
    },
  );

  it('with the option "slidingWindow" restarts the reuse window only if the call returns a token', () => {
    const { clock, issue } = kis({ slidingWindow: true });
    const { token } = issue();
    for (let reuse = 0; reuse < 3; reuse += 1) {
      clock.advance(6 * HOUR - 1);
      expect(issue()).toMatchObject({ token, outcome: 'reused' });
    }
    clock.advance(SECOND);
    expect(issue().outcome).toBe('EGW00133');
    clock.advance(6 * HOUR - SECOND);
    expect(issue().outcome).toBe('issued');
  });

  it('with the option "slidingWindow" returns an expired token until the reuse window has ended', () => {
    const { clock, issue, data } = kis({ slidingWindow: true, expiresInOnReuse: 'left' });
    const { token } = issue();
    for (let hour = 5; hour <= 25; hour += 5) {
      clock.advance(5 * HOUR);
      issue();
    }
    clock.advance(MINUTE);
    const { reply, outcome } = issue();
    expect([outcome, data(token)]).toEqual(['reused', 'EGW00123']);
    expect(reply).toMatchObject({ access_token: token, expires_in: -(3600 + 60) });
    clock.advance(6 * HOUR);
    expect(issue().outcome).toBe('issued');
  });
});

describe('an issue call of the simulated Kiwoom', () => {
  it.each(KIWOOM_ROWS)(TITLE, (previous, later, options, outcome) => {
    expect(issueTwice(kiwoom(options), previous, later)).toEqual({ outcome, isSame: outcome === 'reused' });
  });

  it('returns the same token with its original expiry', () => {
    const { clock, issue } = kiwoom();
    const first = issue();
    clock.advance(HOUR);
    expect(issue().reply).toEqual(first.reply);
  });

  it('that returns a new token invalidates the old token', () => {
    const { clock, broker, issue } = kiwoom({ reissue: 'supersede' });
    const { token } = issue();
    clock.advance(HOUR);
    issue();
    expect(broker.isAlive(token)).toBe(false);
  });

  it.each([429, 200] as const)(
    'is throttled with HTTP %i if the option "throttleStatus" has this value',
    (throttleStatus) => {
      const { ask, calls } = kiwoom({ throttleStatus, refuseData: '1700' });
      ask(calls.issue());
      expect(ask(calls.issue()).status).toBe(throttleStatus);
      expect(ask(kiwoomStockInfoCall('FAKE')).status).toBe(throttleStatus);
    },
  );

  it('can follow a revoke call immediately, because each kind of call has its own minimum interval', () => {
    const { clock, issue, revoke } = kiwoom();
    const { token } = issue();
    clock.advance(SECOND);
    expect(revoke(token)).toBe('revoked');
    expect(issue().outcome).toBe('issued');
  });
});

/** Makes an issue call, invalidates its token if `previous` is not live, and makes a second issue call. */
function issueTwice(
  { clock, broker, issue, revoke }: ReturnType<typeof kis> | ReturnType<typeof kiwoom>,
  previous: Row<unknown>[0],
  later: number,
) {
  const first = issue();
  if (previous === 'revoked') expect(revoke(first.token)).toBe('revoked');
  if (previous === 'invalidated') broker.kill(first.token);
  expect(broker.isAlive(first.token)).toBe(previous === 'live');
  clock.advance(later);
  const { token, outcome } = issue();
  return { outcome, isSame: token === first.token };
}
