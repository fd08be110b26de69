import { isLiveAt } from '../../lambdas/decision/health.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { adviceFor } from '../advice.ts';
import { type CliContext, printResult } from '../cli-context.ts';
import { CommandFailedError, EXIT_CODE } from '../cli-error.ts';
import { summarizeCredential, summaryJson } from '../credential-summary.ts';
import { readCredential } from '../credentials.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { factLines, type NamedFact } from '../terminal/layout.ts';
import { at } from '../time.ts';
import { tokenFacts } from '../token-facts.ts';

/** `show <id>`: shows the metadata of the token. `--reveal` prints only the token to standard output. */
export async function showToken(context: CliContext, id: string, { reveal }: { readonly reveal?: true }) {
  const { json, prefix, terminal } = context;
  const credential = await readCredential(context, id);
  const tokenAndState = reveal ? await readLiveToken(context, id) : undefined;
  const state = tokenAndState?.state ?? credential.state;
  const tokenProblem = tokenAndState ? undefined : credential.tokenProblem;
  const summary = summarizeCredential({ ...credential, state, tokenProblem }, context.clock.now());
  const { broker, market } = credential.config;
  const parameter = parameterNames(prefix, id).token;
  const isTokenMissing = summary.phase === 'missing';
  const adviceFacts: readonly NamedFact[] = isTokenMissing ? [['', `→ ${adviceFor(summary)}`]] : [];
  const facts = [...tokenFacts(summary, terminal.paint), ['parameter', parameter] as const, ...adviceFacts];
  const lines = [
    `${terminal.paint('bold', id)}  ${BROKER_DISPLAY_NAME[broker]} ${market}`,
    ...factLines(facts, terminal),
  ];
  if (tokenAndState !== undefined && !json) terminal.err(`${lines.join('\n')}\n`);
  printResult(
    context,
    { ...summaryJson(summary), parameter, ...(tokenAndState && { token: tokenAndState.token }) },
    tokenAndState === undefined ? lines : [tokenAndState.token],
  );
  return isLiveAt(state, summary.now) && !isTokenMissing ? EXIT_CODE.ok : EXIT_CODE.failed;
}

const MAX_READS = 5;

/** Reads token and state in one call, and reads them again if they do not match (docs/contracts.md). */
async function readLiveToken(context: CliContext, id: string) {
  const { aws, clock, prefix, program, signal } = context;
  const names = parameterNames(prefix, id);
  const explain = `See: ${program} explain ${id}.`;
  for (let tries = 0; tries < MAX_READS; tries += 1) {
    if (tries > 0) await clock.sleepUntil(clock.now() + 500, signal);
    const { Parameters = [] } = await aws.call('ssm:GetParameters', names.token, {
      Names: [names.token, names.state],
      WithDecryption: true,
    });
    const value = (name: string) => Parameters.find(({ Name }) => Name === name)?.Value;
    const token = value(names.token);
    const { state } = parseState(value(names.state) ?? '');
    const { published } = state;
    if (published === undefined) throw new CommandFailedError(`${id} has no token yet.`, explain);
    if (token === undefined)
      throw new CommandFailedError(
        `The parameter ${names.token} does not exist.`,
        `The next tick restores the parameter. ${explain}`,
      );
    if (!isLiveAt(state, clock.now())) {
      const end = published.health === 'dead' ? 'is dead' : `expired ${at(published.expiresAt, clock.now())}`;
      throw new CommandFailedError(`The token of ${id} ${end}, so it is not printed.`, explain);
    }
    if (fingerprint(token) === published.fingerprint) return { token, state };
  }
  throw new CommandFailedError(
    `The token of ${id} does not match the state parameter: its fingerprint differs.`,
    `If an operator changed the token parameter, the next tick restores the parameter. ${explain}`,
  );
}
