import { isLiveAt } from '../../lambdas/decision/health.ts';
import { isFleetConfig } from '../../lambdas/shared/credential.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { type CliContext, printResult, requireConfirmation } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { requireCredentialId, unknownCredentialError } from '../credentials.ts';
import { EXIT_CODE, type ExitCode } from '../exit.ts';
import { withProgress } from '../terminal/progress.ts';
import { at, MINUTE, SECOND } from '../time.ts';
import { readFleet } from './fleet-settings.ts';
import { deleteReportTopic, reportTopicArn } from './report-topic.ts';
import { deleteSchedule } from './schedule.ts';

/**
 * The time within which a running tick writes its result or the outcome `started` to the state. A broker call
 * ends within 15 s.
 */
const TICK_DURATION = 20 * SECOND;
/** The longest time to wait for a tick. Lambda ends an invocation after 15 minutes at the latest. */
const MAX_TICK_WAIT = 20 * MINUTE;

/** `remove <id>`: removes a fleet credential, but keeps its secret. The command can be repeated. */
export async function remove(
  context: CliContext,
  id: string,
  { yes }: { readonly yes?: true },
): Promise<ExitCode> {
  requireCredentialId(context, id);
  const fleet = await readFleet(context);
  const { scheduleGroup } = fleet;
  const reportTopic = reportTopicArn(fleet, id);
  const names = parameterNames(context.prefix, id);
  const parameterTexts = await readParameterTexts(context, [names.config, names.state]);
  const config = parameterTexts.get(names.config);
  if (config !== undefined) {
    if (!isFleetConfig(config))
      throw new CommandFailedError(
        `The credential ${id} belongs to the stack, so it is not a fleet credential.`,
        'Delete the credential from cdk.json, and deploy: npx cdk deploy.',
      );
    await requireConfirmation(
      context,
      confirmationQuestion(context, id, parameterTexts.get(names.state)),
      yes,
    );
  }
  const scheduleExisted = await deleteSchedule(context, scheduleGroup, id);
  // A credential exists if it has a schedule, because an operator can have deleted its parameters.
  if (config === undefined && !scheduleExisted) throw await unknownCredentialError(context, id);
  await waitForTick(context, id, names.state);
  await deleteReportTopic(context, reportTopic);
  const Names = Object.values(names);
  const { DeletedParameters: deleted = [] } = await context.aws.call(
    'ssm:DeleteParameters',
    Names.join(', '),
    {
      Names,
    },
  );
  const schedule = `${scheduleGroup}/${id}`;
  printResult(
    context,
    () => ({ credential: id, result: 'removed', deleted, schedule, reportTopic }),
    () => [
      `${context.terminal.paint('green', '✔')} ${id} is removed. Deleted: ${[`schedule ${schedule}`, `topic ${reportTopic}`, ...deleted].join(', ')}. Its secret stays.`,
    ],
  );
  return EXIT_CODE.ok;
}

function confirmationQuestion(
  { clock, program }: CliContext,
  id: string,
  stateText: string | undefined,
): string {
  const state = stateText === undefined ? undefined : parseState(stateText).state;
  const now = clock.now();
  if (state?.published === undefined || !isLiveAt(state, now)) return `Remove ${id}? It has no live token.`;
  const expiry = at(state.published.expiresAt, now);
  return `Remove ${id}? Programs no longer find its token. The broker accepts the token until ${expiry}; to revoke it first: ${program} revoke ${id} --no-reissue.`;
}

async function readParameterTexts(
  { aws }: CliContext,
  Names: string[],
): Promise<ReadonlyMap<string, string>> {
  const { Parameters = [] } = await aws.call('ssm:GetParameters', Names.join(', '), { Names });
  return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, Value]));
}

/** Waits until a running tick ends, because the tick could write the parameters after their deletion. */
async function waitForTick(context: CliContext, id: string, stateName: string): Promise<void> {
  const { clock, program, signal } = context;
  const interruptionTexts = [
    'Interrupted: the schedule is deleted, the parameters are not.',
    `To continue, run: ${program} remove ${id}. To keep the credential, run ${program} add ${id} with the same options.`,
  ] as const;
  await withProgress(context, interruptionTexts, async (show) => {
    show(`The schedule is deleted. Waiting ${TICK_DURATION / SECOND} s for a tick that may be running`);
    do {
      await clock.sleepUntil(clock.now() + TICK_DURATION, signal);
    } while (await isTickRunning(context, stateName));
  });
}

/** Returns whether the state contains a started broker call whose invocation may still be running. */
async function isTickRunning(context: CliContext, stateName: string): Promise<boolean> {
  const stateText = (await readParameterTexts(context, [stateName])).get(stateName);
  const attempt = stateText === undefined ? undefined : parseState(stateText).state.attempt;
  return attempt?.outcome === 'started' && context.clock.now() < attempt.at + MAX_TICK_WAIT;
}
