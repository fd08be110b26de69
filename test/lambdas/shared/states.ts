import fc from 'fast-check';
import { CAUSES } from '../../../lambdas/shared/message.ts';
import {
  MAX_ISSUES_KEPT,
  MAX_MESSAGE_LENGTH,
  OUTCOMES,
  type State,
  WISHES,
} from '../../../lambdas/shared/state.ts';

const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: maxLength / 2 });
const name = fc.stringMatching(/^[\w-]{1,64}$/);
/** SQS calls its messages so. */
const messageId = fc.uuid();
const cause = fc.constantFrom(...CAUSES);
const flag = fc.constantFrom(true as const, undefined);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const published = fc.record({
  fingerprint: fc.stringMatching(/^[0-9a-f]{12}$/),
  tokenType: fc.constant('Bearer'),
  issuedAt: instant,
  expiresAt: instant,
  renewAt: instant,
  secretVersion: name,
});

const rest = {
  dead: flag,
  paused: flag,
  wanted: maybe(
    fc.record({ reason: fc.constantFrom(...WISHES), generation: maybe(fc.nat()), since: instant }),
  ),
  lastCallAt: maybe(instant),
  attempt: maybe(
    fc.record({
      at: instant,
      cause,
      messageId,
      outcome: fc.constantFrom(...OUTCOMES),
      brokerCode: maybe(fc.stringMatching(/^[\w -]{1,40}$/)),
      message: maybe(text(MAX_MESSAGE_LENGTH)),
      failures: fc.nat(),
      secretVersion: name,
      retryAt: maybe(instant),
    }),
  ),
  last: maybe(fc.record({ messageId, cause, at: instant, action: name, reason: name })),
  issues: fc.array(instant, { maxLength: MAX_ISSUES_KEPT }),
};

/** Every state that the refresher may write. */
export const legalState: fc.Arbitrary<State> = fc.oneof(
  fc.record({ generation: fc.constant(0), ...rest }),
  fc.record({ generation: fc.integer({ min: 1, max: 2 ** 31 }), published, ...rest }),
);

const END = Date.UTC(2099, 11, 31, 23, 59, 59, 999);

/** Every field there, and each as long as it can be; the message as given. */
export function largestState(message: string): State {
  const secretVersion = 'v'.repeat(64);
  const id = 'm'.repeat(100);
  const stamps = { issuedAt: END, expiresAt: END, renewAt: END };
  return {
    generation: Number.MAX_SAFE_INTEGER,
    published: { fingerprint: 'f'.repeat(12), tokenType: 'Bearer', ...stamps, secretVersion },
    dead: true,
    paused: true,
    wanted: { reason: 'CredentialsChanged', generation: Number.MAX_SAFE_INTEGER, since: END },
    lastCallAt: END,
    attempt: {
      at: END,
      cause: 'credentials-changed',
      messageId: id,
      outcome: 'unconfigured',
      brokerCode: `return_code ${-Number.MAX_VALUE}`,
      message,
      failures: Number.MAX_SAFE_INTEGER,
      secretVersion,
      retryAt: END,
    },
    last: {
      messageId: id,
      cause: 'credentials-changed',
      at: END,
      action: 'a'.repeat(40),
      reason: 'r'.repeat(40),
    },
    issues: Array.from({ length: MAX_ISSUES_KEPT }, () => END),
  };
}
