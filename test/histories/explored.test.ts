import { describe, expect, it } from 'vitest';
import { behaviorOf } from '../../simulator/explore/behaviors.ts';
import { replay } from '../../simulator/explore/replay.ts';
import type { StartSituation } from '../../simulator/explore/starts.ts';

interface Found {
  readonly behavior: string;
  readonly start: StartSituation;
  readonly history: readonly string[];
}

/**
 * The shortest sequences of events that once violated a check, in the format that `npm run explore` prints.
 */
const FOUND: readonly Found[] = [
  {
    behavior: 'kis',
    start: 'inside the margin',
    history: [
      'the KMS key of the stack is replaced',
      'a requested revocation with a pause; writeToken (call 6) is the last call before the function is killed',
    ],
  },
  {
    behavior: 'kis',
    start: 'before expiry',
    history: [
      'the token parameter is deleted',
      'a requested revocation with a pause; writeToken (call 6) is the last call before the function is killed',
    ],
  },
  {
    behavior: 'kis-smallest-budget',
    start: 'fresh',
    history: [
      'the token parameter is deleted',
      'a tick; writeState (call 4) takes effect, but its reply is lost',
    ],
  },
  {
    behavior: 'kis-returns-dead',
    start: 'fresh',
    history: [
      'a different valid key is stored in the secret',
      'a requested revocation',
      'the credential is moved to a different secret with the same key',
    ],
  },
  {
    behavior: 'kiwoom-same',
    start: 'fresh',
    history: [
      'the broker starts to return dead tokens',
      'a different valid key is stored in the secret',
      'a requested revocation',
      'the credential is moved to a different secret with the same key',
    ],
  },
  {
    behavior: 'kiwoom-supersede',
    start: 'no token',
    history: [
      'a different valid key is stored in the secret',
      'a quiet tick',
      'the credential is moved to the other market',
      'a different valid key is stored in the secret',
      'a tick; issue (call 4) is not sent',
    ],
  },
  {
    behavior: 'kis-returns-dead',
    start: 'fresh',
    history: [
      'the broker starts to return no verdict',
      'the token parameter is deleted',
      'a tick; writeToken (call 6) is the last call before the function is killed',
      'a requested revocation',
    ],
  },
  {
    behavior: 'kis-returns-dead',
    start: 'fresh',
    history: [
      'the token parameter is deleted',
      'a tick; writeState (call 7) fails until the invocation ends',
      'a requested revocation',
    ],
  },
  {
    behavior: 'kis-returns-dead',
    start: 'fresh',
    history: [
      'a different valid key is stored in the secret',
      'a requested revocation',
      'the credential is moved to a different secret with the same key',
      'a tick; readToken (call 7) is denied',
    ],
  },
  {
    behavior: 'kis',
    start: 'no token',
    history: [
      'a tick; issue (call 4) is rejected because of the key',
      'a tick; writeToken (call 5) fails until the invocation ends',
      'the clock of the function is set back by ten minutes',
    ],
  },
  {
    behavior: 'kis',
    start: 'no token',
    history: [
      'a tick; issue (call 4) receives a malformed reply',
      'a tick; writeToken (call 5) fails until the invocation ends',
      'the clock of the function is set back by ten minutes',
    ],
  },
  {
    behavior: 'kiwoom-revoke-no-op',
    start: 'inside the margin',
    history: [
      'a tick; revoke (call 11) is not sent',
      'the token parameter is overwritten',
      'a requested revocation',
    ],
  },
];

describe('A sequence of events in which npm run explore once found an error', () => {
  it.each(FOUND)('passes all checks: $behavior, $start: $history', async ({ behavior, start, history }) => {
    const { violation } = await replay(behaviorOf(behavior), start, history);
    expect(violation).toBeUndefined();
  });
});
