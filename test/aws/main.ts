import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { deployApp, isBootstrapped } from '../deploy/cdk.ts';
import { Deployment } from '../deploy/deployment.ts';
import { REJECTION_MARKER, TestBrokers } from './brokers.ts';
import { cleanUp } from './clean-up.ts';
import { askForConfirmation } from './confirmation.ts';
import { describeRemainder, execute, exitCodeOf, type Step, summary } from './execute.ts';
import { interruption } from './interruption.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { planText, TIME_LIMITS } from './plan.ts';
import { accountPlatform, emulatorPlatform, type Platform } from './platform.ts';
import { createPracticeStep } from './practice.ts';
import { consumerSteps } from './scenario/consumer-steps.ts';
import { operatorSteps, rejectionSteps } from './scenario/operator-steps.ts';
import { firstSteps, tokenSteps } from './scenario/token-steps.ts';
import { RUN_TAG, type Run, runOf, secretName, secretValue } from './settings.ts';
import { synthesize } from './synthesize.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(options);
    return options === USAGE ? 0 : 2;
  }
  const directory = mkdtempSync(join(tmpdir(), 'test-aws-'));
  process.env['TMPDIR'] = directory;
  let platform: Platform | undefined;
  try {
    platform = options.emulator ? await emulatorPlatform() : accountPlatform(options.region);
    return await runTest(platform, directory, options);
  } finally {
    await platform?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runTest(platform: Platform, directory: string, options: Options): Promise<number> {
  if (options.delete !== undefined) return deleteEarlierRun(runOf(options.delete));
  const sts = new STSClient();
  const region = await sts.config.region();
  const { Account: account = '', Arn: caller = '' } = await sts.send(new GetCallerIdentityCommand());
  const run = runOf();
  const emulatorPermissions = platform.emulatorPermissions(run);
  const { assembly, resources } = await synthesize(directory, { run, account, region, emulatorPermissions });
  const plan = { run, account, region, caller, resources, isBootstrapped: await isBootstrapped() };
  if (!options.keep) print(planText(plan));
  if (!(await askForConfirmation(options.yes, process))) return 2;

  const interrupted = interruption(process, options.keep ? undefined : TIME_LIMITS.steps * 60_000);
  const { signal } = interrupted;
  const stack = new Deployment(run, { signal, maxTries: 240 });
  const brokers = new TestBrokers(run.invalidations);
  const startedAt = Date.now();
  const deployStep: Step = {
    guarantee: 'The stack and a consumer in a second stack are deployed',
    required: true,
    run: async () => {
      await createSecrets(run);
      const environment = { ...platform.environment, AWS_REGION: region };
      const cdkOptions = { directory, environment, signal };
      const { outputs } = await deployApp(`aws://${account}/${region}`, ['--app', assembly], cdkOptions);
      stack.outputs = outputs;
    },
  };
  // The consumer steps wait for the next tick, which the token steps also need.
  const testSteps = [...firstSteps, ...rejectionSteps, ...consumerSteps, ...tokenSteps, ...operatorSteps];
  print(`Started. To stop: Ctrl-C; everything is then deleted.\n`);
  const executionResult = await execute({
    steps: [deployStep, ...(options.keep ? [createPracticeStep(print)] : testSteps)],
    scenario: { run, platform, stack, brokers, signal, startedAt, notifications: [] },
    cleanUp: () => cleanUp(run, plan.isBootstrapped),
    print,
  });
  const { remainder } = executionResult;
  print(`\n${options.keep ? describeRemainder(remainder) : summary(executionResult, platform.name)}`);
  if (remainder.undeleted.length > 0) print(`To try again: npm run test:aws -- --delete ${run.id}`);
  print(`Took ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  interrupted.dispose();
  return exitCodeOf(executionResult, interrupted.endedBySignal());
}

/**
 * Creates the secrets, which the stack imports by name. The secret of the credential `rejected` contains a
 * wrong app secret.
 */
async function createSecrets(run: Run): Promise<void> {
  const client = new SecretsManagerClient();
  for (const id of ['kis', 'kiwoom', 'rejected'] as const) {
    const value = id === 'rejected' ? secretValue(id, `FAKE-${REJECTION_MARKER}`) : secretValue(id);
    await client.send(
      new CreateSecretCommand({
        Name: secretName(run, id),
        Description: 'A fake app key of npm run test:aws',
        SecretString: JSON.stringify(value),
        Tags: [{ Key: RUN_TAG, Value: run.id }],
      }),
    );
  }
}

async function deleteEarlierRun(run: Run): Promise<number> {
  const { undeleted } = await cleanUp(run);
  for (const each of undeleted) print(`NOT DELETED: ${each}`);
  if (undeleted.length === 0) print(`Everything of the run ${run.id} is deleted.`);
  return undeleted.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // The run has created no resource: AWS credentials or the Region are missing, or the emulator did not
  // start.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
