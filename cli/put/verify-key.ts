import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import { type BrokerClient, connect } from '../../lambdas/brokers/client.ts';
import { isLiveAt } from '../../lambdas/decision/health.ts';
import { storedAppKey } from '../app-key.ts';
import { type CliContext, confirm, noteSuccess, noteWarning } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { BROKER_NAME, fixFor, OUTCOME } from '../labels.ts';
import { waitUntil, withProgress } from '../terminal/progress.ts';
import { at, clockTime, SECOND } from '../time.ts';

const NOTHING_STORED = ['Interrupted.', 'Nothing was stored.'] as const;

/** The result of one issue call and one verify call. */
interface Verification {
  readonly expiresAt: number;
  readonly verdict: string;
  /** Kiwoom did not revoke the token. */
  readonly isLeftOver: boolean;
}

/**
 * Verifies a key with one issue call from this machine, before it is stored. The token is not used. Kiwoom binds it
 * to the IP address of this machine and may return it to the refresher (8010), so it is revoked there. A KIS token
 * has no address, and KIS may return a revoked one, so it is kept.
 * @returns when the broker accepts the next call
 */
export async function verifyKey(
  context: CliContext,
  credential: Credential,
  key: AppKey,
  yes: boolean | undefined,
): Promise<number> {
  const { config } = credential;
  const name = BROKER_NAME[config.broker];
  const client = connect(config, context.endpoints);
  await refuseCurrentKey(context, credential, key);
  await confirmCost(context, credential, yes);
  const { expiresAt, verdict, isLeftOver } = await issueAndVerify(context, credential, client, key);
  const now = context.clock.now();
  noteSuccess(context, `${name} accepted the key, and ${verdict}: it expires ${at(expiresAt, now)}.`);
  if (isLeftOver)
    noteWarning(
      context,
      `${name} did not revoke that token. It is bound to the IP address of this machine (8010): if it is returned to the refresher, revoke ${config.id} replaces it.`,
    );
  return now + client.contract.minimumInterval;
}

async function issueAndVerify(
  context: CliContext,
  { config }: Credential,
  client: BrokerClient,
  key: AppKey,
): Promise<Verification> {
  const name = BROKER_NAME[config.broker];
  try {
    return await withProgress(context, NOTHING_STORED, async (show) => {
      show(`Requesting a token from ${name}`);
      const { token, expiresAt } = await client.issue(key);
      if (expiresAt <= context.clock.now())
        throw new CommandFailedError(
          `${name} accepted the key, but issued a token that has expired.`,
          'Try again later. Nothing was stored.',
        );
      show('Verifying the token');
      const { verdict, brokerCode, message } = await client.verify(key, token);
      const rejection = `a data call rejected its token (${brokerCode ?? message ?? 'no code'})`;
      const isLeftOver = config.broker === 'kiwoom' && !(await revoke(context, client, key, token));
      return { expiresAt, verdict: verdict === 'alive' ? 'its token works' : rejection, isLeftOver };
    });
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const fix =
      fixFor(error.kind, error.brokerCode) ?? 'Try again in a few minutes, or store it without --verify.';
    throw new CommandFailedError(
      `Not verified: ${OUTCOME[error.kind]}: ${error.message}`,
      `${fix} Nothing was stored.`,
    );
  }
}

/** An issue call with the key of the published token could end that token. */
async function refuseCurrentKey(
  context: CliContext,
  { config, state }: Credential,
  key: AppKey,
): Promise<void> {
  if (!isLiveAt(state, context.clock.now())) return;
  if ((await storedAppKey(context, config))?.appkey !== key.appkey) return;
  throw new CommandFailedError(
    'This app key is the current one, and the published token shows that it works: another issue call could end that token.',
    `Store it without --verify, or request a new token: ${context.program} refresh ${config.id}.`,
  );
}

async function confirmCost(
  context: CliContext,
  { config, state }: Credential,
  yes: boolean | undefined,
): Promise<void> {
  const name = BROKER_NAME[config.broker];
  const isMessaged = config.broker === 'kis' && config.market === 'live';
  const message = isMessaged ? ', which sends the owner of the account a KakaoTalk message' : '';
  const counted =
    state.lastCallAt === undefined
      ? ''
      : ` The refresher has made ${state.issues.length} of ${config.maxIssuesPerDay} calls in 24 hours; this one is not counted.`;
  context.terminal.err(`Verifying the key costs one issue call at ${name}${message}.${counted}\n`);
  if (!(await confirm(context, `Request a token from ${name} now, from this machine?`, yes)))
    throw new CommandFailedError('Not verified.', 'Nothing was stored.');
}

/** @returns whether the broker confirmed it; a revocation right after another token call is refused (1700) */
async function revoke(
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

/** The refresher calls the broker once the key is stored: the minimum interval must have passed by then. */
export async function waitMinimumInterval(
  context: CliContext,
  { config }: Credential,
  until: number,
): Promise<void> {
  const why = `Storing the key at ${clockTime(until)}, after the minimum interval of ${BROKER_NAME[config.broker]}`;
  await waitUntil(context, until, why, NOTHING_STORED);
}
