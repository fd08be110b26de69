import { describe, expect, it } from 'vitest';
import { type KisOptions, KisSimulator } from '../../../simulator/brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import type { CommonOptions } from '../../../simulator/brokers/options.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type ClientCall,
  HOUR,
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  MINUTE,
  requestOf,
  SECOND,
  START,
} from './broker-harness.ts';

interface Calls {
  readonly issue: () => ClientCall;
  readonly revoke: (token: string) => ClientCall;
  readonly data: (token: string) => ClientCall;
}

function setUp(clock: ManualClock, broker: KisSimulator | KiwoomSimulator, { issue, revoke, data }: Calls) {
  const outcome = (call: ClientCall) => {
    broker.handle(requestOf(call));
    return broker.calls.at(-1)?.outcome;
  };
  const issued = () => {
    const reply = json(broker.handle(requestOf(issue())));
    return { reply, token: broker.calls.at(-1)?.token ?? '', outcome: broker.calls.at(-1)?.outcome };
  };
  return {
    clock,
    broker,
    issue: issued,
    revoke: (token: string) => outcome(revoke(token)),
    data: (token: string) => outcome(data(token)),
  };
}

function kis(options: Partial<KisOptions>) {
  const clock = new ManualClock(START);
  const broker = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY], options });
  return setUp(clock, broker, { issue: kisIssueCall, revoke: kisRevokeCall, data: kisPriceCall });
}

function kiwoom(options: Partial<KiwoomOptions>) {
  const clock = new ManualClock(START);
  const broker = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options });
  return setUp(clock, broker, {
    issue: kiwoomIssueCall,
    revoke: kiwoomRevokeCall,
    data: kiwoomStockInfoCall,
  });
}

const BROKERS = [
  ['KIS', (options: Partial<CommonOptions>) => kis(options), 'EGW00121', 'EGW00201'],
  ['Kiwoom', (options: Partial<CommonOptions>) => kiwoom(options), '8005', '8104'],
] as const;

describe.each(BROKERS)('the common options of %s', (_, start, dead, unclear) => {
  it('include ignoreRevoke, which confirms a revocation but keeps the token valid', () => {
    const { broker, issue, revoke, data } = start({ ignoreRevoke: true });
    const { token } = issue();
    expect(revoke(token)).toBe('ignored');
    expect(data(token)).toBe('ok');
    expect(broker.isAlive(token)).toBe(true);
  });

  it('include newTokenDelaySeconds, which rejects a new token until the delay has passed', () => {
    const { clock, issue, data } = start({ newTokenDelaySeconds: 60 });
    const { token } = issue();
    clock.advance(60 * SECOND - 1);
    expect(data(token)).toBe(dead);
    clock.advance(1);
    expect(data(token)).toBe('ok');
  });

  it('include refuseData, which causes the same reply for a live, an invalidated and an unknown token', () => {
    const { broker, issue, data } = start({ refuseData: unclear });
    const { token } = issue();
    expect(data(token)).toBe(unclear);
    broker.kill(token);
    expect([data(token), data('FAKE')]).toEqual([unclear, unclear]);
  });

  it.each([
    ['live', true],
    ['dead', false],
  ] as const)(
    'include replacement "%s", which invalidates all tokens and returns a new token (valid: %s)',
    (replacement, valid) => {
      const { clock, broker, issue, data } = start({});
      const { token } = issue();
      clock.advance(2 * MINUTE);
      broker.set({ replacement });
      const other = issue();
      expect([other.outcome, other.token === token]).toEqual(['issued', false]);
      expect([data(token), data(other.token)]).toEqual([dead, valid ? 'ok' : dead]);
    },
  );

  it('include reuseDead "killed", which returns a token that killAll has invalidated, even if the first reply with the token was lost', () => {
    const { clock, broker, issue, data } = start({ reuseDead: 'killed' });
    const first = issue().token;
    broker.kill(first);
    broker.set({ reuseDead: 'never', outage: 'lost' });
    clock.advance(2 * MINUTE);
    issue();
    const unpublished = broker.tokens.at(-1)?.token ?? '';
    broker.set({ reuseDead: 'killed', outage: 'none' });
    broker.killAll(broker.keys[0]?.appkey ?? '');
    clock.advance(2 * MINUTE);
    expect(issue()).toMatchObject({ token: unpublished, outcome: 'reused' });
    expect([data(first), data(unpublished)]).toEqual([dead, dead]);
  });
});

