import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import { sendRequest } from '../../lambdas/brokers/transport.ts';
import type { CliContext } from '../cli-context.ts';
import { CommandFailedError, InterruptedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { startProgress } from '../terminal/progress.ts';
import { kst } from '../time.ts';
import { type Journal, saveJournal } from './journal.ts';
import { type ProbePorts, ProbeSession } from './probe-session.ts';
import { GAPS, runSteps } from './probe-steps.ts';

/** Makes the measurements, with a line that says what is waited for. */
export async function runProbe(
  context: CliContext,
  { config, state }: Credential,
  key: AppKey,
  journal: Journal,
  path: string,
): Promise<void> {
  const { clock, signal, program } = context;
  const progress = startProgress(context.terminal, context.json);
  const broker = BROKER[config.broker];
  const endpoint = context.endpoints(config.broker, config.market);
  const ports: ProbePorts = {
    broker,
    call: (request) => sendRequest(endpoint, request),
    now: clock.now,
    sleepUntil: async (instant, why) => {
      if (instant <= clock.now()) return;
      progress.say(`${why} – at ${kst(instant).slice(11)} KST`);
      await clock.sleepUntil(instant, signal);
    },
    stillAlone: async () => {
      signal.throwIfAborted();
      const { state } = await readCredential(context, config.id);
      if (!state.paused)
        throw new CommandFailedError(
          `${config.id} is not paused any more: the refresher uses this key again, and both would spoil each other's work.`,
          `Go on later with the same command; it pauses ${config.id} again.`,
        );
    },
    lastCallElsewhere: state.lastCallAt,
    save: (current) => saveJournal(path, current),
    say: (text) => progress.say(text),
  };
  try {
    await runSteps(new ProbeSession(ports, key, GAPS[config.broker], journal), config.broker, journal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      'Interrupted.',
      `It is remembered how far it came. ${config.id} stays paused: go on with ${program} probe ${config.id}, or give it up with ${program} resume ${config.id}.`,
    );
  } finally {
    progress.stop();
  }
}
