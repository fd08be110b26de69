import { type Credential, contractOf } from '../credentials.ts';
import { BROKER_NAME } from '../labels.ts';
import { at } from '../time.ts';

/**
 * Why `refresh` may return the same token, and the command that helps: a broker with a reuse window
 * issues another token within it only after a revocation. Undefined where a revocation gains nothing.
 */
export function revokeHint(credential: Credential, now: number, program: string): string | undefined {
  const { config, state } = credential;
  const { published } = state;
  const { reuseWindow } = contractOf(credential);
  if (published === undefined || reuseWindow === undefined || state.revokeUseless) return undefined;
  const until = Math.min(published.issuedAt + reuseWindow, published.expiresAt);
  if (published.revokedAt !== undefined || now >= until) return undefined;
  return `${BROKER_NAME[config.broker]} returns this token until ${at(until, now)}. To invalidate it and get another one now: ${program} revoke ${config.id}.`;
}
