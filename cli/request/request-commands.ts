import { isLiveAt } from '../../lambdas/decision/health.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { type CliContext, confirm, printJson } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { summarizeCredential, summaryJson } from '../credential-summary.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { BROKER_NAME } from '../labels.ts';
import { sentenceOf } from '../reasons.ts';
import { at, iso, MINUTE, SECOND } from '../time.ts';
import { type Forecast, forecastAfterRevoke, forecastForced } from './forecast.ts';
import { forcedResult, revokeResult } from './request-result.ts';
import { revokeHint } from './revoke-hint.ts';
import { type RequestAnswer, sendAndWait, waitUntilAllowed } from './send-and-wait.ts';

export interface RequestOptions {
  /** How long to wait, milliseconds. @default as long as the refresher may take */
  readonly timeout?: number | undefined;
  readonly yes?: boolean | undefined;
}

/** `refresh <id>`: a new token now. */
export async function refreshCommand(
  context: CliContext,
  id: string,
  options: RequestOptions & { readonly reason?: string | undefined },
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  refusePaused(context, credential);
  return force(context, credential, options.reason, options);
}

function refusePaused({ program }: CliContext, { config: { id }, state }: Credential): void {
  if (state.paused)
    throw new CommandFailedError(
      `${id} is paused: its token was revoked on request.`,
      `To issue a token again: ${program} resume ${id}.`,
    );
}

/** `resume <id>`: ends a pause with a new token. */
export async function resumeCommand(
  context: CliContext,
  id: string,
  options: RequestOptions,
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  if (credential.state.paused) return force(context, credential, 'resumed', options);
  if (context.json) printJson(context, { credential: id, result: 'not-paused' });
  else context.terminal.out(`${id} is not paused: nothing to do.\n`);
  return EXIT.ok;
}

async function force(
  context: CliContext,
  credential: Credential,
  reason: string | undefined,
  options: RequestOptions,
): Promise<ExitCode> {
  const patience = { timeout: options.timeout ?? longestAnswer(credential) };
  const now = context.clock.now();
  const forecast = forecastForced(credential, now);
  await allowed(context, credential, forecast, patience);
  if (!context.json) {
    noteSameToken(context, credential, forecast, now);
    noteCost(context, credential);
  }
  const message: InboxMessage = {
    credential: credential.config.id,
    cause: 'forced',
    ...(reason !== undefined && { reason }),
  };
  return report(context, await sendAndWait(context, credential, message, forcedResult, patience));
}

/** `revoke <id>`: invalidates the live token; a new one follows unless `--no-reissue`. */
export async function revokeCommand(
  context: CliContext,
  id: string,
  options: RequestOptions & { readonly reissue: boolean },
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { reissue } = options;
  const now = context.clock.now();
  const patience = { timeout: options.timeout ?? longestAnswer(credential) };
  if (reissue) {
    refusePaused(context, credential);
    allowedAfterRevoke(context, credential, now);
  }
  if (isLiveAt(credential.state, now)) {
    const end = at(credential.state.published?.expiresAt ?? now, now);
    const then = reissue ? 'until the new one is published' : `until ${id} is resumed`;
    const question = `Revoke the token of ${id}? It would expire ${end}. Every program that uses it fails at once, ${then}.`;
    if (!(await confirm(context, question, options.yes)))
      throw new CommandFailedError('Not revoked.', 'Nothing was sent.');
  }
  if (reissue && !context.json) noteCost(context, credential);
  const message: InboxMessage = { credential: id, cause: 'revoke', ...(!reissue && { reissue: false }) };
  const answer = await sendAndWait(
    context,
    credential,
    message,
    (seen, request, instant) => revokeResult(seen, request, reissue, instant),
    patience,
  );
  return report(context, answer);
}

async function allowed(
  context: CliContext,
  credential: Credential,
  forecast: Forecast,
  patience: { readonly timeout: number },
): Promise<void> {
  if (forecast.will !== 'wait' && forecast.will !== 'refuse') return;
  const now = context.clock.now();
  const { until, decision } = forecast;
  const why = sentenceOf(decision.reason, credential, now);
  if (forecast.will === 'wait') return waitUntilAllowed(context, forecast.until, why, patience);
  const isSame = decision.reason === 'WouldReuse' || decision.reason === 'AwaitExpiry';
  const hint = isSame ? revokeHint(credential, now, context.program) : undefined;
  const later = until === undefined ? undefined : `It would be allowed ${at(until, now)}.`;
  const fix = [later, hint].filter((each) => each !== undefined).join(' ');
  throw new CommandFailedError(
    `Not sent: ${why}`,
    fix || `See: ${context.program} explain ${credential.config.id}.`,
    until,
  );
}

/** A token must not be revoked if no new one can be issued for long. */
function allowedAfterRevoke(context: CliContext, credential: Credential, now: number): void {
  const forecast = forecastAfterRevoke(credential, now);
  if (forecast.will !== 'refuse') return;
  const { id } = credential.config;
  const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, now)}`;
  throw new CommandFailedError(
    `Not sent: no new token can be issued${until}. ${sentenceOf(forecast.decision.reason, credential, now)}`,
    `To revoke it nevertheless, and have no token: ${context.program} revoke ${id} --no-reissue.`,
    forecast.until,
  );
}

/** Within the reuse window the broker may return a token that does not work. */
function noteSameToken(context: CliContext, credential: Credential, forecast: Forecast, now: number): void {
  const { published } = credential.state;
  const { terminal, program } = context;
  if (forecast.will === 'revoke') {
    terminal.err(`${sentenceOf('TokenDead', credential, now)} Then it asks for a new one.\n`);
    return;
  }
  const hint = revokeHint(credential, now, program);
  if (hint === undefined || published === undefined || published.health === 'live') return;
  terminal.err(`The published token is ${published.health}. ${hint}\n`);
}

function noteCost({ terminal }: CliContext, { config, state }: Credential): void {
  if (config.market !== 'live' || config.broker !== 'kis') return;
  const name = BROKER_NAME[config.broker];
  const count = state.issues.length === 0 ? '' : ` Issue calls counted so far: ${state.issues.length}.`;
  terminal.err(`${name} sends the owner of the account a KakaoTalk message for every token.${count}\n`);
}

/** A tick may sleep for an interval and 90 s before the request is received, which may take as long again. */
function longestAnswer({ config }: Credential): number {
  return config.checkEverySeconds * SECOND + 5 * MINUTE;
}

function report(context: CliContext, { messageId, verdict, credential }: RequestAnswer): ExitCode {
  if (context.json) {
    const summary = summaryJson(summarizeCredential(credential, context.clock.now()));
    const answeredAt = iso(credential.state.lastRequest?.at);
    printJson(context, {
      credential: credential.config.id,
      messageId,
      result: verdict.is,
      text: verdict.text,
      answeredAt,
      state: summary,
    });
    if (verdict.is !== 'done') context.terminal.err(`${verdict.text} ${verdict.fix}\n`);
    return verdict.is === 'done' ? EXIT.ok : EXIT.failed;
  }
  if (verdict.is !== 'done') throw new CommandFailedError(verdict.text, verdict.fix);
  context.terminal.out(`${context.terminal.paint('green', '✔')} ${verdict.text}\n`);
  return EXIT.ok;
}
