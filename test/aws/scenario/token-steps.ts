import { setTimeout as sleep } from 'node:timers/promises';
import { parameterNames } from '../../../lambdas/shared/names.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import { isEmfLine, pointsOf } from '../../deploy/bridges.ts';
import { CREDENTIALS, type CredentialId, secretValue } from '../settings.ts';
import { brokerAccepts, decisions, expectThat, type Scenario, type Step, waitFor } from './scenario.ts';

/** The steps for the first tick of each credential. */
export const firstSteps: readonly Step[] = [
  {
    guarantee:
      'The schedule, the queue, the function, its secret, its key and Parameter Store have the permissions they need: the first tick publishes a token',
    requiresAccount: true,
    run: async (scenario) => {
      for (const id of ['kis', 'kiwoom'] as const) {
        const { token, state } = await scenario.stack.waitUntilPublished(
          id,
          ({ generation }) => generation === 1,
        );
        expectThat(state.attempt?.cause === 'schedule', 'a tick issued the token', state.attempt);
        expectThat(await brokerAccepts(scenario, id, token), `the broker accepts the token of ${id}`);
      }
      return undefined;
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
      return undefined;
    },
  },
];

/** The steps with requests, invalid messages and ticks. */
export const tokenSteps: readonly Step[] = [
  {
    guarantee: 'The refresher issues a token with a key that is stored after the deployment',
    run: async (scenario) => {
      const { token, state } = await scenario.stack.waitUntilPublished(
        'created',
        ({ generation }) => generation === 1,
      );
      expectThat(await brokerAccepts(scenario, 'created', token), 'the broker accepts the token');
      return `cause: ${state.attempt?.cause}`;
    },
  },
  {
    guarantee: 'Invalid messages are rejected and counted, and do not block later messages',
    run: async (scenario) => {
      const { stack } = scenario;
      await stack.sendText('kis', 'no JSON');
      await stack.sendText('kis', JSON.stringify({ credential: 'unknown', cause: 'forced' }));
      await stack.sendText('kis', JSON.stringify({ credential: 'kiwoom', cause: 'forced' }));
      const counted = await waitFor(scenario, 'three messages are counted', async () => {
        const points = (await stack.log()).filter(isEmfLine).flatMap(pointsOf);
        const found = points.filter(({ name }) => name === 'RefusedMessages');
        return found.length >= 3 ? found : undefined;
      });
      const pointsOfOtherStacks = counted.filter(
        ({ dimensions }) => dimensions['Stack'] !== scenario.run.stack,
      );
      expectThat(pointsOfOtherStacks.length === 0, 'the metric has the dimension Stack', pointsOfOtherStacks);
      expectThat(
        (await stack.countMessages(stack.output('DeadLettersUrl'))) === 0,
        'no message is a dead letter',
      );
      return undefined;
    },
  },
  {
    guarantee: 'A forced refresh replaces a token and stores its result',
    run: async (scenario) => {
      const before = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      await waitForMinimumInterval(scenario, before.state);
      const messageId = await scenario.stack.send({ credential: 'kiwoom', cause: 'forced', reason: 'test' });
      const after = await scenario.stack.waitUntilPublished(
        'kiwoom',
        ({ generation }) => generation > before.state.generation,
      );
      expectThat(
        after.state.lastRequest?.messageId === messageId,
        'the state names the request',
        after.state,
      );
      expectThat(after.token !== before.token, 'the token is a new token');
      expectThat(await brokerAccepts(scenario, 'kiwoom', after.token), 'the broker accepts the token');
      return undefined;
    },
  },
  {
    guarantee: 'Ticks arrive every minute, and the queue drops no tick as a duplicate of the previous tick',
    requiresAccount: true,
    run: waitForTicks,
  },
  {
    guarantee: 'A duplicate tick has no effect',
    requiresAccount: true,
    run: sendDuplicateTick,
  },
  {
    guarantee: 'A reported token that the broker accepts is kept',
    run: async (scenario) => {
      const before = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      const { generation } = before.state;
      const messageId = await scenario.stack.send({ credential: 'kiwoom', cause: 'rejected', generation });
      const after = await scenario.stack.waitUntilPublished(
        'kiwoom',
        ({ lastRequest }) => lastRequest?.messageId === messageId,
      );
      expectThat(after.state.lastRequest?.reason === 'StillAlive', 'the token was verified', after.state);
      expectThat(after.token === before.token, 'the token is the same');
      return undefined;
    },
  },
  {
    guarantee: 'A revocation revokes the token at the broker, and publishes a new token',
    run: async (scenario) => {
      const before = await scenario.stack.waitUntilPublished('kiwoom', () => true);
      await scenario.stack.send({ credential: 'kiwoom', cause: 'revoke' });
      const after = await scenario.stack.waitUntilPublished(
        'kiwoom',
        ({ generation }) => generation > before.state.generation,
      );
      expectThat(
        !(await brokerAccepts(scenario, 'kiwoom', before.token)),
        'the broker rejects the revoked token',
      );
      expectThat(await brokerAccepts(scenario, 'kiwoom', after.token), 'the broker accepts the next token');
      return undefined;
    },
  },
];

/**
 * Waits for the minimum interval of Kiwoom, because the refresher would postpone an earlier request until the
 * next tick.
 */
async function waitForMinimumInterval({ signal }: Scenario, { lastCallAt = 0 }: State): Promise<void> {
  await sleep(Math.max(0, lastCallAt + 3_000 - Date.now()), undefined, { signal });
}

async function waitForTicks(scenario: Scenario): Promise<string> {
  const ids = await waitFor(
    scenario,
    'two ticks of kis',
    async () => {
      const ticks = (await decisions(scenario, 'kis')).filter(({ cause }) => cause === 'schedule');
      // A tick that issues a token logs two decisions with the same message id.
      const found = new Set(ticks.map(({ messageId }) => messageId));
      return found.size >= 2 ? found : undefined;
    },
    // If the queue treated equal ticks as duplicates, it would deliver only one tick in five minutes.
    { minutes: 4 },
  );
  return `${ids.size} ticks`;
}

/**
 * Sends two ticks with the same instant and different execution ids, as EventBridge Scheduler does when it
 * delivers one execution twice.
 */
async function sendDuplicateTick(scenario: Scenario): Promise<string> {
  const id: CredentialId = 'kis';
  const { token } = parameterNames(scenario.run.parameterPrefix, id);
  const before = await scenario.stack.waitUntilPublished(id, () => true);
  const at = new Date().toISOString();
  const sentMessageIds: string[] = [];
  for (const each of ['first', 'second']) {
    const body = JSON.stringify({ credential: id, cause: 'schedule', at, id: `${each}-${scenario.run.id}` });
    sentMessageIds.push(await scenario.stack.sendText(id, body));
  }
  const lines = await waitFor(scenario, 'both ticks are handled', async () => {
    const found = (await decisions(scenario, id)).filter(({ messageId }) =>
      sentMessageIds.includes(String(messageId)),
    );
    return found.length >= 2 ? found : undefined;
  });
  const actions = lines.map(({ action }) => action);
  expectThat(
    actions.every((action) => action === 'keep'),
    'both ticks keep the token',
    lines,
  );
  const after = await scenario.stack.waitUntilPublished(id, () => true);
  expectThat(after.token === before.token, `${token} is unchanged`);
  expectThat(
    after.state.published?.tokenVersion === before.state.published?.tokenVersion,
    'no version of it was written',
  );
  return `${CREDENTIALS[id].broker}: both decided "keep"`;
}
