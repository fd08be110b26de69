import { parameterNames } from '../../../lambdas/shared/names.ts';
import { type ConsumerRequest, CREDENTIALS } from '../settings.ts';
import { consumer, expectThat, type Step, type Story, waitFor } from './story.ts';

/** A consumer in a second stack. */
export const consumerSteps: readonly Step[] = [
  {
    promise: 'A consumer in a second stack reads the token, decrypts it, and uses it at the broker',
    onlyAccount: true,
    run: async (story) => {
      const { state } = await story.stack.published('kiwoom', () => true);
      const answer = await consumer(story, { do: 'trade' });
      expectThat(answer.result === 'traded', 'the consumer trades', answer);
      expectThat(answer.generation === state.generation, 'it uses the published token', answer);
      return `generation ${answer.generation}`;
    },
  },
  {
    promise: 'A consumer reports a token that the broker ended, through its topic and with its permissions',
    onlyAccount: true,
    run: async (story) => {
      const before = await story.stack.published('kiwoom', () => true);
      await story.invalidations.write(CREDENTIALS.kiwoom.appkey, Date.now());
      const refused = await consumer(story, { do: 'trade' });
      expectThat(refused.result !== 'traded', 'the broker refuses the ended token', refused);
      await story.stack.published('kiwoom', ({ generation }) => generation > before.state.generation);
      await waitFor(story, 'the consumer trades again', async () => {
        const answer = await consumer(story, { do: 'trade' });
        return answer.result === 'traded' ? answer : undefined;
      });
      return undefined;
    },
  },
  {
    promise: 'A consumer with a revoked token in its cache continues with the next token',
    run: async (story) => {
      const before = await story.stack.published('kiwoom', () => true);
      await story.stack.send({ credential: 'kiwoom', cause: 'revoke' });
      const { state } = await story.stack.published(
        'kiwoom',
        ({ generation }) => generation > before.state.generation,
      );
      const answer = await consumer(story, { do: 'trade' });
      expectThat(answer.result === 'traded' && answer.generation === state.generation, 'it trades', answer);
      return undefined;
    },
  },
  {
    promise:
      'A consumer is denied everything else: histories, writes, the key itself, the inbox, other topics',
    onlyAccount: true,
    run: async (story) => {
      const { token, state } = parameterNames(story.run.parameterPrefix, 'kiwoom');
      const other = parameterNames(story.run.parameterPrefix, 'kis');
      const own = await consumer(story, { do: 'read', on: token });
      expectThat(own.result === 'allowed', 'it may read its own token', own);
      const denied: readonly ConsumerRequest[] = [
        { do: 'history', on: token },
        { do: 'write', on: state },
        { do: 'read', on: other.state },
        { do: 'send', on: story.stack.output('InboxUrl') },
        { do: 'publish', on: story.stack.output('AlarmTopicArn') },
      ];
      for (const request of denied) await expectDenied(story, request);
      return `${denied.length} calls`;
    },
  },
  {
    promise: 'The key decrypts a token only for its own parameter, and only through Parameter Store',
    onlyAccount: true,
    run: async (story) => {
      const kiwoom = parameterNames(story.run.parameterPrefix, 'kiwoom').token;
      const kis = parameterNames(story.run.parameterPrefix, 'kis').token;
      // The consumer may read this parameter, but not decrypt it.
      const encrypted = await consumer(story, { do: 'read-encrypted', on: kis });
      expectThat(encrypted.result === 'allowed', 'it may read the other token in encrypted form', encrypted);
      await expectDenied(story, { do: 'decrypt', on: kiwoom });
      if (!story.platform.decryptsWithKeyPolicy)
        return 'not through Parameter Store: the emulator does not ask KMS';
      await expectDenied(story, { do: 'read', on: kis });
      return undefined;
    },
  },
];

async function expectDenied(story: Story, request: ConsumerRequest): Promise<void> {
  const answer = await consumer(story, request);
  const isDenied = /AccessDenied|AuthorizationError|NotAuthorized/i.test(answer.result);
  expectThat(isDenied, `AWS denies "${request.do}"`, answer);
}
