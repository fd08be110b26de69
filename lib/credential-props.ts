import { Duration, Stack } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import { type BrokerId, formatConfig, type Market, parseConfig } from '../lambdas/shared/credential.ts';
import { credentialDefaults } from '../lambdas/shared/defaults.ts';
import type { Session } from '../lambdas/shared/sessions.ts';
import { parseRuleFields } from './config/config.ts';
import { ConfigurationError, type Problem, showValue, throwProblems } from './config/configuration-error.ts';
import { recordOf } from './config/described.ts';
import { credentialPropsSchema, type ParsedRefresherProps, propsProblems } from './config/props-schema.ts';
import { credentialProblems } from './config/rules.ts';
import { differingPart } from './environment.ts';
import { claimNames, type NameClaim, secretName } from './unique-names.ts';

export interface CredentialProps {
  readonly broker: BrokerId;
  readonly market: Market;

  /** The secret with the app key: `{"appkey","appsecret"}` for KIS, `{"appkey","secretkey"}` for Kiwoom. */
  readonly secret: ISecret;

  /**
   * The id of this credential before you renamed it. The parameters of the former id stay, without renewal,
   * until you remove this option. A consumer in a different stack can therefore read the last token until you
   * deploy the stack of the consumer.
   *
   * @default - the parameters of an id that no credential has are deleted
   */
  readonly formerId?: string | undefined;

  /**
   * How long before its expiry a token is renewed: at most 12 hours for KIS, 6 hours for Kiwoom.
   *
   * @default - the value of the refresher, or else an hour for KIS live, three hours for KIS paper and Kiwoom
   */
  readonly renewBefore?: Duration | undefined;

  /**
   * Hours in which the token should not change; `[]` for none.
   *
   * @default [{ preset: 'nxt' }]
   */
  readonly sessions?: readonly Session[] | undefined;

  /**
   * The maximum number of issue calls in any 24 hours, 2 to 32.
   *
   * @default 8 for KIS, 24 for Kiwoom
   */
  readonly maxIssuesPerDay?: number | undefined;

  /**
   * KIS only: the minimum time between two issue calls.
   *
   * @default Duration.seconds(61)
   */
  readonly minimumInterval?: Duration | undefined;

  /**
   * Kiwoom only: what to do with a token that the broker returns unchanged when renewal is due. `revoke`
   * revokes this token and issues a new token; `wait` keeps this token until it expires. KIS accepts only
   * `wait`.
   *
   * @default 'revoke' for Kiwoom, 'wait' for KIS
   */
  readonly renewEarly?: 'revoke' | 'wait' | undefined;

  /**
   * Kiwoom live only: confirms that the refresher may use any public IP address of AWS. Kiwoom rejects token
   * requests (8050) and data requests (8010) from an unregistered address, unless the app key requires no
   * registered addresses.
   *
   * @default false
   */
  readonly allowPublicEgress?: boolean | undefined;
}

/** @internal A complete and validated credential; durations in seconds. */
export type CredentialSpec = ReturnType<typeof withDefaults>;

const validatedSpecs = new WeakSet<CredentialSpec>();

/**
 * Validates the props of a credential with the schemas and rules of cdk.json, and adds defaults.
 * @throws ConfigurationError with all problems at once
 * @internal
 */
