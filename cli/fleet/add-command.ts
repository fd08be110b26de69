import { type CredentialConfig, formatConfig } from '../../lambdas/shared/credential.ts';
import { ALARMS, parameterNames, reportTopicVariable } from '../../lambdas/shared/names.ts';
import { type CliContext, printResult, printWarning } from '../cli-context.ts';
import { AwsCallError, CommandFailedError, EXIT_CODE, type ExitCode, isAwsError } from '../cli-error.ts';
import { type Credential, readCredentials } from '../credentials.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { factLines, type NamedFact } from '../terminal/layout.ts';
import { DAY, formatSpan, SECOND } from '../time.ts';
import { type AddOptions, buildConfig } from './build-config.ts';
import { fleetScheduleInput, putReportTopic, putSchedule, readFleet } from './resources.ts';

/**
 * `add <id>`: adds a fleet credential. If the fleet credential exists, the command creates missing resources
 * and changes all settings except the broker, the market and the secret.
 */
export async function add(context: CliContext, id: string, options: AddOptions): Promise<ExitCode> {
  const fleet = await readFleet(context);
  const config = buildConfig(id, options, fleet);
  const existingCredential = await readExistingCredential(context, config);
  // The config is written before the schedule, because a new schedule fires at once and its tick needs the
  // config.
  await putConfig(context, config, existingCredential === undefined);
  try {
    await putSchedule(context, fleetScheduleInput(config, fleet));
  } catch (error) {
    // Without a schedule, the new credential would never be refreshed.
    if (existingCredential === undefined) await deleteConfig(context, id);
    throw error;
  }
  const reportTopic = await putReportTopic(context, id, fleet);
  const schedule = `${fleet.scheduleGroup}/${id}`;
  printReport(context, config, schedule, reportTopic, existingCredential);
  return EXIT_CODE.ok;
}

/** @throws CommandFailedError if a different credential conflicts with the new one */
async function readExistingCredential(context: CliContext, config: CredentialConfig) {
  const { id } = config;
  const { credentials, invalid } = await readCredentials(context);
  if (invalid.some((each) => each.id === id))
    throw new CommandFailedError(
      `The credential ${id} exists, but its config parameter is invalid.`,
      `If it is a fleet credential, run ${context.program} remove ${id}, then add it again. Otherwise, run: npx cdk deploy --revert-drift`,
    );
  const existingCredential = credentials.find((each) => each.config.id === id);
  if (existingCredential !== undefined) requireSameCredential(context, existingCredential.config, config);
  const conflictingCredential = credentials.find(
    (each) => each.config.id !== id && hasSameSecret(each.config, config),
  );
  if (conflictingCredential !== undefined)
    throw new CommandFailedError(
      `${conflictingCredential.config.id} has the same secret.`,
      'Use a different app key: a broker keeps one token per key, so the credentials would replace each other’s tokens.',
    );
  return existingCredential;
}

function requireSameCredential(
  { program }: CliContext,
  existingConfig: CredentialConfig,
  config: CredentialConfig,
): void {
  const { id } = config;
  if (existingConfig.managedBy !== 'operator')
    throw new CommandFailedError(
      `The stack manages ${id}.`,
      'Change the credential in cdk.json, and deploy: npx cdk deploy.',
    );
  const fieldLabels = { broker: 'broker', market: 'market', secretArn: 'secret' };
  for (const field of ['broker', 'market', 'secretArn'] as const)
    if (existingConfig[field] !== config[field])
      throw new CommandFailedError(
        `${id} exists with another ${fieldLabels[field]}: ${existingConfig[field]}.`,
        `Use a different id, or run ${program} remove ${id} first.`,
      );
}

/** `one` contains the complete or the partial ARN of its secret, `other` contains the partial ARN. */
function hasSameSecret(one: CredentialConfig, other: CredentialConfig): boolean {
  return one.secretArn.replace(/-[A-Za-z0-9]{6}$/, '') === other.secretArn;
}

async function putConfig({ aws, prefix, program }: CliContext, config: CredentialConfig, isNew: boolean) {
  const { config: Name } = parameterNames(prefix, config.id);
  try {
    await aws.call('ssm:PutParameter', Name, {
      Name,
      Value: formatConfig(config),
      Type: 'String',
      Tier: 'Standard',
      Description: `Config of the fleet credential ${config.id}`,
      Overwrite: !isNew,
    });
  } catch (error) {
    if (!isAwsError(error, 'ParameterAlreadyExists')) throw error;
    throw new CommandFailedError(
      `A different command added ${config.id} at the same time.`,
      `See: ${program} status ${config.id}`,
    );
  }
}

/** Prints an AWS error instead of throwing it, because the caller throws an earlier error. */
async function deleteConfig({ aws, prefix, terminal }: CliContext, id: string): Promise<void> {
  const { config } = parameterNames(prefix, id);
  try {
    await aws.call('ssm:DeleteParameters', config, { Names: [config] });
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    terminal.err(`${config} was written and could not be deleted: ${error.message}\n`);
  }
}

function printReport(
  context: CliContext,
  config: CredentialConfig,
  schedule: string,
  reportTopic: string | undefined,
  existingCredential: Credential | undefined,
): void {
  const { program, terminal } = context;
  const { id, broker, market } = config;
  const result = addResultOf(existingCredential, config);
  const parameters = parameterNames(context.prefix, id);
  const secret = config.secretArn.split(':').slice(6).join(':');
  const interval = config.checkEverySeconds * SECOND;
  const facts: readonly NamedFact[] = [
    ['config', parameters.config],
    ['schedule', schedule],
    ['secret', secret],
    ['token', parameters.token],
    ['alarms', `shared by the fleet: ${ALARMS.fleet.slice(0, 3).join(', ')}`],
    ['cost', `about $0.46 a month: a secret and ${Math.round((30 * DAY) / interval)} ticks (docs/costs.md)`],
  ];
  if (reportTopic === undefined)
    printWarning(
      context,
      `The account has reached its SNS quota of FIFO topics, so ${id} has no report topic: its consumers cannot report a rejected token. To create the topic later: ${program} add ${id} with the same options.`,
    );
  const reportHint = `To report rejected tokens, consumers need the environment variable ${reportTopicVariable(id)}=${reportTopic}`;
  const putHint = `Next, unless the secret exists: ${program} credentials put ${id}`;
  printResult(context, { credential: id, result, config, parameters, schedule, secret, reportTopic }, [
    `${terminal.paint('green', '✔')} ${id} is ${result}: ${BROKER_DISPLAY_NAME[broker]} ${market}, one tick every ${formatSpan(interval)}.`,
    ...factLines(facts, terminal),
    ...(reportTopic === undefined ? [] : [reportHint]),
    ...(existingCredential?.state.published === undefined ? [putHint] : []),
  ]);
}

/** `completed`: the credential existed with the same settings, and the command created only missing parts. */
function addResultOf(existing: Credential | undefined, config: CredentialConfig) {
  if (existing === undefined) return 'added';
  return formatConfig(existing.config) === formatConfig(config) ? 'completed' : 'changed';
}
