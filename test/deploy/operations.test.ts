import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { tokens } from '../cli/run-tokens.ts';
import { KIS_KEY } from '../simulator/brokers/broker-harness.ts';
import { brokerUrlEnvironment } from './bridges.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment } from './deployment.ts';
import { cleanEnvironment, type Emulator, REGION, startMiniStack } from './emulators.ts';
import { receive, subscribe } from './notifications.ts';
import { COMMAND_DIRECTORY } from './python.ts';

const ID = 'kis-paper';

const CONFIG = {
  alarmEmail: 'owner@example.com',
  checkEvery: '1m',
  credentials: [{ id: ID, broker: 'kis', market: 'paper', secret: { create: true } }],
};

const KEY_ID = `$(aws ssm describe-parameters --query "Parameters[?Name=='/broker-tokens/${ID}/token'].KeyId" --output text)`;
const MAPPING =
  '$(aws lambda list-event-source-mappings --query "EventSourceMappings[0].UUID" --output text)';
const SECRET = `$(aws secretsmanager list-secrets --query "SecretList[0].ARN" --output text)`;

/**
 * Each entry contains a command that causes a fault, and the fix and text of the `doctor` finding about the
 * fault.
 */
const FAULTS: readonly [fix: string, fault: string, text: RegExp][] = [
  [
    'aws cloudwatch enable-alarm-actions',
    `aws cloudwatch disable-alarm-actions --alarm-names BrokerTokens-${ID}-ActionRequired`,
    /its actions are disabled/,
  ],
  [
    'aws lambda update-event-source-mapping',
    `aws lambda update-event-source-mapping --uuid ${MAPPING} --no-enabled`,
    /its event source mapping is Disabled/,
  ],
  ['aws kms enable-key', `aws kms disable-key --key-id ${KEY_ID}`, /KMS key of the tokens, .* is Disabled/],
  [
    'aws kms cancel-key-deletion',
    `aws kms schedule-key-deletion --key-id ${KEY_ID} --pending-window-in-days 7`,
    /KMS key of the tokens, .* is PendingDeletion/,
  ],
  [
    'aws secretsmanager restore-secret',
    `aws secretsmanager delete-secret --secret-id ${SECRET}`,
    /the secret is scheduled for deletion/,
  ],
  [
    'aws ssm delete-parameters',
    'aws ssm put-parameter --name /broker-tokens/removed/state --type String --value FAKE',
    /parameters belong to no credential: \/broker-tokens\/removed\/state/,
  ],
];

/** The tests run in order, against one deployed stack. */
describe('the command line for a deployed stack', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let stack: Deployment;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerUrlEnvironment(brokers.urls));
    environment = cleanEnvironment({ AWS_ENDPOINT_URL: aws.endpoint, ...brokerUrlEnvironment(brokers.urls) });
    const cdk = new CdkProject(aws.endpoint, CONFIG);
    await cdk.bootstrap();
    stack = new Deployment(aws.endpoint);
    stack.outputs = (await cdk.deploy()).outputs;
    const stdin = JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret });
    expect(
      await tokens(undefined, ['credentials', 'put', ID, '--stdin'], { stdin, environment }),
    ).toMatchObject({
      code: 0,
    });
  });

  afterAll(async () => {
    await aws?.stop();
    await brokers?.close();
  });

  async function finding(text: RegExp): Promise<Finding | undefined> {
    const { out } = await tokens(undefined, ['doctor', '--json'], { environment });
    const { areas } = JSON.parse(out) as { areas: { findings: Finding[] }[] };
    return areas.flatMap(({ findings }) => findings).find((each) => text.test(each.text));
  }

  /** Runs a command in a shell, with the AWS CLI. */
  function shell(command: string): Promise<unknown> {
    const PATH = [COMMAND_DIRECTORY, environment['PATH']].join(delimiter);
    return promisify(execFile)('sh', ['-c', command], {
      env: { ...environment, PATH, AWS_DEFAULT_REGION: REGION },
    });
  }

  it.each(FAULTS)('prints in "doctor" the fix "%s", which solves the problem', async (fix, fault, text) => {
    await shell(fault);
    const found = await finding(text);
    const command = /aws .*/.exec(found?.fix ?? '')?.[0] ?? '';
    expect(command).toContain(fix);
    await shell(command);
    expect(await finding(text)).toBeUndefined();
  });

  it('sends a notification to every subscription of the alarm topic with "alarm-test"', async () => {
    const queue = await subscribe(stack, stack.output('AlarmTopicArn'));
    // MiniStack evaluates an alarm only when a data point of its metric arrives.
    const point =
      'aws cloudwatch put-metric-data --namespace BrokerTokens --metric-name RefusedMessages --value 0 ' +
      '--dimensions service=broker-token-refresher,Stack=BrokerTokens';
    let evaluated: Promise<unknown> | undefined;
    const { code, out, err } = await tokens(undefined, ['alarm-test', '--yes'], {
      environment,
      onOutput: (output) => {
        if (output.includes('Waiting until')) evaluated ??= shell(point);
      },
    });
    await evaluated;
    expect({ code, out: out.replace(/\s+/g, ' ') }).toEqual({
      code: 0,
      out: expect.stringContaining('is OK again'),
    });
    expect(err).toContain('sqs operator: a message in the queue');
    const received = (await receive(stack, queue)).map(
      ({ Body = '' }) => JSON.parse(Body) as { Message: string },
    );
    const changes = received.map(({ Message }) => JSON.parse(Message) as Record<string, unknown>);
    expect(changes).toMatchObject([
      { NewStateValue: 'ALARM', NewStateReason: expect.stringMatching(/^TEST/) },
      { NewStateValue: 'OK' },
    ]);
  });
});
