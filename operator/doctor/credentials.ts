import type { ParameterMetadata } from '@aws-sdk/client-ssm';
import { fleetParameterName, parameterNames } from '../../lambdas/shared/names.ts';
import type { Context } from '../context.ts';
import { type Broken, CONFIG_ANEW, type Credential } from '../credentials.ts';
import { because } from '../reasons.ts';
import { severityOf, summarize } from '../summary.ts';
import { at, relative, span } from '../time.ts';
import { cureOf, OUTCOME, saying } from '../words.ts';
import { type Finding, isNotFound, ok, watch, wrong } from './finding.ts';

/** What the states say. */
export function statesOf(
  context: Context,
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

function stateOf({ program }: Context, credential: Credential, now: number): Finding {
  const { id } = credential.config;
  const { attempt, paused } = credential.state;
  const summary = summarize(credential, now);
  if (credential.unreadable !== undefined)
    return watch(
      `${id}: the state parameter is damaged (${credential.unreadable}).`,
      'The next look asks the broker again and writes it anew.',
    );
  const severity = severityOf(summary);
  if (severity === 0) return ok(`${id}: the token works for ${span(summary.secondsToExpiry * 1000)} more.`);
  if (paused)
    return watch(`${id} is paused: revoked on request, and without a token.`, `${program} resume ${id}`);
  const life = summary.lives
    ? `the token works for ${span(summary.secondsToExpiry * 1000)} more`
    : 'no token works';
  if (attempt === undefined)
    return wrong(
      `${id}: ${life}. ${because(summary.decision, credential, now).join(' ')}`,
      'It should be there within minutes of the deployment: see what the machinery says below.',
    );
  const text = `${id}: ${life}; ${relative(attempt.at, now)} ${OUTCOME[attempt.outcome]}${saying(attempt)}`;
  const fix =
    cureOf(attempt.outcome, attempt.brokerCode) ??
    `The refresher tries again by itself: ${program} explain ${id}`;
  return severity === 1 ? watch(text, fix) : wrong(text, fix);
}

/** The parameters as such: their kinds, their key, and what was left behind. Values are not asked for. */
export async function parameters(
  context: Context,
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
          wrong(
            `${id}: the parameter ${names.token} is gone.`,
            `${context.program} refresh ${id} writes it anew.`,
          ),
        );
      continue;
    }
    if (token.Type !== 'SecureString')
      findings.push(
        wrong(
          `${id}: ${names.token} is a ${token.Type}: the token lies there in clear.`,
          `aws ssm delete-parameter --name ${names.token} && ${context.program} refresh ${id}`,
        ),
      );
    else if (token.KeyId === undefined || token.KeyId.endsWith('alias/aws/ssm'))
      findings.push(
        wrong(
          `${id}: ${names.token} is encrypted with the account's default key, which everybody in the account may use.`,
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
        `No credential has ${strangers.join(', ')}: left behind, or somebody else's.`,
        'If nobody reads them: aws ssm delete-parameters --names …',
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

async function metadata(context: Context): Promise<readonly ParameterMetadata[]> {
  const { paginateDescribeParameters } = await import('@aws-sdk/client-ssm');
  return context.aws.use('ssm:DescribeParameters', `parameter${context.prefix}`, async (client) => {
    const ParameterFilters = [{ Key: 'Path', Option: 'Recursive', Values: [context.prefix] }];
    const all: ParameterMetadata[] = [];
    for await (const { Parameters = [] } of paginateDescribeParameters({ client }, { ParameterFilters }))
      all.push(...Parameters);
    return all;
  });
}

async function tokenKey(context: Context, key: string): Promise<Finding> {
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
export async function secrets(context: Context, { config, state }: Credential): Promise<readonly Finding[]> {
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
    const issuer = state.published?.secretVersion;
    if (
      issuer !== undefined &&
      issuer !== '' &&
      issuer !== current &&
      state.attempt?.secretVersion !== current
    )
      return [
        watch(
          `${id}: the key was changed since the token was issued, and has not been used yet.`,
          `It is used at the next renewal, or now: ${context.program} refresh ${id}`,
        ),
      ];
    return [ok(`${id}: the secret holds a value.`)];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [wrong(`${id}: there is no secret ${secretArn}.`, `${context.program} credentials put ${id}`)];
  }
}

/** Requests that are kept, and for how long already. */
export function wishes(credentials: readonly Credential[], now: number): readonly Finding[] {
  return credentials.flatMap(({ config, state }) =>
    state.wanted === undefined
      ? []
      : [
          watch(
            `${config.id}: wanted since ${at(state.wanted.since, now)}: ${state.wanted.reason}.`,
            `explain ${config.id} tells what it waits for.`,
          ),
        ],
  );
}
