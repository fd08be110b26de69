import { describe, expect, it } from 'vitest';
import { refresh } from '../../../lambdas/refresher/refresh.ts';
import type { Outcome } from '../../../simulator/explore/explored-world.ts';
import { SECOND } from '../decision/facts.ts';
import {
  alwaysFail,
  createDeadTokenWorld,
  createIdleWorld,
  createWorldAtRenewal,
  createWorldWithToken,
  decisionLines,
  decisionsIn,
  HOUR,
  issueCallTimes,
  later,
  publishedTokenIn,
  REPORT,
  setCallOutcomes,
  storeSecret,
  TICK_INTERVAL,
} from './world-harness.ts';

const callsOf = (calls: readonly string[], name: string) => calls.filter((call) => call === name).length;

describe('A verify call', () => {
  it('that the broker throttles twice is repeated twice', async () => {
    const world = await createIdleWorld('kiwoom');
    setCallOutcomes(world, { verify: ['throttled', 'throttled'] });
    await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe('verify Suspect: alive, keep StillAlive');
    expect(world.calls.slice(2, -1).join()).toBe('readToken,verify,sleep 2 s,verify,sleep 2 s,verify');
    expect(world.state.now - publishedTokenIn(world).issuedAt).toBe(HOUR + 300 + 2 * 1500);
  });

  it('that the broker throttles three times has the verdict "unclear"', async () => {
    const world = await createIdleWorld('kiwoom');
    world.chooseOutcome = alwaysFail('verify', 'throttled');
    const result = await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe('verify Suspect: unclear, keep Unverified');
    expect(callsOf(world.calls, 'verify')).toBe(3);
    expect(world.lines[0]).toMatchObject({ brokerCode: '1700' });
    expect(result.failureLevel).toBe(1);
    expect(publishedTokenIn(world).health).toBe('suspect');
  });

  it.each<[when: string, options: object, outcomes: readonly Outcome[], verifyCalls: number]>([
    ['', {}, [], 3],
    [', even if the clock of the broker is two minutes behind', { clockAhead: -120 * SECOND }, [], 3],
    [', and again after two throttled calls', {}, ['ok', 'ok', 'throttled', 'throttled'], 5],
  ])(
    'of a new token that the broker rejects is repeated 65 s after the issue of the token%s',
    async (when, options, verify, verifyCalls) => {
      const world = await createDeadTokenWorld(7 * HOUR, { newTokenDelaySeconds: 60, ...options });
      setCallOutcomes(world, { verify });
      await world.deliver(REPORT);
      expect(decisionLines(world).slice(-2)).toEqual(['verify Suspect: alive', 'keep StillAlive']);
      expect(world.isTokenLive).toBe(true);
      expect(callsOf(world.calls, 'issue')).toBe(1);
      expect(callsOf(world.calls, 'verify')).toBe(verifyCalls);
      // The grace period starts at the issue time in the token, unless the clock of the broker is slow.
      if (when === '') expect(world.state.now - publishedTokenIn(world).issuedAt).toBeLessThan(66 * SECOND);
      const lastIssueCall = issueCallTimes(world).at(-1) ?? 0;
      expect(world.state.now - lastIssueCall).toBeLessThan((verifyCalls === 3 ? 66 : 69) * SECOND);
    },
  );

  it.each([
    ['is final 65 s after the issue of the token', 65 * SECOND, 1],
    ['is repeated if the token is younger than 65 s', 65 * SECOND - 1, 2],
  ])('that finds a new token dead %s', async (_when, age, times) => {
    const world = await createDeadTokenWorld(0);
    // The answer takes 0.3 s.
    world.state.now = publishedTokenIn(world).issuedAt + age - 300;
    await world.deliver(REPORT);
    expect(decisionLines(world)[0]).toBe('verify Suspect: dead');
    expect(callsOf(world.calls.slice(0, world.calls.indexOf('issue')), 'verify')).toBe(times);
  });

  it.each([
    ['repeated if 45 s of the invocation remain after it', 0, 'dead'],
    ['not repeated if less than 45 s of the invocation remain after it', -1, 'unclear'],
  ])('is %s', async (_what, lacking, verdict) => {
    const world = await createWorldWithToken('kis', { config: { checkEverySeconds: 60 } });
    world.broker().kill(world.token ?? '');
    const known = publishedTokenIn(world).issuedAt + 65 * SECOND;
    const message = { credential: 'main', ...REPORT };
    await refresh({ message, messageId: 'm-9', deadline: known + 45 * SECOND + lacking }, world.ports());
    expect(decisionLines(world).at(2)).toBe(`verify Suspect: ${verdict}`);
  });

  it('uses the secret version with which the token was issued if the state contains no field keyPair', async () => {
    const world = await createIdleWorld();
    const published = publishedTokenIn(world);
    const issuedFor = { ...published.issuedFor, keyPair: undefined };
    world.state.state = { state: { ...world.published, published: { ...published, issuedFor } } };
    storeSecret(world, 'v2', '{}');
    await world.deliver(REPORT);
    expect(decisionsIn(world)).toMatch(/^read-secret Suspect: unconfigured, verify Suspect: alive/);
  });

  it('has the verdict "unclear" while AWS denies access to the token parameter, and causes no issue call', async () => {
    const world = await createIdleWorld();
    world.chooseOutcome = alwaysFail('readToken', 'denied');
    const result = await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe('verify Suspect: unclear, keep Unverified');
    expect(world.lines[0]?.message).toContain('AccessDenied');
    expect(result).toMatchObject({ issued: 0, failure: undefined, failureLevel: 1 });
  });

  it('that finds a different token in the parameter causes an attempt to restore the published token', async () => {
    const world = await createWorldAtRenewal('kis');
    const { token } = world.state;
    if (token !== undefined) token.values[1] = { value: 'FAKE-overwritten', keyArn: world.state.tokenKeyArn };
    await world.tick();
    expect(decisionsIn(world)).toBe('restore ParameterChanged, issue ParameterLost: published, keep Fresh');
    expect(world.isTokenLive).toBe(true);
  });

  it('is made when SQS delivers the message again after an AWS error', async () => {
    const world = await createIdleWorld();
    world.chooseOutcome = alwaysFail('readToken', 'failed');
    const result = await world.deliver(REPORT, 'm-report');
    expect(result.failure).toMatchObject({ retry: true, error: { awsCode: 'InternalServerError' } });
    expect(world.calls).not.toContain('verify');
    world.chooseOutcome = () => 'ok';
    await later(world, TICK_INTERVAL).deliver(REPORT, 'm-report');
    expect(decisionsIn(world)).toBe('verify Suspect: alive, keep StillAlive');
  });
});
