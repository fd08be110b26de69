import type { ParameterMetadata } from '@aws-sdk/client-ssm';
import { fleetParameterName, parameterNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { severityOf, summarizeCredential } from '../credential-summary.ts';
import { type Broken, CONFIG_ANEW, type Credential } from '../credentials.ts';
import { describeAttempt } from '../labels.ts';
import { adviceFor, pendingRequests } from '../pending.ts';
import { describeReasons } from '../reasons.ts';
import { relative, span } from '../time.ts';
import { type Finding, isNotFound, ok, watch, wrong } from './finding.ts';

/** Findings on the states. */
export function statesOf(
  context: CliContext,
  credentials: readonly Credential[],
  broken: readonly Broken[],
): readonly Finding[] {
  const now = context.clock.now();
  return [
    ...credentials.map((credential) => stateOf(context, credential, now)),
    ...broken.map(({ id, problems }) =>
      wrong(`${id}: its config parameter cannot be understood: ${problems}.`, CONFIG_ANEW),
    ),
  ];
}

function stateOf({ program }: CliContext, credential: Credential, now: number): Finding {
  const { id } = credential.config;
  const { attempt } = credential.state;
  const summary = summarizeCredential(credential, now);
  const { phase, lives, next } = summary;
  if (credential.unreadable !== undefined)
    return watch(
      `${id}: the state parameter is damaged (${credential.unreadable}).`,
      'The next tick asks the broker for a token and writes the state again.',
    );
  const severity = severityOf(summary);
  const left = span(summary.secondsToExpiry * 1000);
  if (severity === 0) return ok(`${id}: the token is live and expires in ${left}.`);
  if (phase === 'paused')
    return watch(`${id} is paused: its token was revoked on request.`, `${program} resume ${id}`);
  const health = credential.state.published?.health;
  const life = lives ? `the token is ${health} and expires in ${left}` : 'there is no live token';
  const failed = attempt !== undefined && attempt.failures > 0;
  const why = failed
    ? `${relative(attempt.at, now)}: ${describeAttempt(attempt)}`
    : describeReasons(next, credential, now).join(' ');
  const text = `${id}: ${life}; ${why}`;
  const isNew = attempt === undefined && phase === 'none';
  const fix = isNew
    ? 'A token is issued within minutes of the deployment: see the other findings below.'
    : (adviceFor(phase, credential) ?? `The refresher tries again by itself: ${program} explain ${id}`);
  return severity === 1 ? watch(text, fix) : wrong(text, fix);
}

/** The parameters: their types, their key, and those of no credential. Values are not read. */
export async function checkParameters(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<readonly Finding[]> {
  const all = await metadata(context);
  const expected = new Map(
    credentials.map(({ config, state }) => [
      config.id,
      { names: parameterNames(context.prefix, config.id), state },
    ]),
  );
  const findings: Finding[] = [];
  const keys = new Set<string>();
  for (const [id, { names, state }] of expected) {
    const token = all.find(({ Name }) => Name === names.token);
    if (token === undefined) {
      if (state.generation > 0)
        findings.push(
          wrong(`${id}: the parameter ${names.token} is gone.`, 'The next tick publishes a token again.'),
        );
      continue;
    }
    if (token.Type !== 'SecureString')
      findings.push(
        wrong(
          `${id}: ${names.token} is a ${token.Type}: the token is stored unencrypted.`,
          `aws ssm delete-parameter --name ${names.token} && ${context.program} refresh ${id}`,
        ),
      );
    else if (token.KeyId === undefined || token.KeyId.endsWith('alias/aws/ssm'))
      findings.push(
        wrong(
          `${id}: ${names.token} is encrypted with the account's default key, which every principal of the account may use.`,
          `aws ssm delete-parameter --name ${names.token} && ${context.program} refresh ${id}`,
        ),
      );
    else keys.add(token.KeyId);
  }
  const known = new Set([
    fleetParameterName(context.prefix),
    ...[...expected.values()].flatMap(({ names }) => Object.values(names)),
  ]);
  const strangers = all.flatMap(({ Name = '' }) => (known.has(Name) ? [] : [Name]));
  if (strangers.length > 0)
    findings.push(
      watch(
        `No credential has ${strangers.join(', ')}: left behind, or of another program.`,
        'If nothing reads them: aws ssm delete-parameters --names …',
      ),
    );
  for (const key of keys) findings.push(await tokenKey(context, key));
  return findings.length === keys.size
    ? [
        ok(
          `${expected.size === 1 ? 'One credential' : `${expected.size} credentials`}: each parameter is there, and of its kind.`,
        ),
        ...findings,
      ]
    : findings;
}

async function metadata(context: CliContext): Promise<readonly ParameterMetadata[]> {
  const { paginateDescribeParameters } = await import('@aws-sdk/client-ssm');
  return context.aws.use('ssm:DescribeParameters', `parameter${context.prefix}`, async (client) => {
    const ParameterFilters = [{ Key: 'Path', Option: 'Recursive', Values: [context.prefix] }];
    const all: ParameterMetadata[] = [];
    for await (const { Parameters = [] } of paginateDescribeParameters({ client }, { ParameterFilters }))
      all.push(...Parameters);
    return all;
  });
}

async function tokenKey(context: CliContext, key: string): Promise<Finding> {
  const { DescribeKeyCommand } = await import('@aws-sdk/client-kms');
  const { KeyMetadata } = await context.aws.use('kms:DescribeKey', key, (kms) =>
    kms.send(new DescribeKeyCommand({ KeyId: key })),
  );
  const state = KeyMetadata?.KeyState;
  if (state === 'Enabled') return ok('The key of the tokens is enabled.');
  return wrong(
    `The key of the tokens, ${key}, is ${state}: tokens can neither be written nor read.`,
    state === 'PendingDeletion'
      ? `aws kms cancel-key-deletion --key-id ${key} && aws kms enable-key --key-id ${key}`
      : `aws kms enable-key --key-id ${key}`,
  );
}

/** The secrets, without their values. */
export async function checkSecrets(
  context: CliContext,
  { config, state }: Credential,
): Promise<readonly Finding[]> {
  const { id, secretArn } = config;
  const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    const { DeletedDate, VersionIdsToStages = {} } = await context.aws.use(
      'secretsmanager:DescribeSecret',
      secretArn,
      (client) => client.send(new DescribeSecretCommand({ SecretId: secretArn })),
    );
    if (DeletedDate !== undefined)
      return [
        wrong(
          `${id}: its secret is being deleted.`,
          `aws secretsmanager restore-secret --secret-id ${secretArn}`,
        ),
      ];
    const current = Object.entries(VersionIdsToStages).find(([, stages]) =>
      stages.includes('AWSCURRENT'),
    )?.[0];
    if (current === undefined)
      return [wrong(`${id}: its secret is still empty.`, `${context.program} credentials put ${id}`)];
    const issuer = state.published?.issuedFor.secretVersion;
    const isUsed = issuer === current || state.refused?.secretVersion === current;
    if (issuer !== undefined && issuer !== '' && !isUsed)
      return [
        watch(
          `${id}: the secret has changed since the token was issued, and the refresher has not used it yet.`,
          'The refresher compares the version of the secret once an hour, and uses the new one then.',
        ),
      ];
    return [ok(`${id}: the secret holds a value.`)];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [wrong(`${id}: there is no secret ${secretArn}.`, `${context.program} credentials put ${id}`)];
  }
}

/** Requests that the refresher has not served yet. */
export function checkPendingRequests(credentials: readonly Credential[], now: number): readonly Finding[] {
  return credentials.flatMap((credential) => {
    const { id } = credential.config;
    const { credential: current } = summarizeCredential(credential, now);
    return pendingRequests(current, now).map((text) =>
      watch(`${id}: ${text}`, `explain ${id} shows what it waits for.`),
    );
  });
}
