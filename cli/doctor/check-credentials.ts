import type { ParameterMetadata } from '@aws-sdk/client-ssm';
import { parameterNames } from '../../lambdas/shared/names.ts';
import { adviceFor, pendingRequests } from '../advice.ts';
import { nameInPartialArn } from '../app-key.ts';
import type { CliContext } from '../cli-context.ts';
import { isNotFound } from '../cli-error.ts';
import { type CredentialSummary, severityOf, summarizeCredential } from '../credential-summary.ts';
import { type Credential, REWRITE_CONFIG_FIX, type StoredCredentials } from '../credentials.ts';
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
  if (credential.unreadable !== undefined)
    return warning(
      `${id}: the state parameter is damaged (${credential.unreadable}).`,
      'The next tick requests a token and writes the state again.',
    );
  if (phase === 'paused')
    return warning(`${id} is paused: its token was revoked on request.`, `${program} resume ${id}`);
  const severity = severityOf(summary);
  const timeLeft = formatSpan(summary.secondsToExpiry * 1000);
  const pending = pendingRequests(credential, now).join(' ');
  if (severity === 0 && pending === '') return ok(`${id}: the token is live and expires in ${timeLeft}.`);
  const explain = `The refresher retries automatically. For the reason, run: ${program} explain ${id}`;
  if (severity === 0) return warning(`${id}: ${pending}`, explain);
  const text = `${id}: ${describeTokenProblem(summary, timeLeft)} ${pending}`.trimEnd();
  const isNew = credential.state.attempt === undefined && phase === 'none';
  const fix = isNew
    ? 'The refresher publishes the first token within minutes of the deployment. If it does not, see the other findings.'
    : (adviceFor(summary) ?? explain);
  return severity === 1 ? warning(text, fix) : failed(text, fix);
}

function describeTokenProblem({ credential, now, isLive, next }: CredentialSummary, left: string): string {
  const { attempt, published } = credential.state;
  const life = isLive
    ? `the token is ${published?.health} and expires in ${left}.`
    : 'there is no live token.';
  const reason =
    attempt !== undefined && attempt.failures > 0
      ? endSentence(`The last attempt was ${formatRelative(attempt.at, now)}: ${describeAttempt(attempt)}`)
      : describeReasons(next, credential, now).join(' ');
  return `${life} ${reason}`;
}

/** Checks the secret of a credential without reading its value. */
export async function checkSecret(
  { aws, program }: CliContext,
  { config, state }: Credential,
): Promise<Findings> {
  const { id, secretArn } = config;
  const put = `${program} credentials put ${id}`;
  try {
    const { DeletedDate, VersionIdsToStages = {} } = await aws.call(
      'secretsmanager:DescribeSecret',
      secretArn,
      { SecretId: secretArn },
    );
    if (DeletedDate !== undefined) {
      const restore = `aws secretsmanager restore-secret --secret-id ${secretArn}`;
      return [failed(`${id}: the secret is scheduled for deletion.`, restore)];
    }
    const versions = Object.entries(VersionIdsToStages);
    const current = versions.find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
    if (current === undefined) return [failed(`${id}: the secret holds no value.`, put)];
    const issuer = state.published?.issuedFor.secretVersion;
    const isUsed = issuer === current || state.refused?.secretVersion === current;
    if (!issuer || isUsed) return [ok(`${id}: the secret holds a value.`)];
    return [
      warning(
        `${id}: the secret has changed since the token was issued, and the refresher has not used it yet.`,
        'The refresher checks the secret for a new version once an hour, and then uses the new version.',
      ),
    ];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const isKnownByName = nameInPartialArn(secretArn) !== undefined;
    const fix = isKnownByName
      ? put
      : 'Create a new secret with the app key, set its name in cdk.json, and deploy.';
    return [failed(`${id}: there is no secret ${secretArn}.`, fix)];
  }
}

const REENCRYPT_FIX =
  'Delete the parameter; the next tick publishes the token again, encrypted with the key of the stack:';

/** Checks the type and the KMS key of a token parameter without reading its value. */
export function checkTokenParameter(
  { prefix }: CliContext,
  { config: { id }, state }: Credential,
  parameter: ParameterMetadata | undefined,
): Finding | undefined {
  const name = parameterNames(prefix, id).token;
  const remove = `${REENCRYPT_FIX} aws ssm delete-parameter --name ${name}`;
  if (parameter === undefined)
    return state.generation === 0
      ? undefined
      : failed(`${id}: the parameter ${name} does not exist.`, 'The next tick publishes the token again.');
  if (parameter.Type !== 'SecureString')
    return failed(`${id}: ${name} is a ${parameter.Type}: the token is not encrypted.`, remove);
  if (parameter.KeyId === undefined || parameter.KeyId.endsWith('alias/aws/ssm'))
    return failed(
      `${id}: ${name} is encrypted with the account's default key, which every principal of the account may use.`,
      remove,
    );
  return undefined;
}
