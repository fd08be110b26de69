import { BrokerError } from '../brokers/errors.ts';
import type { State } from '../shared/state.ts';
import type { Decision } from './decide.ts';
import { isRevokedFirst } from './gate.ts';
import { insist } from './insist.ts';
import { knownDead, notRevoked, revoked } from './outcome.ts';
import type { Run } from './run.ts';

/**
 * The message `revoke`: the live token is revoked at the broker; unless it is to be reissued, the
 * credential is left paused. `dead` (and `paused`) are stored before the broker is called.
 */
export async function revokeIfAsked(run: Run): Promise<void> {
  const { message, messageId } = run.delivery;
  if (run.asks !== 'revoke' || message.cause !== 'revoke') return;
  run.asks = 'schedule';
  const { attempt } = run.state;
  // Delivered again after a crash: what is published now may be the token that replaced the revoked one.
  if (attempt?.cause === 'revoke' && attempt.messageId === messageId) return;

  const paused = message.reissue === false ? true : undefined;
  await revokePublished(run, 'Requested', { paused, wanted: undefined });
}

/**
 * Kiwoom with `renewEarly: "revoke"`: at `renewAt` the token is revoked, so that asking gives a new one.
 * A broker that did not revoke it leaves a living token: it stays published, the next tick tries again.
 * @returns `not needed`: ask without
 */
export async function revokeEarly(
  run: Run,
  { reason }: Decision,
): Promise<'not needed' | 'revoked' | 'refused'> {
  if (!isRevokedFirst(run.config, reason)) return 'not needed';
  // Before it is called dead: nobody asked for that, and a read that fails would leave it so.
  const token = await run.ports.store.readToken(run.id);
  const end = await revokePublished(run, reason, {}, { token });
  if (end === 'revoked') return 'revoked';
  const verdict = end === 'unclear' ? await verdictOn(run, token) : 'alive';
  if (verdict === 'dead') return 'revoked';
  // A broker that answers nothing has ended it or not: in doubt, and asked for a new one all the same.
  const doubted = verdict === 'unknown' ? true : run.state.doubted;
  await run.write({ ...run.state, dead: undefined, doubted });
  if (verdict === 'unknown') return 'not needed';
  // Another key cannot revoke it, and gets a token of its own without.
  const sameKey = run.secret?.version === run.state.published?.secretVersion;
  return end === 'refused' && !sameKey ? 'not needed' : 'refused';
}

/**
 * `revoked`: the token is dead now, or was before. `refused`: the broker said no. `unclear`: its
 * answer was lost.
 */
async function revokePublished(
  run: Run,
  reason: string,
  changes: Pick<State, 'paused' | 'wanted'> | Record<string, never>,
  read?: { readonly token: string | undefined },
): Promise<'revoked' | 'refused' | 'unclear'> {
  const { published, dead, attempt } = run.state;
  // A token that is only held for dead may live at the broker: an earlier revocation may have failed.
  const done = dead && attempt?.outcome === 'revoked';
  const mayLive = published !== undefined && run.now < published.expiresAt && !done;
  await run.write({ ...(published ? knownDead(run.state) : run.state), ...changes });
  const token = mayLive ? (read ?? { token: await run.ports.store.readToken(run.id) }).token : undefined;
  if (token === undefined) return 'revoked';

  run.secret ??= await run.ports.secrets.read(run.config.secretArn, run.client.secretFields);
  const stamp = run.stamp(run.secret.version);
  run.touched = true;
  const { state, end } = await run.client.revoke(run.secret.key, token).then(
    () => ({ state: revoked(run.state, stamp), end: 'revoked' as const }),
    (error: unknown) => {
      if (!(error instanceof BrokerError)) throw error;
      const end = error.mayHaveActed ? ('unclear' as const) : ('refused' as const);
      return { state: notRevoked(run.state, stamp, error, run.now), end };
    },
  );
  run.state = { ...state, last: run.answer('revoke', reason) };
  const { outcome, brokerCode, message } = state.attempt ?? {};
  run.report({ action: 'revoke', reason }, { outcome, brokerCode, message });
  await insist(run, () => run.write(run.state));
  return end;
}

async function verdictOn(run: Run, token: string | undefined): Promise<'alive' | 'dead' | 'unknown'> {
  if (token === undefined || run.secret === undefined) return 'unknown';
  return (await run.client.verify(run.secret.key, token)).is;
}
