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

const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const text = (maxLength: number) =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: maxLength / 2 })
    .map((any) => any.replace(/\p{Cc}/gu, ' '));
const name = fc.stringMatching(/^[\w-]{1,64}$/);
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
    secretArn: name,
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

const END = Date.UTC(2099, 11, 31, 23, 59, 59, 999);
const LARGEST_NUMBER = Number.MAX_SAFE_INTEGER;
const HASH = 'f'.repeat(12);
/** Source: Secrets Manager API Reference: a name has at most 512 characters, a version id at most 64. */
const SECRET_ARN = `arn:aws-us-gov:secretsmanager:ap-northeast-2:123456789012:secret:${'s'.repeat(512)}-AbCdEf`;
const SECRET_VERSION = 'v'.repeat(64);
const KEY_ARN = `arn:aws-us-gov:kms:ap-northeast-2:123456789012:key/mrk-${'0'.repeat(32)}`;
const MESSAGE_ID = 'm'.repeat(100);

/**
 * Returns a state in which every field is present and as long as possible, with this message in `attempt`.
 */
export function largestState(message: string): State {
  const code = `return_code ${-Number.MAX_VALUE}`;
  return {
    generation: LARGEST_NUMBER,
    published: {
      fingerprint: HASH,
      tokenType: 'Bearer',
      issuedAt: END,
      expiresAt: END,
      renewAt: END,
      tokenVersion: LARGEST_NUMBER,
      health: 'suspect',
      issuedFor: {
        broker: 'kiwoom',
        market: 'paper',
        secretArn: SECRET_ARN,
        secretVersion: SECRET_VERSION,
        appKey: HASH,
        tokenKeyArn: KEY_ARN,
      },
      revokedAt: END,
      revocations: LARGEST_NUMBER,
      returnedAgain: LARGEST_NUMBER,
    },
    revokeUseless: true,
    paused: true,
    pending: {
      forced: { since: END },
      credentialsChanged: { since: END },
      revoke: { fingerprint: HASH, reissue: false, since: END },
    },
    refused: { secretVersion: SECRET_VERSION, code, since: END, retryAt: END, times: LARGEST_NUMBER },
    lastCallAt: END,
    calledWith: HASH,
    issues: Array.from({ length: MAX_STORED_ISSUE_TIMES }, () => END),
    attempt: {
      at: END,
      cause: 'credentials-changed',
      messageId: MESSAGE_ID,
      kind: 'revoke',
      outcome: 'unconfigured',
      brokerCode: code,
      message,
      failures: LARGEST_NUMBER,
      retryAt: END,
    },
    verifiedAt: END,
    lastRequest: {
      messageId: MESSAGE_ID,
      cause: 'credentials-changed',
      at: END,
      action: 'a'.repeat(40),
      reason: 'r'.repeat(40),
    },
  };
}
