import { adviceFor, describePendingRequests } from '../advice.ts';
import type { CliContext } from '../cli-context.ts';
import { type CredentialSummary, severityOf, summarizeCredential } from '../credential-summary.ts';
import {
  type Credential,
  nameInPartialArn,
  REWRITE_CONFIG_FIX,
  type StoredCredentials,
} from '../credentials.ts';
import { describeAttempt, endSentence } from '../labels.ts';
import { describeReasons } from '../reasons.ts';
import { formatRelative, formatSpan } from '../time.ts';
import { type Finding, type Findings, failed, ok, warning } from './finding.ts';

/** Checks the token of each credential, and reports invalid config parameters. */
export function checkTokens(context: CliContext, { credentials, invalid }: StoredCredentials): Findings {
  const now = context.clock.now();
  return [
    ...credentials.map((credential) => checkToken(context, summarizeCredential(credential, now))),
    ...invalid.map(({ id, problems }) =>
      failed(`${id}: the config parameter is invalid: ${problems}.`, REWRITE_CONFIG_FIX),
    ),
  ];
}

function checkToken({ program }: CliContext, summary: CredentialSummary): Finding {
  const { credential, now, phase } = summary;
  const { id } = credential.config;
  if (credential.unreadableReason !== undefined)
    return warning(
      `${id}: the state parameter is damaged (${credential.unreadableReason}).`,
      'The next tick requests a token and writes the state again.',
    );
  if (phase === 'paused')
    return warning(`${id} is paused: its token was revoked on request.`, `${program} resume ${id}`);
  const severity = severityOf(summary);
  const timeLeftText = formatSpan(summary.secondsToExpiry * 1000);
  const pendingText = describePendingRequests(credential, now).join(' ');
  if (severity === 0 && pendingText === '')
    return ok(`${id}: the token is live and expires in ${timeLeftText}.`);
  const explainHint = `The refresher retries automatically. For the reason, run: ${program} explain ${id}`;
  if (severity === 0) return warning(`${id}: ${pendingText}`, explainHint);
  const text = `${id}: ${describeTokenProblem(summary, timeLeftText)} ${pendingText}`.trimEnd();
  const isNewCredential = credential.state.attempt === undefined && phase === 'none';
  const fix = isNewCredential
    ? 'The refresher publishes the first token within minutes of the deployment. If it does not, see the other findings.'
    : (adviceFor(summary) ?? explainHint);
  return severity === 1 ? warning(text, fix) : failed(text, fix);
}

function describeTokenProblem(
  { credential, now, isLive, prediction }: CredentialSummary,
  timeLeftText: string,
): string {
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
export async function checkSecret(
  { aws, program }: CliContext,
  { config, state }: Credential,
): Promise<Findings> {
  const { id, secretArn: SecretId } = config;
  const putCommand = `${program} credentials put ${id}`;
  const secret = await aws.find('secretsmanager:DescribeSecret', SecretId, { SecretId });
  if (secret === undefined)
    return [
      failed(
        `${id}: there is no secret ${SecretId}.`,
        nameInPartialArn(SecretId) === undefined
          ? 'Create a new secret with the app key, set its name in cdk.json, and deploy.'
          : putCommand,
      ),
    ];
  if (secret.DeletedDate !== undefined) {
    const restoreCommand = `aws secretsmanager restore-secret --secret-id ${SecretId}`;
    return [failed(`${id}: the secret is scheduled for deletion.`, restoreCommand)];
  }
  const versions = Object.entries(secret.VersionIdsToStages ?? {});
  const currentVersion = versions.find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
  if (currentVersion === undefined) return [failed(`${id}: the secret holds no value.`, putCommand)];
  const issuingVersion = state.published?.issuedFor.secretVersion;
  const isVersionUsed = [issuingVersion, state.refused?.secretVersion].includes(currentVersion);
  if (!issuingVersion || isVersionUsed) return [ok(`${id}: the secret holds a value.`)];
  return [
    warning(
      `${id}: the secret has changed since the token was issued, and the refresher has not used it yet.`,
      'The refresher checks the secret for a new version once an hour, and then uses the new version.',
    ),
  ];
}
