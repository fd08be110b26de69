import { isLiveAt } from '../../lambdas/decision/health.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { type CliContext, printJson } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { BROKER_NAME } from '../labels.ts';
import { facts } from '../terminal/layout.ts';
import { at, iso, span } from '../time.ts';

export interface ShowOptions {
  readonly reveal: boolean;
}

/** `show <id>`: the facts of the token; `--reveal` prints the token, and nothing else, to standard output. */
export async function showToken(context: CliContext, id: string, { reveal }: ShowOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { state } = credential;
  const now = context.clock.now();
  const token = reveal ? await liveToken(context, credential) : undefined;
  const lives = isLiveAt(state, now);
  if (context.json) {
    printJson(context, { ...tokenJson(context, credential, lives), ...(token && { token: token.token }) });
  } else {
    const text = `${tokenLines(context, credential, token?.state ?? state, now).join('\n')}\n`;
    // Standard output holds nothing but the token.
    if (token === undefined) context.terminal.out(text);
    else {
      context.terminal.err(text);
      context.terminal.out(`${token.token}\n`);
    }
  }
  return lives ? EXIT.ok : EXIT.failed;
}

function tokenLines(
  { terminal, prefix }: CliContext,
  { config }: Credential,
  state: State,
  now: number,
): string[] {
  const { published } = state;
  const title = `${config.id}  ${BROKER_NAME[config.broker]} ${config.market}`;
  const dim = (text: string) => terminal.paint('dim', text);
  const names = parameterNames(prefix, config.id);
  const pairs: (readonly [string, string])[] =
    published === undefined
      ? [['token', 'none yet']]
      : [
          [
            'token',
            isLiveAt(state, now)
              ? `${published.health}, expires in ${span(published.expiresAt - now)}`
              : lifeless(state),
          ],
          ['type', published.tokenType],
          ['generation', String(state.generation)],
          ['fingerprint', `${published.fingerprint} (of its SHA-256)`],
          ['issued', at(published.issuedAt, now)],
          ['expires', at(published.expiresAt, now)],
          ['renewal', at(published.renewAt, now)],
          ['key', `version ${published.issuedFor.secretVersion || 'unknown'} of the secret`],
        ];
  return [
    terminal.paint('bold', title),
    ...facts([...pairs, ['parameter', names.token]], terminal.width(), dim),
  ];
}

function lifeless({ published }: State): string {
  return published?.health === 'dead' ? 'dead' : 'expired';
}

function tokenJson(
  { prefix }: CliContext,
  { config, state }: Credential,
  lives: boolean,
): Record<string, unknown> {
  const { published } = state;
  return {
    credential: config.id,
    parameter: parameterNames(prefix, config.id).token,
    lives,
    generation: state.generation,
    ...(published && {
      tokenType: published.tokenType,
      fingerprint: published.fingerprint,
      issuedAt: iso(published.issuedAt),
      expiresAt: iso(published.expiresAt),
      renewAt: iso(published.renewAt),
      health: published.health,
      secretVersion: published.issuedFor.secretVersion,
    }),
  };
}

const TRIES = 5;

/** Token and state in one call, and again while they do not match (docs/contracts.md). */
async function liveToken(
  context: CliContext,
  { config }: Credential,
): Promise<{ readonly token: string; readonly state: State }> {
  const names = parameterNames(context.prefix, config.id);
  const { GetParametersCommand } = await import('@aws-sdk/client-ssm');
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await context.clock.sleepUntil(context.clock.now() + 500, context.signal);
    const { Parameters = [] } = await context.aws.use('ssm:GetParameters', names.token, (ssm) =>
      ssm.send(new GetParametersCommand({ Names: [names.token, names.state], WithDecryption: true })),
    );
    const value = (name: string) => Parameters.find(({ Name }) => Name === name)?.Value;
    const token = value(names.token);
    const { state } = parseState(value(names.state) ?? '');
    if (token === undefined || state.published === undefined)
      throw new CommandFailedError(
        `There is no token of ${config.id} yet.`,
        `See: ${context.program} explain ${config.id}.`,
      );
    if (!isLiveAt(state, context.clock.now())) throw deadToken(context, config.id, state, state.published);
    if (fingerprint(token) === state.published.fingerprint) return { token, state };
  }
  throw new CommandFailedError(
    `The token of ${config.id} does not match its state: its fingerprint differs.`,
    `The parameter was written by hand? The next tick restores it. See: ${context.program} explain ${config.id}.`,
  );
}

function deadToken(
  context: CliContext,
  id: string,
  state: State,
  { expiresAt }: PublishedToken,
): CommandFailedError {
  const isDead = state.published?.health === 'dead';
  const why = isDead ? 'is dead' : `expired ${at(expiresAt, context.clock.now())}`;
  return new CommandFailedError(
    `The token of ${id} ${why}: it is not printed.`,
    `See: ${context.program} explain ${id}.`,
  );
}
