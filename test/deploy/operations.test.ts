import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { SECRETS } from './brokers.ts';
import { EmulatedApp } from './emulated-app.ts';
import { notificationOf, receive, subscribe } from './notifications.ts';
import { COMMAND_DIRECTORY } from './python.ts';

const KIS = 'kis-paper';
const KIWOOM = 'kiwoom-paper';

const CONFIG = {
  alarmEmail: 'alarms@example.com',
  checkEvery: '1m',
  credentials: [
    { id: KIS, broker: 'kis', market: 'paper', secret: { create: true } },
    { id: KIWOOM, broker: 'kiwoom', market: 'paper', secret: { name: `broker-tokens/${KIWOOM}` } },
  ],
};

const KEY_ID = `$(aws ssm describe-parameters --query "Parameters[?Name=='/broker-tokens/${KIS}/token'].KeyId" --output text)`;
const MAPPING =
  '$(aws lambda list-event-source-mappings --query "EventSourceMappings[0].UUID" --output text)';

/**
 * Each entry contains a command that causes a fault, and the fix and text of the `doctor` finding about the
 * fault.
 */
const FAULTS: readonly [fix: string, fault: string, text: RegExp][] = [
  [
    'aws cloudwatch enable-alarm-actions',
    `aws cloudwatch disable-alarm-actions --alarm-names BrokerTokens-${KIS}-ActionRequired`,
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
    `aws secretsmanager delete-secret --secret-id broker-tokens/${KIWOOM}`,
    /the secret is scheduled for deletion/,
  ],
  [
    'aws ssm delete-parameters',
    'aws ssm put-parameter --name /broker-tokens/removed/state --type String --value FAKE',
    /parameters belong to no credential: \/broker-tokens\/removed\/state/,
  ],
];

/** The tests run in order, against one deployed stack. */
describe('for a deployed stack,', () => {
  let app: EmulatedApp;

  beforeAll(async () => {
    app = await EmulatedApp.start();
    await app.deploy(CONFIG);
  });

  afterAll(() => app?.stop());

  /** Runs a command in a shell, with the AWS CLI. */
  function shell(command: string): Promise<unknown> {
    const PATH = [COMMAND_DIRECTORY, app.environment['PATH']].join(delimiter);
    return promisify(execFile)('sh', ['-c', command], { env: { ...app.environment, PATH } });
  }

  async function findings(): Promise<readonly Finding[]> {
    const { areas } = (await app.json(['doctor'])) as { areas: { findings: Finding[] }[] };
    return areas.flatMap((area) => area.findings);
  }

  it('"credentials put" stores the key in the secret of the stack, and waits for the first token', async () => {
    const ended = await app.tokens(['credentials', 'put', KIS, '--stdin'], { stdin: SECRETS.kis });
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
    });
  });

  it('"credentials put" creates the secret that the configuration names', async () => {
    const put = ['credentials', 'put', KIWOOM, '--stdin', '--yes'];
    expect(await app.tokens(put, { stdin: SECRETS.kiwoom })).toMatchObject({ code: 0 });
    await app.stack.waitForGeneration(KIWOOM, 1);
  });

  it('"status" shows both credentials, and "show --reveal" prints a live token', async () => {
    const { code, out } = await app.tokens(['status']);
    expect(out).toMatch(/● {2}kis-paper .*● {2}kiwoom-paper /s);
    expect(code).toBe(0);
    const [kis, kiwoom] = [KIS, KIWOOM].map((id) => app.tokens(['show', id, '--reveal']));
    expect(app.brokers.kis.isAlive((await kis)?.out.trim() ?? '')).toBe(true);
    expect(app.brokers.kiwoom.isAlive((await kiwoom)?.out.trim() ?? '')).toBe(true);
  });

  it('"refresh" requests a new token', async () => {
    const { state: before } = await app.stack.waitUntilPublished(KIWOOM);
    expect(await app.json(['refresh', KIWOOM])).toMatchObject({
      result: 'done',
      state: { generation: before.generation + 1 },
    });
  });

  it('"revoke" revokes the token and pauses the credential, and "resume" requests a new token', async () => {
    const { token, state } = await app.stack.waitUntilPublished(KIWOOM);
    expect(await app.tokens(['revoke', KIWOOM, '--no-reissue', '--yes'])).toMatchObject({ code: 0 });
    expect(app.brokers.kiwoom.isAlive(token)).toBe(false);
    expect(await app.json(['status', KIWOOM])).toMatchObject({ credentials: [{ phase: 'paused' }] });
    expect(await app.tokens(['resume', KIWOOM])).toMatchObject({ code: 0 });
    await app.stack.waitForGeneration(KIWOOM, state.generation + 1);
  });

  it('"doctor" finds no problem except the metrics and subscriptions that are missing in the emulator', async () => {
    const found = await findings();
    // MiniStack creates no metrics from the log of the function, so doctor reports these findings.
    const gaps =
      /no tick in the last 3 h|ExpiringSoon (has no data yet|is on)|only one confirmed subscription/;
    expect(found.filter(({ status, text }) => status !== 'ok' && !gaps.test(text))).toEqual([]);
    expect(found.filter(({ status }) => status === 'ok').length).toBeGreaterThan(10);
  });

  it('"probe" measures the configured behavior of the simulated broker', async () => {
    const directory = createTemporaryDirectory('probe');
    const args = ['probe', KIWOOM, '--yes', '--quick', '--report', directory];
    expect(await app.json(args)).toMatchObject({
      findings: { again: { token: 'new', oldToken: 'dead' }, revoke: { confirmed: true, next: 'new' } },
    });
    expect(await app.json(['status', KIWOOM])).toMatchObject({ credentials: [{ phase: 'fresh' }] });
  });

  it.each(FAULTS)('the fix "%s" that "doctor" prints solves the problem', async (fix, fault, text) => {
    await shell(fault);
    const found = (await findings()).find((each) => text.test(each.text));
    const command = /aws .*/.exec(found?.fix ?? '')?.[0] ?? '';
    expect(command).toContain(fix);
    await shell(command);
    expect((await findings()).find((each) => text.test(each.text))).toBeUndefined();
  });

  it('"alarm-test" sends a notification to every subscription of the alarm topic', async () => {
    const queue = await subscribe(app.stack, app.stack.output('AlarmTopicArn'), 'operator');
    // MiniStack evaluates an alarm only when a data point of its metric arrives.
    const point =
      'aws cloudwatch put-metric-data --namespace BrokerTokens --metric-name RefusedMessages --value 0 ' +
      '--dimensions service=broker-token-refresher,Stack=BrokerTokens';
    let evaluated: Promise<unknown> | undefined;
    const { code, out, err } = await app.tokens(['alarm-test', '--yes'], {
      environment: app.environment,
      onOutput: (output) => {
        if (output.includes('Waiting until')) evaluated ??= shell(point);
      },
    });
    await evaluated;
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain('is OK again');
    expect(err).toContain('sqs operator: a message in the queue');
    const changes = (await receive(app.stack, queue)).map(({ Body = '' }) => notificationOf(Body));
    expect(changes).toMatchObject([
      { NewStateValue: 'ALARM', NewStateReason: expect.stringMatching(/^TEST/) },
      { NewStateValue: 'OK' },
    ]);
  });
});
