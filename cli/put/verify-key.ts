import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import { type BrokerClient, connect } from '../../lambdas/brokers/client.ts';
import { isLiveAt } from '../../lambdas/decision/health.ts';
import { SecretsManagerSecrets, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import { type CliContext, confirm } from '../cli-context.ts';
import { CommandFailedError, InterruptedError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { BROKER_NAME, fixFor, OUTCOME } from '../labels.ts';
import { startProgress } from '../terminal/progress.ts';
import { at, kst, SECOND } from '../time.ts';

/**
 * Whether a key works: one issue call from this machine, before it is stored.
 *
 * The token is not used. Kiwoom may return it to the refresher, bound to this machine's IP address (8010),
 * so it is revoked there. At KIS it is kept: no address is bound to it, and a revoked one may come back.
 * @returns when the broker accepts the next call, so that the refresher's call is not refused
 */
export async function verifyKey(
  context: CliContext,
  credential: Credential,
  key: AppKey,
  yes: boolean,
): Promise<number> {
  const { config } = credential;
  const name = BROKER_NAME[config.broker];
  const client = connect(config, context.endpoints);
  await refuseKeyInUse(context, credential, client, key);
  await confirmCost(context, credential, yes);
  const progress = startProgress(context.terminal, context.json);
  progress.say(`Asking ${name} for a token`);
  try {
    const issued = await client.issue(key);
    const now = context.clock.now();
    if (issued.expiresAt <= now)
      throw new CommandFailedError(
        `${name} accepted the key, but issued a token that has expired.`,
        'Try again later. Nothing was stored.',
      );
    progress.say('Verifying the token');
    const { verdict, brokerCode, message } = await client.verify(key, issued.token);
    const leftOver = config.broker === 'kiwoom' && !(await revoked(context, client, key, issued.token));
    progress.stop();
    const works =
      verdict === 'alive'
        ? 'its token works'
        : `a data call rejected its token (${brokerCode ?? message ?? 'no code'})`;
    context.terminal.err(
      `${context.terminal.paintErr('green', '✔')} ${name} accepted the key, and ${works}: it expires ${at(issued.expiresAt, now)}.\n`,
    );
    if (leftOver)
      context.terminal.err(
        `${context.terminal.paintErr('yellow', '▲')} ${name} did not revoke that token. If it returns it to the refresher, the token is bound to this machine's IP address (8010): revoke ${config.id} replaces it.\n`,
      );
    return now + client.contract.minimumInterval;
  } catch (error) {
    if (context.signal.aborted) throw new InterruptedError('Interrupted.', 'Nothing was stored.');
    if (!(error instanceof BrokerError)) throw error;
    const cure =
      fixFor(error.kind, error.brokerCode) ?? 'Try again in a few minutes, or store it without --verify.';
    throw new CommandFailedError(
      `Not verified: ${OUTCOME[error.kind]}: ${error.message}`,
      `${cure} Nothing was stored.`,
    );
  } finally {
    progress.stop();
  }
}

/** Another issue call with the key of the published token could invalidate that token. */
async function refuseKeyInUse(
  context: CliContext,
  { config, state }: Credential,
  client: BrokerClient,
  key: AppKey,
): Promise<void> {
  if (!isLiveAt(state, context.clock.now())) return;
  const stored = await context.aws.use('secretsmanager:GetSecretValue', config.secretArn, async (secrets) => {
    try {
      return (await new SecretsManagerSecrets(secrets).read(config.secretArn, client.secretFields)).key;
    } catch (error) {
      if (error instanceof UnconfiguredError) return undefined;
      throw error instanceof Error && error.cause !== undefined ? error.cause : error;
    }
  });
  if (stored?.appkey !== key.appkey) return;
  throw new CommandFailedError(
    'This app key is the current one, and the published token shows that it works: another issue call could invalidate that token.',
    `Store it without --verify, or ask for a new token: ${context.program} refresh ${config.id}.`,
  );
}

async function confirmCost(context: CliContext, { config, state }: Credential, yes: boolean): Promise<void> {
  const name = BROKER_NAME[config.broker];
  const talk =
    config.broker === 'kis' && config.market === 'live'
      ? ', which sends the owner of the account a KakaoTalk message'
      : '';
  const last =
    state.lastCallAt === undefined
      ? ''
      : ` The refresher's own calls: ${state.issues.length} of ${config.maxIssuesPerDay} in 24 hours; this one is not counted among them.`;
  const cost = `Proving costs one issue call at ${name}${talk}.${last}`;
  context.terminal.err(`${cost}\n`);
  if (!(await confirm(context, `Ask ${name} now, from this machine?`, yes)))
    throw new CommandFailedError('Not verified.', 'Nothing was stored.');
}

/** Token calls of one key, one after the other: a second one at once is refused (1700). */
async function revoked(
  { clock, signal }: CliContext,
  client: BrokerClient,
  key: AppKey,
  token: string,
): Promise<boolean> {
  for (const pause of [2 * SECOND, 10 * SECOND]) {
    await clock.sleepUntil(clock.now() + pause, signal);
    try {
      await client.revoke(key, token);
      return true;
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
    }
  }
  return false;
}

/** The refresher calls the broker once the key is stored: not within the minimum interval of this call. */
export async function waitMinimumInterval(
  context: CliContext,
  { config }: Credential,
  until: number,
): Promise<void> {
  if (until <= context.clock.now()) return;
  const progress = startProgress(context.terminal, context.json);
  progress.say(
    `Stored at ${kst(until).slice(11)} KST: earlier ${BROKER_NAME[config.broker]} would refuse the refresher's call`,
  );
  try {
    await context.clock.sleepUntil(until, context.signal);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new InterruptedError('Interrupted.', 'Nothing was stored.');
  } finally {
    progress.stop();
  }
}
