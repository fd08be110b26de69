import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../lambdas/brokers/broker.ts';
import {
  failed,
  judge,
  knownDead,
  notRevoked,
  published,
  revoked,
  started,
  unchanged,
  unconfigured,
  unpublished,
} from '../../../lambdas/refresher/outcome.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import { attempt, DAY, HEALTHY, HOUR, KIS, KIWOOM, kst, MINUTE, SECOND, TOKEN } from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const stamp = { at: NOW, cause: 'schedule', messageId: 'm-1', secretVersion: 'v2' } as const;
const rules = { renewBefore: HOUR, checkEvery: 5 * MINUTE, sessions: [], reuseWindow: 6 * HOUR };
const next = {
  ...TOKEN,
  fingerprint: 'ba9876543210',
  issuedAt: NOW,
  expiresAt: NOW + DAY,
  renewAt: NOW + 23 * HOUR,
};
const state = (change: Partial<State> = {}): State => ({ ...HEALTHY, ...change });

describe('while the broker is called', () => {
  it('puts a living token in doubt: nobody knows yet what the call does to it', () => {
    expect(started(HEALTHY, stamp).doubted).toBe(true);
    expect(started(state({ dead: true }), stamp).doubted).toBeUndefined();
    expect(started(state({ generation: 0, published: undefined }), stamp).doubted).toBeUndefined();
  });
  it('the state says so, with an end assumed 15 s later and the issue counted', () => {
    expect(started(state({ wanted: { reason: 'Forced', since: NOW } }), stamp)).toMatchObject({
      generation: 41,
      published: TOKEN,
      wanted: { reason: 'Forced' },
      lastCallAt: NOW + 15 * SECOND,
      issues: [TOKEN.issuedAt, NOW],
      attempt: { at: NOW, outcome: 'started', failures: 1, messageId: 'm-1', secretVersion: 'v2' },
    });
  });
});

describe('a reply with a token is judged', () => {
  const issued = (change: Partial<IssuedToken> = {}): IssuedToken => ({
    token: 'FAKE-token',
    tokenType: 'Bearer',
    expiresAt: NOW + DAY,
    ...change,
  });
  const judged = (reply: IssuedToken, print = 'ba9876543210', before = HEALTHY) =>
    judge(reply, print, before, 'v2', rules, NOW);

  it('a new one is to be published, with the plan for its renewal', () => {
    expect(judged(issued())).toEqual({
      outcome: 'published',
      next: { ...next, issuedAt: NOW, secretVersion: 'v2' },
    });
  });
  it('the issue time is what the token itself says', () => {
    const early = judged(issued({ issuedAt: NOW - HOUR }));
    expect(early).toMatchObject({ next: { issuedAt: NOW - HOUR } });
  });
  it('but never later than now: a broker ahead of us must not stretch the reuse window', () => {
    expect(judged(issued({ issuedAt: NOW + HOUR }))).toMatchObject({ next: { issuedAt: NOW } });
  });
  it('one that expires this very moment is not published', () => {
    expect(judged(issued({ expiresAt: NOW }))).toEqual({
      outcome: 'malformed',
      why: "the reply's expiry 2026-11-19T23:10:00.000Z is not in the future",
    });
  });
  it('one that lives another millisecond is', () => {
    expect(judged(issued({ expiresAt: NOW + 1 }))).toMatchObject({ outcome: 'published' });
  });
  it('the one that is published already is unchanged, and keeps its issue time', () => {
    expect(judged(issued(), TOKEN.fingerprint)).toMatchObject({
      outcome: 'unchanged',
      next: { issuedAt: TOKEN.issuedAt, secretVersion: 'v2', fingerprint: TOKEN.fingerprint },
    });
  });
  it('the published one that is said to have ended already keeps the end that is known, and is doubted', () => {
    expect(judged(issued({ expiresAt: NOW }), TOKEN.fingerprint)).toMatchObject({
      outcome: 'unchanged',
      doubtful: true,
      next: { expiresAt: TOKEN.expiresAt, renewAt: TOKEN.renewAt },
    });
  });
  it('one that is said to end in a millisecond is believed', () => {
    expect(judged(issued({ expiresAt: NOW + 1 }), TOKEN.fingerprint)).toMatchObject({
      outcome: 'unchanged',
      doubtful: false,
      next: { expiresAt: NOW + 1 },
    });
  });
  it('the published one that comes back after its end is unchanged too: the broker is late', () => {
    const ended = state({ published: { ...TOKEN, expiresAt: NOW } });
    expect(judged(issued({ expiresAt: NOW }), TOKEN.fingerprint, ended)).toMatchObject({
      outcome: 'unchanged',
      doubtful: false,
      next: { expiresAt: NOW },
    });
  });
  it('an issue time in the future is mended when the same token comes back', () => {
    const ahead = state({ published: { ...TOKEN, issuedAt: NOW + HOUR } });
    expect(judged(issued(), TOKEN.fingerprint, ahead)).toMatchObject({ next: { issuedAt: NOW } });
  });
});

