import type { CliContext } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { revokeResult } from '../request/request-result.ts';
import { sendAndWait } from '../request/send-and-wait.ts';
import { MINUTE, SECOND } from '../time.ts';

/**
 * Two callers with one app key would refuse each other's calls and end each other's tokens, and no
 * measurement could be believed. The refresher makes no calls only for a paused credential, so it is
 * revoked without a new issue.
 */
export async function pauseForProbe(context: CliContext, credential: Credential): Promise<void> {
  const { config, state } = credential;
  if (state.paused) return;
  const { verdict, credential: after } = await sendAndWait(
    context,
    credential,
    { credential: config.id, cause: 'revoke', reissue: false },
    (seen, request, now) => revokeResult(seen, request, false, now),
    { timeout: config.checkEverySeconds * SECOND + 5 * MINUTE },
  );
  // While the revocation is pending, the refresher calls the broker at each tick.
  if (verdict.is !== 'done' && !after.state.paused) throw new CommandFailedError(verdict.text, verdict.fix);
  context.terminal.err(`${config.id} is paused.\n`);
}
