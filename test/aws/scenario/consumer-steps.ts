import { parameterNames } from '../../../lambdas/shared/names.ts';
import type { Step } from '../execute.ts';
import { type ConsumerRequest, CREDENTIALS } from '../settings.ts';
import { expectThat, invokeConsumer, type Scenario, waitFor } from './scenario.ts';

/** The steps that use a consumer in a second stack. */
export const consumerSteps: readonly Step[] = [
  {
    guarantee: 'A consumer in a second stack reads the token, decrypts it, and uses it at the broker',
    requiresAccount: true,
    run: async (scenario) => {
      const { state } = await scenario.stack.waitUntilPublished('kiwoom');
      return expectTrade(scenario, state.generation);
    },
  },
  {
    guarantee:
      'A consumer reports a token that the broker revoked, through the report topic and with its own permissions',
    requiresAccount: true,
    run: async (scenario) => {
      const { stack, brokers } = scenario;
      const { state } = await stack.waitUntilPublished('kiwoom');
      await brokers.invalidate(CREDENTIALS.kiwoom.appkey, Date.now());
      const refused = await invokeConsumer(scenario, { do: 'trade' });
      expectThat(refused.result !== 'traded', 'the broker rejects the revoked token', refused);
      await stack.waitForGeneration('kiwoom', state.generation + 1);
      await waitFor(scenario, 'the consumer trades again', async () => {
        const answer = await invokeConsumer(scenario, { do: 'trade' });
        return answer.result === 'traded' ? answer : undefined;
      });
    },
  },
  {
    guarantee: 'A consumer with a revoked token in its cache continues with the next token',
    run: async (scenario) => {
      const { stack } = scenario;
      const { state } = await stack.waitUntilPublished('kiwoom');
      await stack.send({ credential: 'kiwoom', cause: 'revoke' });
      await stack.waitForGeneration('kiwoom', state.generation + 1);
      return expectTrade(scenario, state.generation + 1);
    },
  },
  {
    guarantee:
      'AWS denies a consumer all other calls: histories, writes, other parameters, the inbox, other topics',
    requiresAccount: true,
    run: async (scenario) => {
      const { run, stack } = scenario;
      const { token, state } = parameterNames(run.parameterPrefix, 'kiwoom');
      const kisParameters = parameterNames(run.parameterPrefix, 'kis');
      await expectAllowed(scenario, { do: 'read', on: token });
      const denied: readonly ConsumerRequest[] = [
        { do: 'history', on: token },
        { do: 'write', on: state },
        { do: 'read', on: kisParameters.state },
        { do: 'send', on: stack.output('InboxUrl') },
        { do: 'publish', on: stack.output('AlarmTopicArn') },
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
      await expectAllowed(scenario, { do: 'read-encrypted', on: kis });
      await expectDenied(scenario, { do: 'decrypt', on: kiwoom });
      if (!scenario.platform.enforcesKeyPolicy)
        return 'not through Parameter Store: the emulator does not ask KMS';
      await expectDenied(scenario, { do: 'read', on: kis });
      return undefined;
    },
  },
];

async function expectTrade(scenario: Scenario, generation: number): Promise<string> {
  const answer = await invokeConsumer(scenario, { do: 'trade' });
  const isExpected = answer.result === 'traded' && answer.generation === generation;
  expectThat(isExpected, `the consumer trades with the token of generation ${generation}`, answer);
  return `generation ${generation}`;
}

async function expectAllowed(scenario: Scenario, request: ConsumerRequest): Promise<void> {
  const answer = await invokeConsumer(scenario, request);
  expectThat(answer.result === 'allowed', `AWS allows "${request.do}"`, answer);
}

async function expectDenied(scenario: Scenario, request: ConsumerRequest): Promise<void> {
  const answer = await invokeConsumer(scenario, request);
  const isDenied = /AccessDenied|AuthorizationError|NotAuthorized/i.test(answer.result);
  expectThat(isDenied, `AWS denies "${request.do}"`, answer);
}
