import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../lambdas/brokers/broker.ts';
import type { InvocationProgress } from '../../../lambdas/decision/facts.ts';
import { factsAfterIssue } from '../../../lambdas/refresher/issue.ts';
import type { Ports } from '../../../lambdas/refresher/ports.ts';
import { fingerprint } from '../../../lambdas/shared/fingerprint.ts';
import type { Outcome } from '../../../lambdas/shared/state.ts';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import { attempt, factsAt, HEALTHY_STATE, MINUTE, PUBLISHED_TOKEN } from '../decision/facts.ts';
import {
  alwaysFail,
  createEmptyWorld,
  createWorldAtRenewal,
  decisionLines,
  HOUR,
  later,
  publishedTokenIn,
  recordStateBefore,
} from './world-harness.ts';

/** Runs one tick in which `issue` replaces the issue call to the broker. */
function tickWith(world: ExploredWorld, issue: () => Promise<IssuedToken>) {
  const ports = world.ports();
  const connect: Ports['connect'] = (connection) => ({ ...ports.connect(connection), issue });
  return world.deliver({ cause: 'schedule' }, undefined, { ...ports, connect });
}

describe('An issue call', () => {
  it('is preceded by a write of the state that records the start and the kind of the call', async () => {
    const world = await createWorldAtRenewal('kis');
    const stamped = recordStateBefore(world, 'issue');
    await world.tick();
    expect(stamped.state).toMatchObject({
      generation: 1,
      published: { health: 'suspect' },
      attempt: { kind: 'issue', outcome: 'started', cause: 'schedule', messageId: 'm-2' },
    });
  });

  it('writes only the token to the token parameter, and the lifetime of the token to the state', async () => {
    const world = createEmptyWorld('kis');
    const now = world.state.now;
    const issued = { token: 'FAKE-token', tokenType: 'Bearer', issuedAt: now, expiresAt: now + 24 * HOUR };
    await tickWith(world, async () => issued);
    expect(world.token).toBe('FAKE-token');
    expect(publishedTokenIn(world)).toMatchObject({
      fingerprint: fingerprint('FAKE-token'),
      tokenType: 'Bearer',
      issuedAt: now,
      expiresAt: now + 24 * HOUR,
      renewAt: now + 21 * HOUR,
    });
    expect(JSON.stringify(world.state)).toContain('FAKE-token');
    expect(JSON.stringify(world.state.state)).not.toContain('FAKE-token');
  });

  it.each([
    ['has passed', 0, 'malformed'],
    ['is in the future', 1, 'published'],
  ])('that returns a new token whose expiry %s has the outcome "%s"', async (_when, ahead, outcome) => {
    const world = await createWorldAtRenewal('kis');
    const old = world.token;
    const expiresAt = world.state.now + 300 + ahead;
    await tickWith(world, async () => ({ token: 'FAKE-other', tokenType: 'Bearer', expiresAt }));
    const problem = `the expiry ${new Date(expiresAt).toISOString()} in the reply is not in the future`;
    const message = ahead === 0 ? problem : undefined;
    expect(world.lines[1]).toMatchObject({ action: 'issue', outcome, message });
    expect(world.token).toBe(ahead === 0 ? old : 'FAKE-other');
    expect(world.published).toMatchObject({ generation: ahead === 0 ? 1 : 2, issues: { length: 2 } });
  });

  it('whose token cannot be published is not repeated within 4 min', async () => {
    const world = await createWorldAtRenewal('kis');
    const old = world.token;
    world.chooseOutcome = alwaysFail('writeToken', 'denied');
    const result = await world.tick();
    expect(decisionLines(world)[1]).toBe('issue NearExpiry: unpublished');
    expect(world.lines[1]?.message).toContain('AccessDeniedException');
    expect(world.token).toBe(old);
    expect(result).toMatchObject({ issued: 1, failure: { retry: false, error: { permanent: true } } });
    await later(world, 4 * MINUTE).tick();
    expect(world.calls).not.toContain('issue');
  });

  it('that succeeds logs the time of the next renewal, and a throttled first issue call logs no time', async () => {
    const world = await createWorldAtRenewal('kis');
    await world.tick();
    expect(world.lines[1]).toMatchObject({
      outcome: 'published',
      next: new Date(publishedTokenIn(world).renewAt).toISOString(),
      generation: 2,
    });
    const failing = createEmptyWorld('kis');
    failing.chooseOutcome = alwaysFail('issue', 'throttled');
    await failing.tick();
    expect(failing.lines[0]).toMatchObject({ outcome: 'throttled', brokerCode: 'EGW00133', next: undefined });
  });
});

describe('The invocation after an issue call', () => {
  const EARLIER = { calls: 1, repeats: 1, verdict: 'alive', returned: true } as const;
  const REVOKED = { revoked: PUBLISHED_TOKEN.fingerprint };
  const factsAfter = (outcome: Outcome, done: Partial<InvocationProgress>, refused = false, token?: null) => {
    const before = factsAt(0, {
      parameter: 'changed',
      done: { ...EARLIER, ...done },
      ...(token === null && { token }),
    });
    return factsAfterIssue(before, { ...HEALTHY_STATE, attempt: attempt({ at: 0, outcome }) }, refused);
  };

  it.each<[outcome: Outcome, published: boolean, parameter: string, done: object]>([
    ['published', false, 'ours', { returned: false, published: true }],
    ['unchanged', true, 'ours', { returned: true, published: false }],
    ['unavailable', true, 'changed', { returned: false, published: true }],
    ['unavailable', false, 'changed', { returned: false, published: false }],
  ])(
    'with the outcome %s (published: %s) has the parameter %s and %j',
    (outcome, published, parameter, done) => {
      const expected = { ...EARLIER, calls: 2, verdict: undefined, ...done };
      expect(factsAfter(outcome, { published })).toMatchObject({ parameter, done: expected });
    },
  );

  it.each<[what: string, calls: number, repeats: number, done: object, refused: boolean, token?: null]>([
    ['rejected after an early revocation', 1, 2, REVOKED, true],
    ['lost after an early revocation', 2, 1, REVOKED, false],
    ['rejected after the revocation of a different token', 2, 1, { revoked: 'FAKE' }, true],
    ['rejected without a revocation', 2, 1, {}, true],
    ['rejected without a token', 2, 1, {}, true, null],
    ['rejected after a revocation, without a token', 2, 1, REVOKED, true, null],
  ])('that was %s has %i calls and %i repeats', (_what, calls, repeats, done, refused, token) => {
    expect(factsAfter('throttled', done, refused, token).done).toMatchObject({ calls, repeats });
  });
});
