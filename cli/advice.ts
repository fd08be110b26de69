import type { CredentialSummary } from './credential-summary.ts';
import type { Credential } from './credentials.ts';
import { BROKER_DISPLAY_NAME, fixFor } from './labels.ts';
import { at } from './time.ts';

export function describePendingRequests({ config, state }: Credential, now: number): readonly string[] {
  const { forced, credentialsChanged, revoke } = state.pending ?? {};
  const sentences: string[] = [];
  if (revoke !== undefined) {
    const followUp = revoke.reissue
      ? 'a new token follows'
      : 'no new token follows until the credential is resumed';
    sentences.push(
      `RevokePending: revocation requested ${at(revoke.since, now)}, and not confirmed by ${BROKER_DISPLAY_NAME[config.broker]}; ${followUp}.`,
    );
  }
  if (forced !== undefined) sentences.push(`Forced: a new token was requested ${at(forced.since, now)}.`);
  // If the broker rejected the key in the new version of the secret, the refresher has read that version.
  // The request still stays pending.
  const isNewVersionRead =
    state.refused && state.refused.secretVersion !== state.published?.issuedFor.secretVersion;
  if (credentialsChanged !== undefined && !isNewVersionRead)
    sentences.push(
      `CredentialsChanged: the secret was reported as changed ${at(credentialsChanged.since, now)}; the next tick reads it.`,
    );
  return sentences;
}

/** Returns what the operator can do to repair a credential; undefined if no action is needed. */
export function adviceFor(summary: CredentialSummary): string | undefined {
  const { phase, credential } = summary;
  if (phase === 'fresh' || summary.severity === 0) return undefined;
  const { config, state, tokenProblem } = credential;
  const { attempt, refused, published } = state;
  const { id } = config;
  const failedAttempt = attempt !== undefined && attempt.failures > 0 ? attempt : undefined;
  const fix = failedAttempt && fixFor(failedAttempt.outcome, failedAttempt.brokerCode);
  switch (phase) {
    case 'paused':
      return `To issue a token again, run: resume ${id}.`;
    case 'refused':
      return fix ?? fixFor(refused?.code === 'Unconfigured' ? 'unconfigured' : 'rejected', refused?.code);
    case 'revoking':
      return `The refresher revokes the token again at each tick. To block the token now, withdraw the app key at the broker’s site.`;
    case 'missing':
      return `The token parameter was ${tokenProblem}. The next tick restores it. To restore it at once, run: refresh ${id}.`;
    case 'suspect':
      return `The next tick verifies the token. If the broker rejects calls with it, run: revoke ${id}.`;
    case 'dead':
      if (fix !== undefined || published?.revokedAt !== undefined) return fix;
      if (published?.revocations !== undefined)
        return 'The next tick revokes the token again and requests a new one.';
      return `The next tick requests a new token. If the broker returns the same token, run: revoke ${id}.`;
    default:
      return fix;
  }
}
