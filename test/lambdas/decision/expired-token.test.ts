import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts } from '../../../lambdas/decision/facts.ts';
import { factsAt, kst, MINUTE, SECOND, TOKEN } from './facts.ts';
import { confirmRevocation, issueAgain, nextTick } from './returned-token-steps.ts';

const NOW = kst('04:00');
const EXPIRY = TOKEN.expiresAt;

describe('An expired token that is returned again', () => {
  const start = EXPIRY + SECOND;
  const expired = () => factsAt(start, { token: { returnedAgain: 2 } });

  it('is issued again, then revoked, then issued after 5, 15, 60 and 361 min', () => {
    let facts: Facts = expired();
    const steps: (string | number)[] = [];
    let at = start;
    for (let asks = 0; asks < 7; asks += 1) {
      facts = issueAgain(facts, at);
      let decision = decide(facts, at);
      if (decision.action === 'revoke') {
        steps.push('revoke');
        facts = confirmRevocation(facts, at);
        decision = decide(facts, at);
      }
      expect(decision).toMatchObject({ action: 'wait' });
      facts = nextTick(facts, at);
      const until = decide(facts, at + 61 * SECOND);
      const next = until.action === 'issue' ? at + 61 * SECOND : 'until' in until ? (until.until ?? 0) : 0;
      steps.push(until.action === 'issue' ? 'interval' : (next - at) / MINUTE);
      at = next;
    }
    expect(steps).toEqual(['interval', 'revoke', 'interval', 5, 15, 60, 361, 361]);
  });

  it('is not put off by the return of a live token before', () => {
    expect(decide(issueAgain(expired(), start), start)).toMatchObject({
      action: 'wait',
      reason: 'TooSoon',
      sleep: true,
    });
  });

  it('does not show that revocations are useless', () => {
    const facts = factsAt(start, { token: { health: 'dead', revokedAt: NOW, revocations: 1 } });
    expect(issueAgain(facts, start).state.revokeUseless).toBeUndefined();
  });
});
