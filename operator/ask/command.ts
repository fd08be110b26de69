import { livesAt } from '../../lambdas/refresher/decide.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { NotDone } from '../complaints.ts';
import { answerJson, type Context, confirmed } from '../context.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { obstacle } from '../reasons.ts';
import { summarize, summaryJson } from '../summary.ts';
import { at, iso, MINUTE, SECOND } from '../time.ts';
import { BROKER_NAME } from '../words.ts';
import { type Answer, converse, waitUntilAllowed } from './converse.ts';
import { type Forecast, forecastAfterRevoke, forecastForced } from './forecast.ts';
import { verdictOnForced, verdictOnRevoke } from './verdict.ts';

export interface AskOptions {
  /** How long to wait, milliseconds; unless told, as long as the refresher may take. */
  readonly timeout?: number | undefined;
  readonly yes?: boolean | undefined;
}

/** `refresh <id>`: a new token now. */
export async function refresh(
  context: Context,
  id: string,
  options: AskOptions & { readonly reason?: string | undefined },
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  if (credential.state.paused)
    throw new NotDone(
      `${id} is paused: it was revoked on request.`,
      `If it is to have a token again: ${context.program} resume ${id}.`,
    );
  return force(context, credential, options.reason, options);
}

/** `resume <id>`: ends a pause with a new token. */
export async function resume(context: Context, id: string, options: AskOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  if (credential.state.paused) return force(context, credential, 'resumed', options);
  if (context.json) answerJson(context, { credential: id, result: 'not-paused' });
  else context.terminal.out(`${id} is not paused: nothing to do.\n`);
  return EXIT.fine;
}

async function force(
  context: Context,
  credential: Credential,
  reason: string | undefined,
  options: AskOptions,
): Promise<ExitCode> {
  const patience = { timeout: options.timeout ?? longestAnswer(credential) };
  await allowed(context, credential, forecastForced(credential, context.clock.now()), patience);
  tellCost(context, credential);
  const message: InboxMessage = {
    credential: credential.config.id,
    cause: 'forced',
    ...(reason !== undefined && { reason }),
  };
  return report(context, await converse(context, credential, message, verdictOnForced, patience));
}

/** `revoke <id>`: the living token dies now; a new one follows unless it is not wanted. */
export async function revoke(
  context: Context,
  id: string,
  options: AskOptions & { readonly reissue: boolean },
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { reissue } = options;
  const now = context.clock.now();
  const patience = { timeout: options.timeout ?? longestAnswer(credential) };
  if (reissue) await allowedAfterRevoke(context, credential, now);
  if (livesAt(credential.state, now)) {
    const end = at(credential.state.published?.expiresAt ?? now, now);
    const then = reissue ? 'until the new one is there' : `until somebody resumes ${id}`;
    const question = `Revoke the token of ${id}? It would work until ${end}. Every program that uses it fails at once, ${then}.`;
    if (!(await confirmed(context, question, options.yes)))
      throw new NotDone('Not revoked.', 'Nothing was sent.');
  }
  if (reissue) tellCost(context, credential);
  const message: InboxMessage = { credential: id, cause: 'revoke', ...(!reissue && { reissue: false }) };
  const answer = await converse(
    context,
    credential,
    message,
    (seen, request, instant) => verdictOnRevoke(seen, request, reissue, instant),
    patience,
  );
  return report(context, answer);
}

async function allowed(
  context: Context,
  credential: Credential,
  forecast: Forecast,
  patience: { readonly timeout: number },
): Promise<void> {
  const now = context.clock.now();
  if (forecast.will === 'wait')
    await waitUntilAllowed(context, forecast.until, obstacle(forecast.decision, credential, now), patience);
  if (forecast.will === 'refuse')
    throw new NotDone(
      `Not sent: ${obstacle(forecast.decision, credential, now)}`,
      forecast.until === undefined ? 'See explain.' : `It would be allowed ${at(forecast.until, now)}.`,
      forecast.until,
    );
}

/** A token must not be revoked where no new one can be had for long. */
async function allowedAfterRevoke(context: Context, credential: Credential, now: number): Promise<void> {
  const forecast = forecastAfterRevoke(credential, now);
  if (forecast.will !== 'refuse') return;
  const { id } = credential.config;
  const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, now)}`;
  throw new NotDone(
    `Not sent: no new token could be asked for${until}. ${obstacle(forecast.decision, credential, now)}`,
    `To revoke it all the same and be without one: ${context.program} revoke ${id} --no-reissue.`,
    forecast.until,
  );
}

function tellCost({ terminal, json }: Context, { config, state }: Credential): void {
  if (json || config.market !== 'live' || config.broker !== 'kis') return;
  const name = BROKER_NAME[config.broker];
  const count = state.issues.length === 0 ? '' : ` It was asked ${state.issues.length} times lately.`;
  terminal.err(`${name} sends the owner of the account a KakaoTalk message for every token.${count}\n`);
}

/** A look may sleep for an interval and 90 s before ours is taken up, and ours as long as the function may run. */
function longestAnswer({ config }: Credential): number {
  return config.checkEverySeconds * SECOND + 5 * MINUTE;
}

function report(context: Context, { messageId, verdict, credential }: Answer): ExitCode {
  if (context.json) {
    const summary = summaryJson(summarize(credential, context.clock.now()));
    const answered = iso(credential.state.last?.at);
    answerJson(context, {
      credential: credential.config.id,
      messageId,
      result: verdict.is,
      text: verdict.text,
      answeredAt: answered,
      state: summary,
    });
    if (verdict.is === 'failed') context.terminal.err(`${verdict.text} ${verdict.fix}\n`);
    return verdict.is === 'done' ? EXIT.fine : EXIT.failed;
  }
  if (verdict.is === 'failed') throw new NotDone(verdict.text, verdict.fix);
  context.terminal.out(`${context.terminal.paint('green', '✔')} ${verdict.text}\n`);
  return EXIT.fine;
}
