import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { inboxName, queueUrl, sendToInbox } from '../aws/inbox.ts';
import type { CliContext } from '../cli-context.ts';
import { CommandFailedError, InterruptedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { startProgress } from '../terminal/progress.ts';
import { kst, MINUTE, SECOND, span } from '../time.ts';
import type { RequestResult, SentRequest } from './request-result.ts';

export interface RequestAnswer {
  readonly messageId: string;
  readonly verdict: Exclude<RequestResult, { is: 'open' }>;
  readonly credential: Credential;
}

export interface WaitLimits {
  /** How long to wait for the answer, milliseconds. */
  readonly timeout: number;
}

/** Time between two reads: short at first. The whole account shares the rate of SSM. */
function pauseAfter(waited: number): number {
  if (waited < 3 * SECOND) return 400;
  return waited < MINUTE ? SECOND : 3 * SECOND;
}

/** Sends a message to the inbox and waits until the state shows its result. @throws CommandFailedError, InterruptedError */
export async function sendAndWait(
  context: CliContext,
  before: Credential,
  message: InboxMessage,
  verdictOf: (credential: Credential, request: SentRequest, now: number) => RequestResult,
  { timeout }: WaitLimits,
): Promise<RequestAnswer> {
  const id = before.config.id;
  const url = await queueUrl(context, inboxName(context.stack));
  const messageId = await sendToInbox(context, url, message);
  const request: SentRequest = { messageId, before: before.state, program: context.program };
  const sent = context.clock.now();
  const progress = startProgress(context.terminal, context.json);
  const goesOn = `The request ${messageId} stays in the inbox for up to two hours and is still served`;
  try {
    for (;;) {
      const now = context.clock.now();
      const waited = now - sent;
      await context.clock.sleepUntil(now + pauseAfter(waited), context.signal);
      const credential = await readCredential(context, id);
      const verdict = verdictOf(credential, request, context.clock.now());
      if (verdict.is !== 'open') return { messageId, verdict, credential };
      progress.say(verdict.progress);
      if (waited > timeout)
        throw new CommandFailedError(
          `No answer within ${span(timeout)} (${verdict.progress}).`,
          `${goesOn}. If that lasts: ${context.program} doctor.`,
        );
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new InterruptedError('Interrupted.', `${goesOn}; see ${context.program} status ${id}.`);
  } finally {
    progress.stop();
  }
}

/** Waits until the rules allow the request, if that is within the timeout. @throws CommandFailedError, InterruptedError */
export async function waitUntilAllowed(
  context: CliContext,
  until: number,
  why: string,
  { timeout }: WaitLimits,
): Promise<void> {
  const now = context.clock.now();
  if (until <= now) return;
  if (until - now > timeout)
    throw new CommandFailedError(
      `Not sent: ${why}`,
      `Wait longer with --timeout, or ask again in ${span(until - now)}.`,
      until,
    );
  const progress = startProgress(context.terminal, context.json);
  progress.say(`Sent at ${kst(until).slice(11)} KST: ${why}`);
  try {
    await context.clock.sleepUntil(until, context.signal);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new InterruptedError('Interrupted.', 'Nothing was sent.');
  } finally {
    progress.stop();
  }
}
