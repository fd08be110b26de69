import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../lambdas/brokers/broker.ts';
import { BrokerError, type BrokerErrorKind } from '../../../lambdas/brokers/errors.ts';
import { decide } from '../../../lambdas/refresher/decide.ts';
import type { DecisionLine, Ports } from '../../../lambdas/refresher/ports.ts';
import { refresh } from '../../../lambdas/refresher/refresh.ts';
import { protectedSince } from '../../../lambdas/refresher/session-hours.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { formatState, NO_STATE, parseState, type State } from '../../../lambdas/shared/state.ts';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { anyFacts } from './any-facts.ts';
import { CONFIG, DAY, HOUR, KIS, KIWOOM, kst, MINUTE, SECOND } from './facts.ts';

/** What the broker does with the next call. */
type Answer =
  | { readonly token: 'new' | 'same'; readonly life: number }
  | { readonly fails: BrokerErrorKind; readonly mayHaveActed: boolean };

interface Step {
  readonly wait: number;
  readonly message: InboxMessage;
  readonly answer: Answer;
  readonly verdict: 'alive' | 'dead' | 'unknown';
  readonly newSecret: boolean;
  readonly writeFails: boolean;
  readonly takes: number;
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      token: fc.constantFrom('new', 'same'),
      life: fc.integer({ min: -HOUR, max: 30 * HOUR }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      fails: fc.constantFrom<BrokerErrorKind>('throttled', 'unavailable', 'malformed', 'rejected'),
      mayHaveActed: fc.boolean(),
    }),
  },
);

const message: fc.Arbitrary<InboxMessage> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ credential: 'kis-main', cause: 'schedule' } as const) },
  fc.constant({ credential: 'kis-main', cause: 'forced' } as const),
  fc.constant({ credential: 'kis-main', cause: 'credentials-changed' } as const),
  fc.record({
    credential: fc.constant('kis-main'),
    cause: fc.constant('rejected' as const),
    generation: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    credential: fc.constant('kis-main'),
    cause: fc.constant('revoke' as const),
    reissue: fc.boolean(),
  }),
);

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(
    fc.constant(5 * MINUTE),
    fc.integer({ min: 0, max: 2 * MINUTE }),
    fc.integer({ min: 0, max: 8 * HOUR }),
  ),
  message,
  answer,
  verdict: fc.constantFrom('alive', 'dead', 'unknown'),
  newSecret: fc.integer({ min: 0, max: 14 }).map((n) => n === 0),
  writeFails: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  takes: fc.integer({ min: 0, max: 10 * SECOND }),
});

interface Call {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
  readonly before: State;
}

/** Lives a history through the real use case; answers what was called when, and every state that was stored. */
async function live(steps: readonly Step[], config: CredentialConfig, contract: typeof KIS) {
  let now = kst('09:00');
  let stored: State = NO_STATE;
  let secret = 1;
  let serial = 0;
  let current: Step | undefined;
  const calls: Call[] = [];
  const states: { at: number; state: State }[] = [];
  const lines: DecisionLine[] = [];
  const fails = () => current?.writeFails === true;

  const ports: Ports = {
    clock: {
      now: () => now,
      sleepUntil: async (instant) => {
        now = Math.max(now, instant);
      },
    },
    report: (line) => lines.push(line),
    secrets: { read: async () => ({ key: { appkey: 'FAKE', secret: 'FAKE' }, version: `v${secret}` }) },
    store: {
      read: async () => ({ config, state: stored }),
      readToken: async () => `FAKE-token-${serial}`,
      writeToken: async () => {
        if (fails()) throw new AwsTrouble('write', new Error('InternalServerError'));
      },
      writeState: async (_id, state) => {
        // Through the codec, so that a state that cannot be stored shows.
        stored = parseState(formatState(state)).state;
        states.push({ at: now, state: stored });
      },
    },
    connect: () => ({
      contract,
      secretFields: { appkey: 'appkey', secret: 'appsecret' },
      issue: async (): Promise<IssuedToken> => {
        const start = now;
        const before = stored;
        now += current?.takes ?? 0;
        calls.push({ start, end: now, reason: '', before });
        const next = current?.answer;
        if (next === undefined) throw new Error('no answer was planned');
        if ('fails' in next)
          throw new BrokerError(next.fails, 'planned', { mayHaveActed: next.mayHaveActed });
        if (next.token === 'new' || serial === 0) serial += 1;
        return { token: `FAKE-token-${serial}`, tokenType: 'Bearer', expiresAt: now + next.life };
      },
      revoke: async () => {
        if (current && 'fails' in current.answer) throw new BrokerError(current.answer.fails, 'planned');
      },
      verify: async () => ({ is: current?.verdict ?? 'unknown' }),
    }),
  };

  for (const [index, each] of steps.entries()) {
    current = each;
    now += each.wait;
    if (each.newSecret) secret += 1;
    const firstCall = calls.length;
    await refresh({ message: each.message, messageId: `m-${index}`, deadline: now + 450 * SECOND }, ports);
    const told = lines.splice(0).filter(({ action }) => action === 'issue');
    for (const [at, { reason }] of told.entries()) {
      const call = calls[firstCall + at];
      if (call) calls[firstCall + at] = { ...call, reason };
    }
  }
  return { calls, states };
}

