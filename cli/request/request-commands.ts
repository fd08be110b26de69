import { isLiveAt } from '../../lambdas/decision/health.ts';
import { type CliContext, printResult, requireConfirmation } from '../cli-context.ts';
import { CommandFailedError, EXIT_CODE, type ExitCode } from '../cli-error.ts';
import { summarizeCredential, summaryJson } from '../credential-summary.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { type Forecast, forecastAfterRevoke, forecastForcedRequest, revokeHint } from '../inbox/forecast.ts';
import { forcedResult, revokeResult } from '../inbox/request-result.ts';
import { maxAnswerTime, type RequestAnswer, sendAndWait } from '../inbox/send-and-wait.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { reasonSentence } from '../reasons.ts';
import { waitUntil } from '../terminal/progress.ts';
import { at, clockTime, formatSpan, iso } from '../time.ts';

interface RequestOptions {
  /** How long to wait for the result, in milliseconds. @default maxAnswerTime */
  readonly timeout?: number;
  /** A text for the log of the refresher. */
  readonly reason?: string;
}

/** `refresh <id>`: requests a new token now. */
export async function runRefresh(context: CliContext, id: string, options: RequestOptions) {
  const credential = await readCredential(context, id);
  requireNotPaused(context, credential);
  return sendForcedRefresh(context, credential, options);
}

/** `resume <id>`: resumes a paused credential and requests a new token for the credential. */
export async function resume(context: CliContext, id: string, options: RequestOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  if (credential.state.paused)
    return sendForcedRefresh(context, credential, { ...options, reason: 'resumed' });
  printResult(context, { credential: id, result: 'not-paused' }, [`${id} is not paused.`]);
  return EXIT_CODE.ok;
}

/** `revoke <id>`: revokes the live token, and issues a new one unless `--no-reissue` is passed. */
export async function revoke(
  context: CliContext,
  id: string,
  options: RequestOptions & { readonly reissue: boolean; readonly yes?: true },
): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { reissue, yes, timeout } = options;
  const now = context.clock.now();
  if (reissue) {
    requireNotPaused(context, credential);
    requireReplacementPossible(context, credential, now);
  }
  if (isLiveAt(credential.state, now)) {
    const expiry = at(credential.state.published?.expiresAt ?? now, now);
    const end = reissue ? 'until the new one is published' : `until ${id} is resumed`;
    await requireConfirmation(
      context,
      `Revoke the token of ${id}? Without the revocation, the token expires ${expiry}. Every program that uses the token fails ${end}.`,
      yes,
    );
  }
  if (reissue) warnAboutKakaoTalk(context, credential);
  const answer = await sendAndWait(context, credential, {
    message: { credential: id, cause: 'revoke', ...(!reissue && { reissue: false }) },
    resultOf: (seen, request) => revokeResult(seen, request, reissue),
    timeout,
  });
  return report(context, answer);
}

async function sendForcedRefresh(context: CliContext, credential: Credential, options: RequestOptions) {
  const { reason, timeout = maxAnswerTime(credential) } = options;
  const now = context.clock.now();
  const forecast = forecastForcedRequest(credential, now);
  await waitUntilAllowed(context, credential, forecast, timeout);
  warnAboutSameToken(context, credential, forecast, now);
  warnAboutKakaoTalk(context, credential);
  const { id } = credential.config;
  const message = { credential: id, cause: 'forced', ...(reason !== undefined && { reason }) } as const;
  const answer = await sendAndWait(context, credential, { message, resultOf: forcedResult, timeout });
  return report(context, answer);
}

function requireNotPaused({ program }: CliContext, { config: { id }, state }: Credential): void {
  if (state.paused)
    throw new CommandFailedError(
      `${id} is paused: its token was revoked on request.`,
      `To issue a token again, run: ${program} resume ${id}.`,
    );
}

/** Waits for the end of the minimum interval. @throws CommandFailedError if the request would be rejected */
async function waitUntilAllowed(
  context: CliContext,
  credential: Credential,
  { will, until, decision }: Forecast,
  timeout: number,
): Promise<void> {
  const now = context.clock.now();
  const reasonText = reasonSentence(decision.reason, credential, now);
  if (will === 'wait') {
    if (until - now > timeout)
      throw new CommandFailedError(
        `Not sent: ${reasonText}`,
        `Pass a longer --timeout, or try again in ${formatSpan(until - now)}.`,
        until,
      );
    const text = `The request will be sent at ${clockTime(until)}. ${reasonText}`;
    await waitUntil(context, until, text, ['Interrupted.', 'Nothing was sent.']);
  }
  if (will !== 'refuse') return;
  const returnsSameToken = decision.reason === 'WouldReuse' || decision.reason === 'AwaitExpiry';
  const hints = [
    until === undefined ? undefined : `The request is allowed ${at(until, now)}.`,
    returnsSameToken ? revokeHint(credential, now, context.program) : undefined,
  ].filter((each) => each !== undefined);
  const fix = hints.join(' ') || `See: ${context.program} explain ${credential.config.id}.`;
  throw new CommandFailedError(`Not sent: ${reasonText}`, fix, until);
}

/** Throws an error if the refresher could not issue a new token soon after the revocation. */
function requireReplacementPossible(context: CliContext, credential: Credential, now: number): void {
  const forecast = forecastAfterRevoke(credential, now);
  if (forecast.will !== 'refuse') return;
  const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, now)}`;
  throw new CommandFailedError(
    `The revocation was not sent, because no new token can be issued${until}. ${reasonSentence(forecast.decision.reason, credential, now)}`,
    `To revoke the token anyway, run: ${context.program} revoke ${credential.config.id} --no-reissue.`,
    forecast.until,
  );
}

/** Prints a note if the published token is suspect or dead and the broker can return the same token. */
function warnAboutSameToken(
  { json, terminal, program }: CliContext,
  credential: Credential,
  forecast: Forecast,
  now: number,
): void {
  if (json) return;
  if (forecast.will === 'revoke') {
    terminal.err(`${reasonSentence('TokenDead', credential, now)} Then it requests a new one.\n`);
    return;
  }
  const { published } = credential.state;
  const hint = revokeHint(credential, now, program);
  if (hint === undefined || published === undefined || published.health === 'live') return;
  terminal.err(`The published token is ${published.health}. ${hint}\n`);
}

function warnAboutKakaoTalk({ json, terminal }: CliContext, { config, state }: Credential): void {
  if (json || config.market !== 'live' || config.broker !== 'kis') return;
  const name = BROKER_DISPLAY_NAME[config.broker];
  const countText = state.issues.length === 0 ? '' : ` Issue calls in 24 hours: ${state.issues.length}.`;
  terminal.err(`${name} sends the owner of the account a KakaoTalk message for every token.${countText}\n`);
}

function report(context: CliContext, { messageId, result, credential }: RequestAnswer): ExitCode {
  const isDone = result.status === 'done';
  if (!isDone && !context.json) throw new CommandFailedError(result.text, result.fix);
  printResult(
    context,
    {
      credential: credential.config.id,
      messageId,
      result: result.status,
      text: result.text,
      answeredAt: iso(credential.state.lastRequest?.at),
      state: summaryJson(summarizeCredential(credential, context.clock.now())),
    },
    [`${context.terminal.paint('green', '✔')} ${result.text}`],
  );
  if (isDone) return EXIT_CODE.ok;
  context.terminal.err(`${result.text} ${result.fix}\n`);
  return EXIT_CODE.failed;
}
