import { isLiveAt } from '../../lambdas/decision/health.ts';
import { isAdded } from '../../lambdas/shared/credential.ts';
import { CREDENTIAL_ID, parameterNames } from '../../lambdas/shared/names.ts';
import { NO_STATE } from '../../lambdas/shared/state.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { type CliContext, confirm, printJson } from '../cli-context.ts';
import { CommandFailedError, InterruptedError, UsageError } from '../cli-error.ts';
import { unknownCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { startProgress } from '../terminal/progress.ts';
import { at, MINUTE, SECOND } from '../time.ts';
import { readFleet } from './fleet-settings.ts';
import { deleteSchedule } from './schedule.ts';

/** A broker call ends within 15 s: by then a tick under way has written its result, or that it started a call. */
const TICK_TIME = 20 * SECOND;
/** A tick retries to store a token until Lambda ends it: checkEvery and 150 s. */
const LONGEST_TICK = 20 * MINUTE;

/** `remove <id>`: the end of a credential that was added; its secret stays. Can be repeated. */
export async function remove(
  context: CliContext,
  id: string,
  { yes }: { readonly yes?: boolean | undefined },
): Promise<ExitCode> {
  if (!CREDENTIAL_ID.test(id))
    throw new UsageError(
      `"${id}" is no credential's id: it matches [a-z0-9-]{1,40}.`,
      `See them: ${context.program} status`,
    );
  const { scheduleGroup } = await readFleet(context);
  const names = parameterNames(context.prefix, id);
  const found = await textsOf(context, [names.config, names.state]);
  const config = found.get(names.config);
  if (config === undefined) {
    // The parameters may have been deleted by hand, and the schedule is left.
    if (!(await deleteSchedule(context, scheduleGroup, id))) throw await unknownCredential(context, id);
  } else {
    if (!isAdded(config))
      throw new CommandFailedError(
        `The stack manages ${id}: it was not added with this command.`,
        'Take it out of cdk.json, and deploy: npx cdk deploy.',
      );
    if (!(await confirm(context, question(context, id, found.get(names.state)), yes)))
      throw new CommandFailedError('Not removed.', 'Nothing was changed.');
    await deleteSchedule(context, scheduleGroup, id);
  }
  await waitForTick(context, id, names.state);
  const deleted = await deleteParameters(context, Object.values(names));
  if (context.json) {
    printJson(context, { credential: id, result: 'removed', deleted, schedule: `${scheduleGroup}/${id}` });
    return EXIT.ok;
  }
  const { out, paint } = context.terminal;
  const list = deleted.length === 0 ? '' : `, and ${deleted.join(', ')}`;
  out(
    `${paint('green', '✔')} ${id} is removed: its schedule ${scheduleGroup}/${id}${list}. Its secret stays.\n`,
  );
  return EXIT.ok;
}

function question({ clock, program }: CliContext, id: string, text: string | undefined): string {
  const state = text === undefined ? NO_STATE : parseState(text).state;
  const now = clock.now();
  if (!isLiveAt(state, now)) return `Remove ${id}? It has no live token.`;
  const end = at(state.published?.expiresAt ?? now, now);
  return `Remove ${id}? Programs no longer find its token. The broker accepts the token until ${end}; to revoke it first: ${program} revoke ${id} --no-reissue.`;
}

async function textsOf(context: CliContext, Names: string[]): Promise<ReadonlyMap<string, string>> {
  const { GetParametersCommand } = await import('@aws-sdk/client-ssm');
  const { Parameters = [] } = await context.aws.use('ssm:GetParameters', Names.join(', '), (ssm) =>
    ssm.send(new GetParametersCommand({ Names }), { abortSignal: context.signal }),
  );
  return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, Value]));
}

/** What a tick writes after the parameters were deleted would be left behind. */
async function waitForTick(context: CliContext, id: string, stateName: string): Promise<void> {
  const progress = startProgress(context.terminal, context.json);
  const { clock, signal } = context;
  progress.say(`The schedule is deleted. Waiting ${TICK_TIME / SECOND} s for a tick that may be under way`);
  try {
    do {
      await clock.sleepUntil(clock.now() + TICK_TIME, signal);
    } while (await isUnderWay(context, stateName));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      'Interrupted: the schedule is deleted, the parameters are not.',
      `To go on: ${context.program} remove ${id}; to take it back: ${context.program} add ${id}, with the options it had.`,
    );
  } finally {
    progress.stop();
  }
}

/** Whether a call was started, and Lambda cannot have ended the invocation yet. */
async function isUnderWay(context: CliContext, stateName: string): Promise<boolean> {
  const text = (await textsOf(context, [stateName])).get(stateName);
  const attempt = text === undefined ? undefined : parseState(text).state.attempt;
  return attempt?.outcome === 'started' && context.clock.now() < attempt.at + LONGEST_TICK;
}

async function deleteParameters(context: CliContext, Names: string[]): Promise<readonly string[]> {
  const { DeleteParametersCommand } = await import('@aws-sdk/client-ssm');
  const { DeletedParameters = [] } = await context.aws.use('ssm:DeleteParameters', Names.join(', '), (ssm) =>
    ssm.send(new DeleteParametersCommand({ Names })),
  );
  return DeletedParameters;
}
