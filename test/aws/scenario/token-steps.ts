import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Step } from '../execute.ts';
import { secretValue } from '../settings.ts';
import { expectAccepted, expectRejected, expectThat, type Scenario, waitFor } from './scenario.ts';

/** The steps for the first tick of each credential. */
export const firstSteps: readonly Step[] = [
  {
    guarantee:
      'The schedule, the queue, the function, its secret, its key and Parameter Store have the permissions they need: the first tick publishes a token',
    requiresAccount: true,
    run: async (scenario) => {
      for (const id of ['kis', 'kiwoom'] as const) {
        const { token, state } = await scenario.stack.waitForGeneration(id, 1);
        expectThat(state.attempt?.cause === 'schedule', 'a tick issued the token', state.attempt);
        await expectAccepted(scenario, id, token);
      }
    },
  },
  {
    guarantee: 'A secret without a value is reported as "unconfigured", and receives its key',
    run: async (scenario) => {
      const { stack } = scenario;
      await waitFor(scenario, 'a tick finds the empty secret', async () => {
        const { attempt } = await stack.state('created');
        return attempt?.outcome === 'unconfigured' ? attempt : undefined;
      });
      const [, secret = ''] = stack.output('SecretsToFillIn').split('=');
      await stack.putSecret(secret, secretValue('created'));
    },
  },
];

/** The steps with requests, invalid messages and ticks. */
export const tokenSteps: readonly Step[] = [
  {
    guarantee: 'The refresher issues a token with a key that is stored after the deployment',
    run: async (scenario) => {
      const { token, state } = await scenario.stack.waitForGeneration('created', 1);
      await expectAccepted(scenario, 'created', token);
      return `cause: ${state.attempt?.cause}`;
    },
  },
  {
    guarantee: 'Invalid messages are rejected and counted, and do not block later messages',
    run: sendInvalidMessages,
  },
  {
    guarantee: 'A forced refresh replaces a token and stores its result',
    run: async (scenario) => {
      const { stack, signal } = scenario;
      const before = await stack.waitUntilPublished('kiwoom');
      // The refresher would postpone a request within the minimum interval of Kiwoom until the next tick.
      const { lastCallAt = 0 } = before.state;
      await sleep(Math.max(0, lastCallAt + 3_000 - Date.now()), undefined, { signal });
      const messageId = await stack.send({ credential: 'kiwoom', cause: 'forced', reason: 'test' });
      const { token, state } = await stack.waitForGeneration('kiwoom', before.state.generation + 1);
      expectThat(state.lastRequest?.messageId === messageId, 'the state names the request', state);
      expectThat(token !== before.token, 'the token is a new token');
      await expectAccepted(scenario, 'kiwoom', token);
    },
  },
  {
    guarantee: 'Ticks arrive every minute, and the queue drops no tick as a duplicate of the previous tick',
    requiresAccount: true,
    run: async (scenario) => {
      const findTicks = async () => {
        const decisions = await scenario.stack.decisions('kis');
        // A tick that issues a token logs two decisions with the same message id.
        const ids = new Set(
          decisions.filter(({ cause }) => cause === 'schedule').map(({ messageId }) => messageId),
        );
        return ids.size >= 2 ? ids : undefined;
      };
      // If the queue treated equal ticks as duplicates, it would deliver only one tick in five minutes.
      const ids = await waitFor(scenario, 'two ticks of kis', findTicks, { minutes: 4 });
      return `${ids.size} ticks`;
    },
  },
  {
    guarantee: 'A duplicate tick has no effect',
    requiresAccount: true,
    run: sendDuplicateTick,
  },
  {
    guarantee: 'A reported token that the broker accepts is kept',
    run: async ({ stack }) => {
      const before = await stack.waitUntilPublished('kiwoom');
      const { generation } = before.state;
      const messageId = await stack.send({ credential: 'kiwoom', cause: 'rejected', generation });
      const { token, state } = await stack.waitForRequest('kiwoom', messageId);
      expectThat(state.lastRequest?.reason === 'StillAlive', 'the token was verified', state);
      expectThat(token === before.token, 'the token is the same');
    },
  },
  {
    guarantee: 'A revocation revokes the token at the broker, and publishes a new token',
    run: async (scenario) => {
      const { stack } = scenario;
      const before = await stack.waitUntilPublished('kiwoom');
      await stack.send({ credential: 'kiwoom', cause: 'revoke' });
      const after = await stack.waitForGeneration('kiwoom', before.state.generation + 1);
      await expectRejected(scenario, 'kiwoom', before.token);
      await expectAccepted(scenario, 'kiwoom', after.token);
    },
  },
];

async function sendInvalidMessages(scenario: Scenario): Promise<void> {
  const { stack, run } = scenario;
  await stack.sendText('kis', 'no JSON');
  await stack.sendText('kis', JSON.stringify({ credential: 'unknown', cause: 'forced' }));
  await stack.sendText('kis', JSON.stringify({ credential: 'kiwoom', cause: 'forced' }));
  const points = await waitFor(scenario, 'three messages are counted', async () => {
    const found = (await stack.metricPoints()).filter(({ name }) => name === 'RefusedMessages');
    return found.length >= 3 ? found : undefined;
  });
  const hasStackDimension = points.every(({ dimensions }) => dimensions['Stack'] === run.stack);
  expectThat(hasStackDimension, 'the metric has the dimension Stack', points);
  const { Attributes = {} } = await stack.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: stack.output('DeadLettersUrl'), AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  expectThat(count === 0, 'no message is a dead letter', Attributes);
}

/**
 * Sends two ticks with the same instant and different execution ids, as EventBridge Scheduler does when it
 * delivers one execution twice.
 */
async function sendDuplicateTick(scenario: Scenario): Promise<string> {
  const { stack, run } = scenario;
  const before = await stack.waitUntilPublished('kis');
  const tick = { credential: 'kis', cause: 'schedule', at: new Date().toISOString() };
  const sentMessageIds: unknown[] = [];
  for (const each of ['first', 'second'])
    sentMessageIds.push(await stack.sendText('kis', JSON.stringify({ ...tick, id: `${each}-${run.id}` })));
  const decisions = await waitFor(scenario, 'both ticks are handled', async () => {
    const all = await stack.decisions('kis');
    const found = all.filter(({ messageId }) => sentMessageIds.includes(messageId));
    return found.length >= 2 ? found : undefined;
  });
  const areTokensKept = decisions.every(({ action }) => action === 'keep');
  expectThat(areTokensKept, 'both ticks keep the token', decisions);
  const after = await stack.waitUntilPublished('kis');
  expectThat(after.token === before.token, 'the token is unchanged');
  const versions = [before, after].map(({ state }) => state.published?.tokenVersion);
  expectThat(versions[0] === versions[1], 'no version of it was written', versions);
  return 'kis: both decided "keep"';
}
