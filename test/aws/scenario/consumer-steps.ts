import { parameterNames } from '../../../lambdas/shared/names.ts';
import { type ConsumerRequest, CREDENTIALS } from '../settings.ts';
import { expectThat, invokeConsumer, type Scenario, type Step, waitFor } from './scenario.ts';

/** The steps that use a consumer in a second stack. */
export const consumerSteps: readonly Step[] = [
  {
    guarantee: 'A consumer in a second stack reads the token, decrypts it, and uses it at the broker',
    requiresAccount: true,
    run: async (scenario) => {
      const { state } = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      const answer = await invokeConsumer(scenario, { do: 'trade' });
      expectThat(answer.result === 'traded', 'the consumer trades', answer);
      expectThat(answer.generation === state.generation, 'it uses the published token', answer);
      return `generation ${answer.generation}`;
    },
  },
  {
    guarantee:
      'A consumer reports a token that the broker revoked, through the report topic and with its own permissions',
    requiresAccount: true,
    run: async (scenario) => {
      const before = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      await scenario.invalidations.write(CREDENTIALS.kiwoom.appkey, Date.now());
      const refused = await invokeConsumer(scenario, { do: 'trade' });
      expectThat(refused.result !== 'traded', 'the broker rejects the revoked token', refused);
      await scenario.stack.waitUntilPublished(
        'kiwoom',
        ({ generation }) => generation > before.state.generation,
      );
      await waitFor(scenario, 'the consumer trades again', async () => {
        const answer = await invokeConsumer(scenario, { do: 'trade' });
        return answer.result === 'traded' ? answer : undefined;
      });
      return undefined;
    },
  },
  {
    guarantee: 'A consumer with a revoked token in its cache continues with the next token',
    run: async (scenario) => {
      const before = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      await scenario.stack.send({ credential: 'kiwoom', cause: 'revoke' });
      const { state } = await scenario.stack.waitUntilPublished(
        'kiwoom',
        ({ generation }) => generation > before.state.generation,
      );
      const answer = await invokeConsumer(scenario, { do: 'trade' });
      expectThat(answer.result === 'traded' && answer.generation === state.generation, 'it trades', answer);
      return undefined;
    },
  },
  {
    guarantee:
      'AWS denies a consumer all other calls: histories, writes, other parameters, the inbox, other topics',
    requiresAccount: true,
    run: async (scenario) => {
      const { token, state } = parameterNames(scenario.run.parameterPrefix, 'kiwoom');
      const other = parameterNames(scenario.run.parameterPrefix, 'kis');
      const own = await invokeConsumer(scenario, { do: 'read', on: token });
      expectThat(own.result === 'allowed', 'it may read its own token', own);
      const denied: readonly ConsumerRequest[] = [
        { do: 'history', on: token },
        { do: 'write', on: state },
        { do: 'read', on: other.state },
        { do: 'send', on: scenario.stack.output('InboxUrl') },
        { do: 'publish', on: scenario.stack.output('AlarmTopicArn') },
      ];
      for (const request of denied) await expectDenied(scenario, request);
      return `${denied.length} calls`;
    },
  },
  {
    guarantee: 'The key decrypts a token only for its own parameter, and only through Parameter Store',
    requiresAccount: true,
    run: async (scenario) => {
      const kiwoom = parameterNames(scenario.run.parameterPrefix, 'kiwoom').token;
      const kis = parameterNames(scenario.run.parameterPrefix, 'kis').token;
      // The consumer may read the token parameter of `kis`, but may not decrypt the token.
      const encryptedRead = await invokeConsumer(scenario, { do: 'read-encrypted', on: kis });
      expectThat(
        encryptedRead.result === 'allowed',
        'it may read the other token in encrypted form',
        encryptedRead,
      );
      await expectDenied(scenario, { do: 'decrypt', on: kiwoom });
      if (!scenario.platform.enforcesKeyPolicy)
        return 'not through Parameter Store: the emulator does not ask KMS';
      await expectDenied(scenario, { do: 'read', on: kis });
      return undefined;
    },
  },
];

async function expectDenied(scenario: Scenario, request: ConsumerRequest): Promise<void> {
  const answer = await invokeConsumer(scenario, request);
  const isDenied = /AccessDenied|AuthorizationError|NotAuthorized/i.test(answer.result);
  expectThat(isDenied, `AWS denies "${request.do}"`, answer);
}
