import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Deployment } from '../deploy/deployment.ts';
import { createParameterInvalidations } from './brokers/invalidations.ts';
import { createTestBrokers } from './brokers/test-brokers.ts';
import { cleanUp } from './clean-up.ts';
import { askForConfirmation } from './confirmation.ts';
import { createSecrets, deploy, isBootstrapped } from './deploy.ts';
import { describeRemainder, type ExecutableStep, execute, exitCodeOf, summary } from './execute.ts';
import { interruption } from './interruption.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { planText, TIME_LIMITS } from './plan.ts';
import { accountPlatform, type Platform } from './platform.ts';
import { createPracticeStep } from './practice.ts';
import { allSteps } from './scenario/all-steps.ts';
import type { Scenario } from './scenario/scenario.ts';
import { newRunId, type Run, runOf } from './settings.ts';
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
    platform = await createPlatform(options);
    return await runTest(platform, directory, options);
  } finally {
    await platform?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function createPlatform({ emulator, region }: Options): Promise<Platform> {
  if (!emulator) return accountPlatform(region);
  const { emulatorPlatform } = await import('./emulator-platform.ts');
  return emulatorPlatform();
}

async function runTest(platform: Platform, directory: string, options: Options): Promise<number> {
  if (options.delete !== undefined) return deleteOnly(runOf(options.delete));
  const sts = new STSClient();
  const region = await sts.config.region();
  const { Account: account = '', Arn: caller = '' } = await sts.send(new GetCallerIdentityCommand());
  const run = runOf(newRunId());
  const { assembly, resources, signingKey } = await synthesize({
    ...{ run, account, region, directory },
    emulatorPermissions: platform.emulatorPermissions(run),
  });
  const plan = { run, account, region, caller, resources, isBootstrapped: await isBootstrapped() };
  if (!options.keep) print(planText(plan));
  if (!(await askForConfirmation(options.yes, process))) return 2;

  const interrupted = interruption(process, options.keep ? undefined : TIME_LIMITS.steps * 60_000);
  const stack = new Deployment(undefined, run);
  const invalidations = createParameterInvalidations(new SSMClient(), run.invalidations);
  const scenario: Scenario = {
    run,
    platform,
    stack,
    invalidations,
    brokers: createTestBrokers({ signingKey, invalidations, now: Date.now }),
    signal: interrupted.signal,
    startedAt: Date.now(),
  };
  stack.waitOptions = { signal: interrupted.signal, maxTries: 240 };
  const deployStep: ExecutableStep = {
    guarantee: 'The stack and a consumer in a second stack are deployed',
    required: true,
    run: async (signal) => {
      await createSecrets(run);
      stack.outputs = await deploy({ run, platform, account, region, assembly, directory }, signal);
      return undefined;
    },
  };
  const testSteps = allSteps.map((step) => ({ ...step, run: () => step.run(scenario) }));
  const steps = [deployStep, ...(options.keep ? [createPracticeStep(scenario, print)] : testSteps)];
  print(`Started. To stop: Ctrl-C; everything is then deleted.\n`);
  const executionResult = await execute({
    steps,
    cleanUp: () => cleanUp(run, plan.isBootstrapped),
    print,
    signal: interrupted.signal,
  });
  print(
    `\n${options.keep ? describeRemainder(executionResult.remainder) : summary(executionResult, platform.name)}`,
  );
  const hint = `npm run test:aws -- --delete ${run.id}`;
  if (executionResult.remainder.undeleted.length > 0) print(`To try again: ${hint}`);
  print(`Took ${Math.round((Date.now() - scenario.startedAt) / 1000)} s.`);
  interrupted.dispose();
  return exitCodeOf(executionResult, interrupted.endedBySignal());
}

async function deleteOnly(run: Run): Promise<number> {
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
