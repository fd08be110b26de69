import { describe, expect, it } from 'vitest';
import type { CommonOptions } from '../../../simulator/brokers/options.ts';
import { HOUR, kis, kiwoom, MINUTE, SECOND } from './broker-harness.ts';

const BROKERS = [
  ['KIS', (options: Partial<CommonOptions>) => kis(options), 'EGW00121', 'EGW00201'],
  ['Kiwoom', (options: Partial<CommonOptions>) => kiwoom(options), '8005', '8104'],
] as const;

describe.each(BROKERS)('the simulated %s', (_, start, dead, unclear) => {
  it('confirms a revocation but keeps the token valid if the option "ignoreRevoke" is set', () => {
    const { broker, issue, revoke, data } = start({ ignoreRevoke: true });
    const { token } = issue();
    expect(revoke(token)).toBe('ignored');
    expect(data(token)).toBe('ok');
    expect(broker.isAlive(token)).toBe(true);
  });

  it('rejects a new token until the time in the option "newTokenDelaySeconds" has passed', () => {
    const { clock, issue, data } = start({ newTokenDelaySeconds: 60 });
    const { token } = issue();
    clock.advance(60 * SECOND - 1);
    expect(data(token)).toBe(dead);
    clock.advance(1);
    expect(data(token)).toBe('ok');
  });

  it('rejects a live, an invalidated and an unknown token with the same reply if the option "refuseData" is set', () => {
    const { broker, issue, data } = start({ refuseData: unclear });
    const { token } = issue();
    expect(data(token)).toBe(unclear);
    expect(broker.isAlive(token)).toBe(true);
    broker.kill(token);
    expect([data(token), data('FAKE')]).toEqual([unclear, unclear]);
  });

  it.each([
    ['live', 'ok'],
    ['dead', dead],
  ] as const)(
    'with the option replacement "%s" issues a new token with which a data call has the outcome "%s"',
    (replacement, outcome) => {
      const { clock, broker, issue, data } = start({});
      const { token } = issue();
      clock.advance(2 * MINUTE);
      broker.set({ replacement });
      const other = issue();
      expect([other.outcome, other.token === token]).toEqual(['issued', false]);
      expect([data(token), data(other.token)]).toEqual([dead, outcome]);
    },
  );

  it('returns an invalidated token that no client received if the option "reuseDead" is "killed"', () => {
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

describe.each(BROKERS)('the stored state of a simulated %s', (_, start, dead) => {
  /** Creates a broker with a revoked, an invalidated and a live token, and a second broker with a copy. */
  function copied() {
    const original = start({ reuseDead: 'never' });
    const copy = start({ reuseDead: 'never' });
    const { clock, broker, issue, data, revoke } = original;
    const { token } = issue();
    data(token);
    revoke(token);
    clock.advance(7 * HOUR);
    broker.kill(issue().token);
    clock.advance(MINUTE);
    issue();
    copy.clock.set(clock.now());
    copy.broker.book = structuredClone(broker.book) as never;
    return { original, copy };
  }

  it('is plain JSON', () => {
    const { book } = copied().original.broker;
    expect(JSON.parse(JSON.stringify(book))).toEqual(book);
  });

  it('can be copied to a second broker that then answers every call like the original broker', () => {
    const { original, copy } = copied();
    for (const wait of [0, SECOND, 60 * SECOND, 25 * HOUR]) {
      for (const { clock } of [original, copy]) clock.advance(wait);
      const token = original.broker.tokens.at(-1)?.token ?? '';
      const { issue, data, revoke } = original.calls;
      for (const call of [issue(), data(token), revoke(token)])
        expect(copy.ask(call)).toEqual(original.ask(call));
    }
    expect(copy.broker.book).toEqual(original.broker.book);
  });

  it('does not change when a copy of the broker handles calls', () => {
    const { original, copy } = copied();
    const before = structuredClone(original.broker.book);
    copy.clock.advance(HOUR);
    copy.issue();
    copy.broker.setKeys([]);
    copy.broker.deleteTokensAndCalls();
    expect(original.broker.book).toEqual(before);
  });

  it('contains no token for the inherited property name "constructor"', () => {
    const { broker, data } = start({});
    expect(broker.isAlive('constructor')).toBe(false);
    expect(data('constructor')).toBe(dead);
  });
});
