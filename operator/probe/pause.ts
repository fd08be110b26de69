import { converse } from '../ask/converse.ts';
import { verdictOnRevoke } from '../ask/verdict.ts';
import { NotDone } from '../complaints.ts';
import type { Context } from '../context.ts';
import type { Credential } from '../credentials.ts';
import { MINUTE, SECOND } from '../time.ts';

/**
 * Two callers with one app key would refuse each other's calls and end each other's tokens, and no
 * measurement could be believed. The refresher stands back only from a credential that is paused, so it
 * is revoked without a new issue.
 */
export async function pauseForProbe(context: Context, credential: Credential): Promise<void> {
  const { config, state } = credential;
  if (state.paused) return;
  const { verdict, credential: after } = await converse(
    context,
    credential,
    { credential: config.id, cause: 'revoke', reissue: false },
    (seen, request, now) => verdictOnRevoke(seen, request, false, now),
    { timeout: config.checkEverySeconds * SECOND + 5 * MINUTE },
  );
  // That the broker did not confirm the revocation does not matter here: the refresher stands back.
  if (verdict.is === 'failed' && !after.state.paused) throw new NotDone(verdict.text, verdict.fix);
  context.terminal.err(`${config.id} is paused.\n`);
}
