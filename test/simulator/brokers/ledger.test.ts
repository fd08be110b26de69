import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  type ClientCall,
  HOUR,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  kiwoomStockInfoCall,
  requestOf,
  SECOND,
  START,
} from './broker-harness.ts';

const clock = new ManualClock(START);

const brokers = {
  kis: {
    simulator: () => new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY] }),
    issue: kisIssueCall,
    revoke: kisRevokeCall,
    data: kisPriceCall,
  },
  kiwoom: {
    simulator: () => new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY] }),
    issue: kiwoomIssueCall,
    revoke: kiwoomRevokeCall,
    data: kiwoomStockInfoCall,
  },
} as const;

describe.each(['kis', 'kiwoom'] as const)('the stored state of a simulated %s', (name) => {
  const { simulator, issue, revoke, data } = brokers[name];

  function used() {
    const broker = simulator();
    const send = (call: ClientCall) => broker.handle(requestOf(call));
    send(issue());
    const token = broker.tokens[0]?.token ?? '';
    send(data(token));
    send(revoke(token));
    clock.advance(7 * HOUR);
    send(issue());
    broker.kill(broker.tokens[1]?.token ?? '');
    send(issue());
    return broker;
  }

  it('can be copied with structuredClone and JSON without loss', () => {
    const { book } = used();
    expect(structuredClone(book)).toEqual(book);
    expect(JSON.parse(JSON.stringify(book))).toEqual(book);
  });

  it('can be copied to a second broker, which then answers every call like the original broker', () => {
    const original = used();
    const copy = simulator();
    copy.book = structuredClone(original.book);
    for (const wait of [0, SECOND, 60 * SECOND, 25 * HOUR]) {
      clock.advance(wait);
      const token = original.tokens.at(-1)?.token ?? '';
      for (const call of [issue(), data(token), revoke(token)])
        expect(copy.handle(requestOf(call))).toEqual(original.handle(requestOf(call)));
    }
    expect(copy.book).toEqual(original.book);
  });

  it('does not change when a copy of the broker handles calls', () => {
    const original = used();
    const copy = simulator();
    copy.book = structuredClone(original.book);
    const before = structuredClone(original.book);
    clock.advance(HOUR);
    copy.handle(requestOf(issue()));
    copy.setKeys([]);
    copy.deleteTokensAndCalls();
    expect(original.book).toEqual(before);
  });

  it('contains no token named "constructor", although every JavaScript object has a property with this name', () => {
    const broker = simulator();
    expect(broker.isAlive('constructor')).toBe(false);
    expect(broker.handle(requestOf(data('constructor'))).body).toMatch(/8005|EGW00121/);
  });
});
