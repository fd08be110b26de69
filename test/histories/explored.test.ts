import { describe, expect, it } from 'vitest';
import { behaviorOf } from '../../simulator/explore/behaviors.ts';
import { replay } from '../../simulator/explore/replay.ts';
import type { StartSituation } from '../../simulator/explore/starts.ts';

/**
 * The shortest sequences of events that once violated a check, in the format that `npm run explore` prints:
 * the behavior of the broker, the start, and the events.
 */
const FOUND: readonly [behavior: string, start: StartSituation, ...history: string[]][] = [
  [
    'kis',
    'inside the margin',
    'the KMS key of the stack is replaced',
    'a requested revocation with a pause; writeToken (call 6) is the last call before the function is killed',
  ],
  [
    'kis',
    'before expiry',
    'the token parameter is deleted',
    'a requested revocation with a pause; writeToken (call 6) is the last call before the function is killed',
  ],
  [
    'kis-smallest-budget',
    'fresh',
    'the token parameter is deleted',
    'a tick; writeState (call 4) takes effect, but its reply is lost',
  ],
  [
    'kis-returns-dead',
    'fresh',
    'a different valid key is stored in the secret',
    'a requested revocation',
    'the credential is moved to a different secret with the same key',
  ],
  [
    'kiwoom-same',
    'fresh',
    'the broker starts to return dead tokens',
    'a different valid key is stored in the secret',
    'a requested revocation',
    'the credential is moved to a different secret with the same key',
  ],
  [
    'kiwoom-supersede',
    'no token',
    'a different valid key is stored in the secret',
    'a quiet tick',
    'the credential is moved to the other market',
    'a different valid key is stored in the secret',
    'a tick; issue (call 4) is not sent',
  ],
  [
    'kis-returns-dead',
    'fresh',
    'the broker starts to return no verdict',
    'the token parameter is deleted',
    'a tick; writeToken (call 6) is the last call before the function is killed',
    'a requested revocation',
  ],
  [
    'kis-returns-dead',
    'fresh',
    'the token parameter is deleted',
    'a tick; writeState (call 7) fails until the invocation ends',
    'a requested revocation',
  ],
  [
    'kis-returns-dead',
    'fresh',
    'a different valid key is stored in the secret',
    'a requested revocation',
    'the credential is moved to a different secret with the same key',
    'a tick; readToken (call 7) is denied',
  ],
  [
    'kis',
    'no token',
    'a tick; issue (call 4) is rejected because of the key',
    'a tick; writeToken (call 5) fails until the invocation ends',
    'the clock of the function is set back by ten minutes',
  ],
  [
    'kis',
    'no token',
    'a tick; issue (call 4) receives a malformed reply',
    'a tick; writeToken (call 5) fails until the invocation ends',
    'the clock of the function is set back by ten minutes',
  ],
  [
    'kiwoom-revoke-no-op',
    'inside the margin',
    'a tick; revoke (call 11) is not sent',
    'the token parameter is overwritten',
    'a requested revocation',
  ],
];

describe('A sequence of events in which "npm run explore" once found an error', () => {
  it.each(FOUND)('passes all checks: %s, %s: %s, %s', async (behavior, start, ...history) => {
    const { violation } = await replay(behaviorOf(behavior), start, history);
    expect(violation).toBeUndefined();
  });
});
