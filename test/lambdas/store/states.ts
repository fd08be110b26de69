import fc from 'fast-check';
import { BROKERS, MARKETS } from '../../../lambdas/shared/credential.ts';
import { CAUSES } from '../../../lambdas/shared/message.ts';
import {
  HEALTH,
  MAX_MESSAGE_LENGTH,
  MAX_STORED_ISSUE_TIMES,
  OUTCOMES,
  type PublishedToken,
  RECORDED_CALLS,
  type State,
} from '../../../lambdas/shared/state.ts';
import { publishedToken } from '../../sample-state.ts';

const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const text = (maxLength: number) =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: maxLength / 2 })
    .map((any) => any.replace(/\p{Cc}/gu, ' '));
const name = fc.stringMatching(/^[\w-]{1,64}$/);
/** Source: Secrets Manager API Reference: the name of a secret has at most 512 characters. */
const LONGEST_ARN = `arn:aws-us-gov:secretsmanager:ap-northeast-2:123456789012:secret:${'s'.repeat(512)}-AbCdEf`;
const hashArbitrary = fc.stringMatching(/^[0-9a-f]{12}$/);
/** SQS message ids are UUIDs. */
const messageId = fc.uuid();
const cause = fc.constantFrom(...CAUSES);
const flag = fc.constantFrom(true as const, undefined);
const optionalArbitrary = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const published: fc.Arbitrary<PublishedToken> = fc.record({
  fingerprint: hashArbitrary,
  tokenType: fc.constant('Bearer'),
  issuedAt: instant,
  expiresAt: instant,
  renewAt: instant,
  tokenVersion: optionalArbitrary(fc.nat()),
  health: fc.constantFrom(...HEALTH),
  issuedFor: fc.record({
    broker: fc.constantFrom(...BROKERS),
    market: fc.constantFrom(...MARKETS),
    secretArn: fc.oneof(name, fc.constant(LONGEST_ARN)),
    secretVersion: fc.oneof(name, fc.constant('')),
    appKey: hashArbitrary,
    tokenKeyArn: name,
  }),
  revokedAt: optionalArbitrary(instant),
  revocations: optionalArbitrary(fc.nat({ max: 3 })),
  returnedAgain: optionalArbitrary(fc.nat()),
});

const since = fc.record({ since: instant });

const optionalFields = {
  revokeUseless: flag,
  paused: flag,
  pending: optionalArbitrary(
    fc.record({
      forced: optionalArbitrary(since),
      credentialsChanged: optionalArbitrary(since),
      revoke: optionalArbitrary(
        fc.record({ fingerprint: hashArbitrary, reissue: fc.boolean(), since: instant }),
      ),
    }),
  ),
  refused: optionalArbitrary(
    fc.record({ secretVersion: name, code: name, since: instant, retryAt: instant, times: fc.nat() }),
  ),
  lastCallAt: optionalArbitrary(instant),
  calledWith: optionalArbitrary(hashArbitrary),
  issues: fc.array(instant, { maxLength: MAX_STORED_ISSUE_TIMES }),
  attempt: optionalArbitrary(
    fc.record({
      at: instant,
      cause,
      messageId,
      kind: fc.constantFrom(...RECORDED_CALLS),
      outcome: fc.constantFrom(...OUTCOMES),
      brokerCode: optionalArbitrary(fc.stringMatching(/^[\w -]{1,40}$/)),
      message: optionalArbitrary(text(MAX_MESSAGE_LENGTH)),
      failures: fc.nat(),
      retryAt: optionalArbitrary(instant),
    }),
  ),
  verifiedAt: optionalArbitrary(instant),
  lastRequest: optionalArbitrary(fc.record({ messageId, cause, at: instant, action: name, reason: name })),
};

/** Generates every state that the refresher may write. */
export const validStateArbitrary: fc.Arbitrary<State> = fc.oneof(
  fc.record({ generation: fc.constant(0), ...optionalFields }),
  fc.record({ generation: fc.integer({ min: 1, max: 2 ** 31 }), published, ...optionalFields }),
);

export const AT = Date.UTC(2026, 10, 21);
export const PUBLISHED_TOKEN: PublishedToken = publishedToken('FAKE-token', AT);

/** A state with a published token. */
export const STATE: State = {
  generation: 41,
  published: PUBLISHED_TOKEN,
  lastCallAt: AT,
  calledWith: 'abcdef012345',
  issues: [AT],
  attempt: { at: AT, cause: 'schedule', messageId: 'm-1', kind: 'issue', outcome: 'published', failures: 0 },
  verifiedAt: AT,
};

/** The content of the state parameter for `STATE`. */
export const JSON_STATE = {
  version: 2,
  generation: 41,
  fingerprint: PUBLISHED_TOKEN.fingerprint,
  tokenType: 'Bearer',
  issuedAt: '2026-11-21T00:00:00.000Z',
  expiresAt: '2026-11-22T00:00:00.000Z',
  renewAt: '2026-11-21T23:00:00.000Z',
  tokenVersion: 1,
  health: 'live',
  issuedFor: PUBLISHED_TOKEN.issuedFor,
  lastCallAt: '2026-11-21T00:00:00.000Z',
  calledWith: 'abcdef012345',
  issues: ['2026-11-21T00:00:00.000Z'],
  attempt: {
    at: '2026-11-21T00:00:00.000Z',
    cause: 'schedule',
    messageId: 'm-1',
    kind: 'issue',
    outcome: 'published',
    failures: 0,
  },
  verifiedAt: '2026-11-21T00:00:00.000Z',
};
