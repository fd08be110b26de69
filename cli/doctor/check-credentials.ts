import { adviceFor, describePendingRequests } from '../advice.ts';
import type { CliContext } from '../cli-context.ts';
import { type CredentialSummary, summarizeCredential } from '../credential-summary.ts';
import {
  type Credential,
  nameInPartialArn,
  REWRITE_CONFIG_FIX,
  type StoredCredentials,
} from '../credentials.ts';
import { describeAttempt, endSentence } from '../labels.ts';
import { describeReasons } from '../reasons.ts';
import { formatRelative, formatSpan } from '../time.ts';
import type { Report } from './finding.ts';

/** Checks the token of each credential, and reports invalid config parameters. */
export function checkTokens({ clock, program }: CliContext, stored: StoredCredentials, report: Report) {
  for (const credential of stored.credentials)
    checkToken(program, summarizeCredential(credential, clock.now()), report);
  for (const { id, problems } of stored.invalid)
    report.failed(`${id}: the config parameter is invalid: ${problems}.`, REWRITE_CONFIG_FIX);
}

function checkToken(program: string, summary: CredentialSummary, report: Report) {
  const { credential, now, phase, severity } = summary;
  const { id } = credential.config;
  if (credential.unreadableReason !== undefined)
    return report.warning(
      `${id}: the state parameter is damaged (${credential.unreadableReason}).`,
      'The next tick requests a token and writes the state again.',
    );
  if (phase === 'paused')
    return report.warning(`${id} is paused: its token was revoked on request.`, `${program} resume ${id}`);
  const timeLeftText = formatSpan(summary.secondsToExpiry * 1000);
  const pendingText = describePendingRequests(credential, now).join(' ');
  if (severity === 0 && pendingText === '')
    return report.ok(`${id}: the token is live and expires in ${timeLeftText}.`);
  const explainHint = `The refresher retries automatically. For the reason, run: ${program} explain ${id}`;
  if (severity === 0) return report.warning(`${id}: ${pendingText}`, explainHint);
  const text = `${id}: ${describeTokenProblem(summary, timeLeftText)} ${pendingText}`.trimEnd();
  const isNewCredential = credential.state.attempt === undefined && phase === 'none';
  const fix = isNewCredential
    ? 'The refresher publishes the first token within minutes of the deployment. If it does not, see the other findings.'
    : (adviceFor(summary) ?? explainHint);
  report[severity === 1 ? 'warning' : 'failed'](text, fix);
}

function describeTokenProblem(summary: CredentialSummary, timeLeftText: string): string {
  const { credential, now, isLive, prediction } = summary;
  const { attempt, published } = credential.state;
  const tokenText = isLive
    ? `the token is ${published?.health} and expires in ${timeLeftText}.`
    : 'there is no live token.';
  const reason =
    attempt !== undefined && attempt.failures > 0
      ? endSentence(`The last attempt was ${formatRelative(attempt.at, now)}: ${describeAttempt(attempt)}`)
      : describeReasons(prediction, credential, now).join(' ');
  return `${tokenText} ${reason}`;
}

/** Checks the secret of a credential without reading its value. */
export async function checkSecret({ aws, program }: CliContext, credential: Credential, report: Report) {
  const { id, secretArn: SecretId } = credential.config;
  const putCommand = `${program} credentials put ${id}`;
  const secret = await aws.find('secretsmanager:DescribeSecret', SecretId, { SecretId });
  if (secret === undefined)
    return report.failed(
      `${id}: there is no secret ${SecretId}.`,
      nameInPartialArn(SecretId) === undefined
        ? 'Create a new secret with the app key, set its name in cdk.json, and deploy.'
        : putCommand,
    );
  if (secret.DeletedDate !== undefined) {
    const restoreCommand = `aws secretsmanager restore-secret --secret-id ${SecretId}`;
    return report.failed(`${id}: the secret is scheduled for deletion.`, restoreCommand);
  }
  const versions = Object.entries(secret.VersionIdsToStages ?? {});
  const currentVersion = versions.find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
  if (currentVersion === undefined) return report.failed(`${id}: the secret holds no value.`, putCommand);
  const { published, refused } = credential.state;
  const issuingVersion = published?.issuedFor.secretVersion;
  const isVersionUsed = [issuingVersion, refused?.secretVersion].includes(currentVersion);
  if (!issuingVersion || isVersionUsed) return report.ok(`${id}: the secret holds a value.`);
  report.warning(
    `${id}: the secret has changed since the token was issued, and the refresher has not used it yet.`,
    'The refresher checks the secret for a new version once an hour, and then uses the new version.',
  );
}