export function parseCredentialProps(
  refresher: Construct,
  id: string,
  props: CredentialProps,
  settings: ParsedRefresherProps,
): CredentialSpec {
  const { renewBefore } = settings;
  const own = { ...recordOf(props), id };
  const input = typeof props === 'object' ? own : props;
  const source = `The credential ${showValue(id)} (${refresher.node.path})`;
  throwProblems(source, [
    ...propsProblems(credentialPropsSchema, input),
    ...credentialProblems({
      ...parseRuleFields(credentialPropsSchema, own, renewBefore && Duration.seconds(renewBefore)),
      checkEvery: settings.checkEvery,
      responseTime: settings.responseTime,
      egress: settings.egress,
      at: (field) => field,
    }),
  ]);
  const spec = withDefaults(v.parse(credentialPropsSchema, input), renewBefore);
  throwProblems(source, [...secretProblems(refresher, spec.secret), ...formerIdProblems(spec)]);
  const claimAll = (...claims: readonly NameClaim[]) =>
    throwProblems(source, claimNames(refresher, `${refresher.node.path}/${id}`, claims));
  const ids = spec.formerId === undefined ? [id] : [id, spec.formerId];
  claimAll(...ids.map((each) => ({ path: 'id', name: `${settings.parameterPrefix}/${each}` }) as const), {
    path: 'secret',
    name: secretName(refresher, spec.secret),
  });
  const name = `${settings.namePrefix}-${id}`;
  claimAll({
    path: 'namePrefix',
    name: `${name}-*`,
    namedResources: `the rule and alarms ${showValue(name)}`,
  });
  validatedSpecs.add(spec);
  return spec;
}

function withDefaults(
  settings: v.InferOutput<typeof credentialPropsSchema>,
  stackRenewBefore: number | undefined,
) {
  const defaults = credentialDefaults(settings);
  return {
    ...settings,
    renewBefore: settings.renewBefore ?? stackRenewBefore ?? defaults.renewBeforeSeconds,
    sessions: settings.sessions ?? defaults.sessions,
    maxIssuesPerDay: settings.maxIssuesPerDay ?? defaults.maxIssuesPerDay,
    renewEarly: settings.renewEarly ?? defaults.renewEarly,
  };
}

/** Secrets Manager sends events and answers requests only in the account and region of the secret. */
function secretProblems(refresher: Construct, { env }: ISecret): readonly Problem[] {
  const own = Stack.of(refresher);
  const part = env && differingPart(own, env);
  if (part === undefined) return [];
  return [
    {
      path: 'secret',
      got: `a secret in the ${part} ${env[part]}`,
      allowed: `a secret in the ${part} of the refresher, ${own[part]}`,
      fix: `create a secret with the app key there, or deploy the refresher to the ${part} of the secret`,
    },
  ];
}

function formerIdProblems({ id, formerId }: CredentialSpec): readonly Problem[] {
  if (formerId !== id) return [];
  const allowed = 'an id that the credential had before';
  return [{ path: 'formerId', got: showValue(formerId), allowed, fix: 'leave it out' }];
}

/**
 * @throws ConfigurationError for props that `parseCredentialProps` did not return
 * @internal
 */
export function requireParsed(id: string, spec: CredentialSpec | undefined): void {
  if (spec !== undefined && validatedSpecs.has(spec)) return;
  throw new ConfigurationError(`The credential ${showValue(id)}`, {
    path: 'new BrokerCredential',
    got: 'a call of the constructor',
    allowed: 'addCredential of a TokenRefresher, or an import',
    fix: 'use refresher.addCredential(…), BrokerCredential.fromCredentialId(…) or fromAttributes(…)',
  });
}

/**
 * Returns the content of the config parameter, in the format that the refresher parses.
 * @throws ConfigurationError
 * @internal
 */
export function configText(spec: CredentialSpec, checkEverySeconds: number): string {
  const text = formatConfig({
    version: 1,
    id: spec.id,
    broker: spec.broker,
    market: spec.market,
    secretArn: spec.secret.secretFullArn ?? spec.secret.secretArn,
    renewBeforeSeconds: spec.renewBefore,
    checkEverySeconds,
    sessions: spec.sessions,
    maxIssuesPerDay: spec.maxIssuesPerDay,
    minimumIntervalSeconds: spec.minimumInterval,
    renewEarly: spec.renewEarly,
  });
  const parsed = parseConfig(text);
  if (parsed.ok) return text;
  const allowed = 'a config that the refresher can parse';
  const problem = { path: 'config', got: parsed.problems, allowed, fix: 'correct the named field' };
  throw new ConfigurationError(`The credential ${showValue(spec.id)}`, problem);
}