describe('after the call', () => {
  it('a published token is a new generation, and what was wrong before is over', () => {
    const before = state({
      dead: true,
      paused: true,
      wanted: { reason: 'Rejected', since: NOW },
      attempt: attempt({ at: NOW - HOUR, outcome: 'rejected', failures: 7 }),
    });
    expect(published(before, stamp, next, END)).toEqual({
      generation: 42,
      published: next,
      last: undefined,
      lastCallAt: END,
      issues: [TOKEN.issuedAt, NOW],
      attempt: {
        at: NOW,
        cause: 'schedule',
        messageId: 'm-1',
        outcome: 'published',
        failures: 0,
        secretVersion: 'v2',
      },
    });
  });

  it('a token that could not be stored leaves the published one alone and asks again in 5, then every 15 minutes', () => {
    const once = unpublished(HEALTHY, stamp, 'AccessDeniedException', END);
    expect(once).toMatchObject({ generation: 41, published: TOKEN, issues: [TOKEN.issuedAt, NOW] });
    expect(once.attempt).toMatchObject({ outcome: 'unpublished', failures: 1, retryAt: END + 5 * MINUTE });
    const twice = unpublished(once, stamp, 'AccessDeniedException', END);
    expect(twice.attempt).toMatchObject({ failures: 2, retryAt: END + 15 * MINUTE });
    expect(unpublished(twice, stamp, '', END).attempt).toMatchObject({
      failures: 3,
      retryAt: END + 15 * MINUTE,
    });
  });

  it.each([
    ['a refusal is no issue', false, [TOKEN.issuedAt]],
    ['a call without an answer may have been one', true, [TOKEN.issuedAt, NOW]],
  ])('%s', (_sentence, mayHaveActed, issues) => {
    const error = { kind: 'unavailable', message: 'x', brokerCode: undefined, mayHaveActed } as const;
    expect(failed(HEALTHY, stamp, error, END)).toMatchObject({ issues, lastCallAt: END, published: TOKEN });
  });

  it('a secret that holds no key is no call', () => {
    const after = unconfigured(state({ wanted: { reason: 'Forced', since: NOW } }), stamp, 'x'.repeat(300));
    expect(after).toMatchObject({ lastCallAt: HEALTHY.lastCallAt, issues: HEALTHY.issues });
    expect(after.wanted).toBeUndefined();
    expect(after.attempt).toMatchObject({ outcome: 'unconfigured', failures: 1 });
    expect(after.attempt?.message).toHaveLength(200);
  });

  it('a revocation is no failure', () => {
    expect(revoked(state({ dead: true }), stamp)).toMatchObject({
      dead: true,
      lastCallAt: HEALTHY.lastCallAt,
      attempt: { outcome: 'revoked', failures: 0 },
    });
  });

  it('a revocation that failed says so', () => {
    const error = { kind: 'unavailable', message: 'HTTP 503', brokerCode: '8015' } as const;
    expect(notRevoked(HEALTHY, stamp, error, END).attempt).toMatchObject({
      outcome: 'unavailable',
      brokerCode: '8015',
      message: 'revoke: HTTP 503',
      failures: 1,
    });
  });
});

