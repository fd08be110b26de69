import { type CredentialConfig, formatConfig } from '../../lambdas/shared/credential.ts';
import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import { type CliContext, printJson } from '../cli-context.ts';
import { AwsCallError, CommandFailedError } from '../cli-error.ts';
import { type Credential, readAll } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { BROKER_NAME } from '../labels.ts';
import { facts } from '../terminal/layout.ts';
import { MINUTE, SECOND, span } from '../time.ts';
import { type AddFlags, buildConfig } from './build-config.ts';
import { readFleet } from './fleet-settings.ts';
import { putSchedule, scheduleOf } from './schedule.ts';

/** What an addition came to. */
type AddResult = 'added' | 'changed' | 'completed';

/**
 * `add <id>`: a credential without a deployment. Can be repeated: what is missing is made, and settings
 * other than broker, market and secret are changed.
 */
export async function add(context: CliContext, id: string, flags: AddFlags): Promise<ExitCode> {
  const fleet = await readFleet(context);
  const config = buildConfig(id, flags, fleet);
  const before = await checkConflicts(context, config);
  // First what the tick needs, then the tick: a new schedule fires at once.
  await putConfig(context, config, before === undefined);
  try {
    await putSchedule(context, scheduleOf(config, fleet));
  } catch (error) {
    if (before === undefined) await rollback(context, id);
    throw error;
  }
  printResult(context, config, fleet, before);
  return EXIT.ok;
}

/** What there is of this id already. @throws CommandFailedError where it, or another credential, is in the way */
async function checkConflicts(
  context: CliContext,
  config: CredentialConfig,
): Promise<Credential | undefined> {
  const { id } = config;
  const { credentials, broken } = await readAll(context);
  if (broken.some((each) => each.id === id))
    throw new CommandFailedError(
      `There is a credential ${id}, whose config parameter cannot be understood.`,
      `If it was added: ${context.program} remove ${id}, then add it again. Else deploy the stack again.`,
    );
  const before = credentials.find((each) => each.config.id === id);
  if (before !== undefined) {
    if (before.config.managedBy !== 'operator')
      throw new CommandFailedError(
        `The stack manages ${id}.`,
        'Change it in cdk.json, and deploy: npx cdk deploy.',
      );
    const other = (['broker', 'market', 'secretArn'] as const).find(
      (field) => before.config[field] !== config[field],
    );
    if (other !== undefined)
      throw new CommandFailedError(
        `${id} is there already, with another ${other === 'secretArn' ? 'secret' : other}: ${before.config[other]}.`,
        `It would be another credential: choose another id, or ${context.program} remove ${id} first.`,
      );
  }
  const twin = credentials.find((each) => each.config.id !== id && sameSecret(each.config, config));
  if (twin !== undefined)
    throw new CommandFailedError(
      `${twin.config.id} has the same secret.`,
      'Give each credential its own app key: a broker keeps one token per key, so two would replace each other’s.',
    );
  return before;
}

/** One is known by its complete ARN, another by its name. */
function sameSecret(one: CredentialConfig, other: CredentialConfig): boolean {
  return one.secretArn.replace(/-[A-Za-z0-9]{6}$/, '') === other.secretArn;
}

async function putConfig(context: CliContext, config: CredentialConfig, isNew: boolean): Promise<void> {
  const { config: Name } = parameterNames(context.prefix, config.id);
  const { PutParameterCommand } = await import('@aws-sdk/client-ssm');
  const input = {
    Name,
    Value: formatConfig(config),
    Type: 'String',
    Tier: 'Standard',
    Description: `What the broker credential ${config.id} is; added without a deployment`,
    Overwrite: !isNew,
  } as const;
  try {
    await context.aws.use('ssm:PutParameter', Name, (ssm) => ssm.send(new PutParameterCommand(input)));
  } catch (error) {
    if (
      !(
        error instanceof AwsCallError &&
        error.cause instanceof Error &&
        error.cause.name === 'ParameterAlreadyExists'
      )
    )
      throw error;
    throw new CommandFailedError(
      `${config.id} was added by another command at the same time.`,
      `See it: ${context.program} status ${config.id}`,
    );
  }
}

/** A credential without a schedule is never refreshed, so its config is deleted; the first error is reported. */
async function rollback(context: CliContext, id: string): Promise<void> {
  const { config } = parameterNames(context.prefix, id);
  const { DeleteParametersCommand } = await import('@aws-sdk/client-ssm');
  try {
    await context.aws.use('ssm:DeleteParameters', config, (ssm) =>
      ssm.send(new DeleteParametersCommand({ Names: [config] })),
    );
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    context.terminal.err(`${config} was written and could not be taken back: ${error.message}\n`);
  }
}

function printResult(
  context: CliContext,
  config: CredentialConfig,
  fleet: FleetSettings,
  before: Credential | undefined,
): void {
  const { id, broker, market } = config;
  const changed = before !== undefined && formatConfig(before.config) !== formatConfig(config);
  const result: AddResult = before === undefined ? 'added' : changed ? 'changed' : 'completed';
  const names = parameterNames(context.prefix, id);
  const schedule = `${fleet.scheduleGroup}/${id}`;
  const secret = config.secretArn.split(':').slice(6).join(':');
  if (context.json) {
    printJson(context, { credential: id, result, config, parameters: names, schedule, secret });
    return;
  }
  const { paint, out, width } = context.terminal;
  const every = span(config.checkEverySeconds * SECOND);
  const ticks = Math.round((30 * 24 * 60 * MINUTE) / (config.checkEverySeconds * SECOND));
  const next =
    before?.state.published === undefined
      ? [`Next, unless the secret is there: ${context.program} credentials put ${id}`]
      : [];
  out(
    `${[
      `${paint('green', '✔')} ${id} is ${result}: ${BROKER_NAME[broker]} ${market}, one tick every ${every}.`,
      ...facts(
        [
          ['config', names.config],
          ['schedule', schedule],
          ['secret', secret],
          ['token', names.token],
          ['alarms', 'those of the fleet: FleetExpiringSoon, FleetRefreshFailing, FleetActionRequired'],
          ['cost', `about $1.30 a month: three metrics, a secret; ${ticks} ticks (docs/costs.md)`],
        ],
        width(),
        (text) => paint('dim', text),
      ),
      ...next,
    ].join('\n')}\n`,
  );
}