describe('the reuse options of KIS', () => {
  it('include slidingWindow, which restarts the reuse window with each reuse, but not with rejected calls', () => {
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

  it('include slidingWindow, which returns even an expired token until the reuse window has ended', () => {
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

  it.each([
    [86_400, 24 * HOUR - 1, 'reused'],
    [86_400, 24 * HOUR, 'issued'],
    [90_000, 25 * HOUR - 1, 'reused'],
    [90_000, 25 * HOUR, 'issued'],
  ])('include reuseWindowSeconds=%i: an issue call %i ms later is "%s"', (seconds, later, outcome) => {
    const { clock, issue } = kis({ reuseWindowSeconds: seconds });
    issue();
    clock.advance(later);
    expect(issue().outcome).toBe(outcome);
  });

  it('include newTokenKillsOld, which invalidates every earlier token of the app key when a new token is issued', () => {
    const { clock, broker, issue } = kis({});
    const earlier = [issue().token];
    clock.advance(6 * HOUR);
    earlier.push(issue().token);
    broker.set({ newTokenKillsOld: true });
    clock.advance(6 * HOUR);
    const { token } = issue();
    expect(earlier.map((each) => broker.isAlive(each))).toEqual([false, false]);
    expect(broker.isAlive(token)).toBe(true);
  });
});

describe('the reuse options of Kiwoom', () => {
  it.each([
    ['returns an expired token', {}, false, 'reused'],
    ['replaces an expired token that was invalidated earlier', {}, true, 'issued'],
    ['returns an invalidated token after its expiry', { reuseDead: 'killed' }, true, 'reused'],
    ['replaces an expired token under supersede', { reissue: 'supersede' }, false, 'issued'],
  ] as const)('include reuseExpiredSeconds, which %s with the options %o', (_, options, killed, outcome) => {
    const { clock, broker, issue, data } = kiwoom({ reuseExpiredSeconds: 600, ...options });
    const first = issue();
    if (killed) broker.kill(first.token);
    clock.advance(24 * HOUR + 600 * SECOND - 1);
    const second = issue();
    expect([second.outcome, data(first.token)]).toEqual([outcome, '8005']);
    if (outcome === 'reused') expect(second.reply).toEqual(first.reply);
  });

  it('include reuseExpiredSeconds, which ends the reuse of an expired token after the given time', () => {
    const { clock, issue } = kiwoom({ reuseExpiredSeconds: 600 });
    issue();
    clock.advance(24 * HOUR + 600 * SECOND);
    expect(issue().outcome).toBe('issued');
  });

  it.each(['8015', '8016'] as const)(
    'include deadRevoke, which rejects the second revocation of a token with the code %s',
    (deadRevoke) => {
      const { clock, issue, revoke } = kiwoom({ deadRevoke });
      const { token } = issue();
      expect(revoke(token)).toBe('revoked');
      clock.advance(SECOND);
      expect(revoke(token)).toBe(deadRevoke);
    },
  );

  it.each([429, 200] as const)(
    'include throttleStatus %i, which sets the HTTP status of a data call that is throttled with the code 1700',
    (throttleStatus) => {
      const { broker } = kiwoom({ refuseData: '1700', throttleStatus });
      expect(broker.handle(requestOf(kiwoomStockInfoCall('FAKE'))).status).toBe(throttleStatus);
    },
  );
});