describe('keys that were refused', () => {
  const no = {
    kind: 'rejected',
    brokerCode: 'EGW00103',
    message: 'no such key',
    mayHaveActed: false,
  } as const;
  const down = {
    kind: 'unavailable',
    brokerCode: undefined,
    message: 'HTTP 503',
    mayHaveActed: false,
  } as const;
  const at = (minutes: number) => ({ ...stamp, at: NOW + minutes * MINUTE });

  it('are tried again after 5, 15, then every 60 minutes', () => {
    const delays: number[] = [];
    let now = state();
    let minute = 0;
    for (let i = 0; i < 5; i++) {
      const end = NOW + minute * MINUTE + 9 * SECOND;
      now = failed(now, at(minute), no, end);
      const delay = ((now.attempt?.retryAt ?? 0) - end) / MINUTE;
      delays.push(delay);
      minute += delay + 1;
    }
    expect(delays).toEqual([5, 15, 60, 60, 60]);
  });

  it('stay refused through an outage, so that the alarm stays up', () => {
    const refused = failed(HEALTHY, stamp, no, END);
    const outage = failed(refused, at(5), down, END + 5 * MINUTE);
    expect(outage.attempt).toMatchObject({
      outcome: 'rejected',
      brokerCode: 'EGW00103',
      failures: 2,
      retryAt: END + 20 * MINUTE,
      message: 'unavailable when asked again: HTTP 503; before that: no such key',
    });
  });

  it('are forgotten with a new secret version', () => {
    const refused = failed(HEALTHY, { ...stamp, secretVersion: 'v1' }, no, END);
    expect(failed(refused, at(5), down, END).attempt).toMatchObject({ outcome: 'unavailable' });
    expect(failed(refused, at(5), no, END).attempt).toMatchObject({ retryAt: END + 5 * MINUTE });
  });

  it('are forgotten when an operator forces', () => {
    const refused = failed(HEALTHY, stamp, no, END);
    expect(failed(refused, { ...at(5), cause: 'forced' }, down, END).attempt).toMatchObject({
      outcome: 'unavailable',
    });
  });

  it('are proven right by a token, stored or not', () => {
    const refused = failed(HEALTHY, stamp, no, END);
    expect(unpublished(refused, at(5), 'x', END).attempt).toMatchObject({ outcome: 'unpublished' });
  });

  it('answer a forced refresh, but not a changed secret', () => {
    const forced = state({ wanted: { reason: 'Forced', since: NOW } });
    const changed = state({ wanted: { reason: 'CredentialsChanged', since: NOW } });
    expect(failed(forced, stamp, no, END).wanted).toBeUndefined();
    expect(failed(changed, stamp, no, END).wanted).toMatchObject({ reason: 'CredentialsChanged' });
    expect(failed(forced, stamp, down, END).wanted).toMatchObject({ reason: 'Forced' });
  });

  it('leave the report that stood beside the force', () => {
    const wanted = { reason: 'Forced', generation: 41, since: NOW } as const;
    expect(failed(state({ wanted }), stamp, no, END).wanted).toEqual({ ...wanted, reason: 'Rejected' });
  });
});

