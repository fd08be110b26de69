import type { PublishedToken } from '../lambdas/shared/state.ts';
import type { CredentialSummary } from './credential-summary.ts';
import { renewalMarginOf } from './reasons.ts';
import type { NamedFact } from './terminal/layout.ts';
import type { Paint } from './terminal/terminal.ts';
import { at, formatSpan } from './time.ts';

export function tokenFacts(summary: CredentialSummary, paint: Paint): readonly NamedFact[] {
  const { credential, now } = summary;
  const { published, generation } = credential.state;
  if (published === undefined) return [['token', 'none yet']];
  const remainingTimeText = summary.isLive
    ? `${formatSpan(summary.secondsToExpiry * 1000)} left of ${formatSpan(published.expiresAt - published.issuedAt)}`
    : paint('red', describeNoToken(summary));
  return [
    ['token', `${lifetimeBar(summary, paint)} ${remainingTimeText}`],
    ['', `generation ${generation}, fingerprint ${published.fingerprint}`],
    ['health', healthText(published, now)],
    ['issued', at(published.issuedAt, now)],
    ['expires', at(published.expiresAt, now)],
    ['renewal', `${at(published.renewAt, now)}; margin ${formatSpan(renewalMarginOf(credential) ?? 0)}`],
    ['key', `version ${published.issuedFor.secretVersion || 'unknown'} of the secret`],
  ];
}

function healthText({ health, revokedAt, revocations, returnedAgain }: PublishedToken, now: number): string {
  const texts: string[] = [health];
  if (revokedAt !== undefined) texts.push(`revoked ${at(revokedAt, now)}`);
  else if (revocations !== undefined) texts.push(`${revocations} revocations sent, none confirmed`);
  if (returnedAgain !== undefined)
    texts.push(`the broker returned this token again in ${returnedAgain} renewal attempts`);
  return texts.join('; ');
}

export function describeNoToken({ phase, credential, now }: CredentialSummary): string {
  const { published } = credential.state;
  if (phase === 'paused') return 'paused';
  if (published === undefined) return 'no token';
  if (now >= published.expiresAt) return 'expired';
  if (published.health === 'dead') return 'dead';
  return credential.tokenProblem === undefined ? 'other key' : 'missing';
}

const BAR_WIDTH = 24;

/** Draws the remaining lifetime as a bar, which is green before `renewAt` and yellow afterwards. */
export function lifetimeBar({ remainingShare, isLive, now, credential }: CredentialSummary, paint: Paint) {
  const share = isLive ? Math.max(0, remainingShare) : 0;
  const columns = share > 0 ? Math.max(1, Math.round(share * BAR_WIDTH)) : 0;
  const color = now < (credential.state.published?.renewAt ?? 0) ? 'green' : 'yellow';
  return paint(color, '█'.repeat(columns)) + paint('dim', '░'.repeat(BAR_WIDTH - columns));
}