const histories = fc.array(step, { minLength: 1, maxLength: 40 });
const setups = fc.constantFrom(
  { contract: KIS, config: CONFIG },
  { contract: KIS, config: { ...CONFIG, sessions: [{ preset: 'nxt' as const }, { preset: 'us' as const }] } },
  { contract: KIWOOM, config: { ...CONFIG, broker: 'kiwoom' as const } },
  { contract: KIWOOM, config: { ...CONFIG, broker: 'kiwoom' as const, renewEarly: 'revoke' as const } },
);

describe('for any history', () => {
  it('no two issue calls are closer than the minimum interval', async () => {
    await fc.assert(
      fc.asyncProperty(histories, setups, async (steps, { contract, config }) => {
        const { calls } = await live(steps, config, contract);
        for (const [index, call] of calls.entries()) {
          const previous = calls[index - 1];
          if (previous) expect(call.start - previous.end).toBeGreaterThanOrEqual(contract.minimumInterval);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('no call falls into the reuse window without a cause that may', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const { calls } = await live(steps, CONFIG, KIS);
        for (const { start, reason, before } of calls) {
          const { published, attempt } = before;
          if (published === undefined || start >= published.issuedAt + 6 * HOUR) continue;
          const otherSecret = attempt?.secretVersion !== published.secretVersion;
          const mayPass = ['TokenDead', 'Interrupted', 'CredentialsChanged'].includes(reason);
          const unpublished = (attempt?.failures ?? 0) > 1;
          expect(mayPass || otherSecret || unpublished).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a renewal is planned at least the margin before expiry, and keeps every rule unless it failed open', async () => {
    await fc.assert(
      fc.asyncProperty(histories, setups, async (steps, { contract, config }) => {
        const { states } = await live(steps, config, contract);
        for (const { state } of states) {
          const { published } = state;
          if (published === undefined) continue;
          const { issuedAt, expiresAt, renewAt } = published;
          const margin = Math.min(HOUR, Math.floor((expiresAt - issuedAt) / 2));
          expect(renewAt).toBeLessThanOrEqual(expiresAt - margin);
          const keepsRules =
            renewAt >= issuedAt + (contract.reuseWindow ?? 0) &&
            protectedSince(renewAt, config.sessions, 7 * MINUTE) === undefined;
          if (!keepsRules) expect(renewAt).toBe(expiresAt - margin);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a generation never goes back, and no token that has ended already is published', async () => {
    await fc.assert(
      fc.asyncProperty(histories, setups, async (steps, { contract, config }) => {
        const { states } = await live(steps, config, contract);
        let generation = 0;
        for (const { at, state } of states) {
          expect(state.generation).toBeGreaterThanOrEqual(generation);
          if (state.generation > generation) expect(state.published?.expiresAt).toBeGreaterThan(at);
          generation = state.generation;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('without an emergency no more issues are made in a day than the budget allows', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const { calls } = await live(steps, { ...CONFIG, maxIssuesPerDay: 3 }, KIS);
        for (const { start, before } of calls) {
          const counted = before.issues.filter((at) => at > start - DAY && at < start).length;
          const { published, dead } = before;
          const emergency = !published || dead || start > published.expiresAt - HOUR / 2;
          if (!emergency) expect(counted).toBeLessThan(3);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('for any facts', () => {
  it('there is always an answer, and a wait is always for a later instant', () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: 4e12 }), (facts, now) => {
        const decision = decide(facts, now);
        expect(['keep', 'issue', 'wait', 'hold']).toContain(decision.action);
        if (decision.action === 'wait') expect(decision.until).toBeGreaterThan(now);
        if (decision.action === 'hold' && decision.until !== undefined)
          expect(decision.until).toBeGreaterThan(now);
      }),
      { numRuns: 2000 },
    );
  });

  it('asking the same twice gives the same answer, and nothing asked of is changed', () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: 4e12 }), (facts, now) => {
        const copy = structuredClone(facts);
        expect(decide(facts, now)).toEqual(decide(facts, now));
        expect(facts).toEqual(copy);
      }),
    );
  });
});