describe('the same token back', () => {
  const retry = (before: Partial<State>, contract = KIS, token = TOKEN, end = END) =>
    unchanged(state(before), stamp, token, contract, end).attempt?.retryAt;
  const again = (at: number, retryAt: number) => ({
    attempt: attempt({ at, outcome: 'unchanged', retryAt }),
  });

  it('is no new generation and no success, but an issue', () => {
    const after = unchanged(HEALTHY, stamp, { ...TOKEN, secretVersion: 'v2' }, KIS, END);
    expect(after).toMatchObject({
      generation: 41,
      issues: [TOKEN.issuedAt, NOW],
      published: { secretVersion: 'v2' },
    });
    expect(after.attempt).toMatchObject({ outcome: 'unchanged', failures: 0 });
  });

  it('KIS is asked again a minute after the six hours', () => {
    const young = { ...TOKEN, issuedAt: NOW - HOUR, expiresAt: NOW + 23 * HOUR };
    expect(retry({}, KIS, young)).toBe(NOW + 5 * HOUR + MINUTE);
  });
  it('but not after the second behind its end', () => {
    const short = { ...TOKEN, issuedAt: NOW - HOUR, expiresAt: NOW + HOUR };
    expect(retry({}, KIS, short)).toBe(NOW + HOUR + SECOND);
  });
  it('beyond the six hours KIS is asked again after 15 minutes', () => {
    expect(retry({})).toBe(END + 15 * MINUTE);
  });
  it('then after twice as long each time', () => {
    expect(retry(again(NOW - 15 * MINUTE, NOW), KIS, { ...TOKEN, expiresAt: NOW + 5 * HOUR })).toBe(
      END + 30 * MINUTE,
    );
  });
  it('a wait for the window is not what is doubled', () => {
    expect(retry(again(TOKEN.issuedAt + HOUR, TOKEN.issuedAt + 6 * HOUR))).toBe(END + 15 * MINUTE);
  });
  it('never beyond the second after its end', () => {
    expect(retry(again(NOW - 40 * MINUTE, NOW))).toBe(TOKEN.expiresAt + SECOND);
  });
  it('Kiwoom is asked again a second after its end', () => {
    expect(retry({}, KIWOOM)).toBe(TOKEN.expiresAt + SECOND);
  });
  it('still the same after its end, it is asked for again after the minimum interval', () => {
    expect(retry({}, KIWOOM, TOKEN, TOKEN.expiresAt)).toBe(TOKEN.expiresAt + 10 * SECOND);
  });
  it('a dead one that comes back is asked for again after the minimum interval, once', () => {
    expect(retry({ dead: true }, KIWOOM)).toBe(END + 10 * SECOND);
    expect(retry({ dead: true, ...again(NOW - MINUTE, NOW) }, KIWOOM)).toBe(TOKEN.expiresAt + SECOND);
  });
  it('what came back before it was known to be dead does not count', () => {
    const known = knownDead(state(again(NOW - MINUTE, NOW + HOUR)));
    expect(known).toMatchObject({ dead: true });
    expect(known.attempt?.retryAt).toBeUndefined();
    expect(retry(known, KIS)).toBe(END + 61 * SECOND);
  });
  it('what came back since does', () => {
    const known = { ...state(again(NOW - MINUTE, NOW + HOUR)), dead: true } as const;
    expect(knownDead(known)).toEqual(known);
  });
  it('is tried before it is relied upon if the reply says that it has ended, unless it is known to be dead', () => {
    const doubted = (before: Partial<State>, doubtful: boolean) =>
      unchanged(state(before), stamp, TOKEN, KIS, END, doubtful).doubted;
    expect(doubted({}, true)).toBe(true);
    expect(doubted({ dead: true }, true)).toBeUndefined();
    expect(doubted({ doubted: true }, false)).toBeUndefined();
  });
  it('answers a wish, but not a report that could not be checked', () => {
    const wishes = (['Forced', 'CredentialsChanged', 'Rejected'] as const).map(
      (reason) => unchanged(state({ wanted: { reason, since: NOW } }), stamp, TOKEN, KIS, END).wanted?.reason,
    );
    expect(wishes).toEqual([undefined, undefined, 'Rejected']);
  });
  it('leaves the report that stood beside the wish it answers', () => {
    const wanted = { reason: 'CredentialsChanged', generation: 41, since: NOW } as const;
    expect(unchanged(state({ wanted }), stamp, TOKEN, KIS, END).wanted).toEqual({
      ...wanted,
      reason: 'Rejected',
    });
  });
});
