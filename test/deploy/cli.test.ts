import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, tokens } from '../cli/run-tokens.ts';
import { KIS_KEY, KIWOOM_KEY } from '../simulator/brokers/broker-harness.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { brokerUrlEnvironment } from './bridges.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment } from './deployment.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';

const KIS = 'kis-paper';
const KIWOOM = 'kiwoom-paper';

const CONFIG = {
  alarmEmail: 'somebody@example.com',
  checkEvery: '1m',
  credentials: [
    { id: KIS, broker: 'kis', market: 'paper', secret: { create: true } },
    { id: KIWOOM, broker: 'kiwoom', market: 'paper', secret: { name: `broker-tokens/${KIWOOM}` } },
  ],
};

/** The tests run in order, against one deployed stack. */
describe('the command line for a deployed stack', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let stack: Deployment;

  const run = (args: readonly string[], stdin = ''): Promise<ProcessResult> =>
    tokens(undefined, args, {
      stdin,
      environment: {
        ...cleanEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }),
        ...brokerUrlEnvironment(brokers.urls),
      },
    });
  const json = async (args: readonly string[], stdin?: string) =>
    JSON.parse((await run([...args, '--json'], stdin)).out) as Record<string, unknown>;

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerUrlEnvironment(brokers.urls));
    stack = new Deployment(aws.endpoint);
  });

  afterAll(async () => {
    await aws?.stop();
    await brokers?.close();
  });

  it('prints that nothing is deployed if "status" runs before the deployment', async () => {
    const { code, err } = await run(['status']);
    expect(code).toBe(3);
    expect(err).toMatch(
      /^✖ Nothing is deployed under \/broker-tokens in ap-northeast-2.*npx cdk deploy\.\n$/,
    );
  });

  it('stores the key with "credentials put" in the secret of the stack, and waits for the first token', async () => {
    const cdk = new CdkProject(aws.endpoint, CONFIG);
    await cdk.bootstrap();
    stack.outputs = (await cdk.deploy()).outputs;
    const key = JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret });
    const ended = await run(['credentials', 'put', KIS, '--stdin'], key);
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
    });
  });

  it('creates with "credentials put" the secret that the configuration names', async () => {
    const key = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
    const ended = await run(['credentials', 'put', KIWOOM, '--stdin', '--yes'], key);
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
    });
    await stack.waitUntilPublished(KIWOOM, ({ generation }) => generation === 1);
  });

  it('shows both credentials with status, and prints the live token with show --reveal', async () => {
    const { code, out } = await run(['status']);
    expect(out).toMatch(/● {2}kis-paper .*● {2}kiwoom-paper /s);
    expect(code).toBe(0);
    for (const id of [KIS, KIWOOM]) {
      const shown = await run(['show', id, '--reveal']);
      expect(shown.code).toBe(0);
      expect(await brokers.acceptsToken(id, shown.out.trim())).toBe(true);
    }
  });

  it('explains with "explain" the decision of the next tick', async () => {
    expect(await json(['explain', KIS])).toMatchObject({
      decision: { action: 'keep', reason: 'Fresh' },
      refresh: { will: 'refuse' },
    });
  });

  it('requests a new token with refresh, and sends no request that the refresher would reject', async () => {
    const { state: before } = await stack.waitUntilPublished(KIWOOM, () => true);
    expect(await json(['refresh', KIWOOM])).toMatchObject({
      result: 'done',
      state: { generation: before.generation + 1 },
    });
    const refused = await run(['refresh', KIS]);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('KIS returns the same token for 6 h'),
    });
  });

  it('revokes the token, and pauses and resumes the credential', async () => {
    const { token, state } = await stack.waitUntilPublished(KIWOOM, () => true);
    expect(await run(['revoke', KIWOOM, '--no-reissue', '--yes'])).toMatchObject({ code: 0 });
    expect(await brokers.acceptsToken(KIWOOM, token)).toBe(false);
    expect(await json(['status', KIWOOM])).toMatchObject({ credentials: [{ phase: 'paused' }] });
    expect(await run(['resume', KIWOOM])).toMatchObject({ code: 0 });
    await stack.waitUntilPublished(KIWOOM, ({ generation }) => generation === state.generation + 1);
  });

  it('finds no problem with "doctor" except missing metrics, which the emulator does not create', async () => {
    const { areas } = (await json(['doctor'])) as {
      areas: { findings: { status: string; text: string }[] }[];
    };
    const findings = areas.flatMap((area) => area.findings);
    // MiniStack creates no metrics from the log of the function, so doctor reports these findings.
    const gaps =
      /no tick in the last 3 h|ExpiringSoon (has no data yet|is on)|only one confirmed subscription/;
    expect(findings.filter(({ status, text }) => status !== 'ok' && !gaps.test(text))).toEqual([]);
    expect(findings.filter(({ status }) => status === 'ok').length).toBeGreaterThan(10);
  });

  it('measures with "probe" the configured behavior of the simulated broker', async () => {
    const directory = createTemporaryDirectory('probe');
    const args = ['probe', KIWOOM, '--yes', '--quick', '--report', directory];
    expect(await json(args)).toMatchObject({
      findings: { again: { token: 'new', oldToken: 'dead' }, revoke: { confirmed: true, next: 'new' } },
    });
    const { credentials } = (await json(['status', KIWOOM])) as { credentials: { phase: string }[] };
    expect(credentials[0]?.phase).toBe('fresh');
  });
});
