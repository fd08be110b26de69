import { brokerContractOf, type Credential } from '../credentials.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { at } from '../time.ts';

/**
 * Returns a hint to run the command `revoke`. Within the reuse window of a token, the broker issues a new
 * token only after a revocation. Returns undefined if a revocation is not necessary or would not help.
 */
export function revokeHint(credential: Credential, now: number, program: string): string | undefined {
  const { config, state } = credential;
  const { published } = state;
  const { reuseWindow } = brokerContractOf(credential);
  if (published === undefined || reuseWindow === undefined || state.revokeUseless) return undefined;
  const until = Math.min(published.issuedAt + reuseWindow, published.expiresAt);
  if (published.revokedAt !== undefined || now >= until) return undefined;
  return `${BROKER_DISPLAY_NAME[config.broker]} returns this token until ${at(until, now)}. To invalidate it and get another one now: ${program} revoke ${config.id}.`;
}
