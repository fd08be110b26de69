import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, type FunctionProps, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import type { Construct } from 'constructs';
import { type CredentialConfig, parseConfig } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { FunctionAssets } from '../../lib/bundled-function.ts';
import { parseBrokerTokens } from '../../lib/config/config.ts';
import { DEFAULTS } from '../../lib/config/limits.ts';
import { TokenRefresher, type TokenRefresherProps } from '../../lib/index.ts';
import { BrokerTokensStack } from '../../lib/stack.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

/** Creates placeholder assets, because these tests do not need the bundled code of the functions. */
export function testAssets(): FunctionAssets {
  const directory = createTemporaryDirectory('asset');
  writeFileSync(join(directory, 'index.js'), 'exports.handler = async () => ({ batchItemFailures: [] });\n');
  const code = () => Code.fromAsset(directory);
  return { refresher: code(), cleanup: code(), fleetMonitor: code() };
}

export const KIS = {
  id: 'kis-paper',
  broker: 'kis',
  market: 'paper',
  secret: { name: 'broker-tokens/kis-paper' },
};
export const KIWOOM = {
  id: 'kiwoom-paper',
  broker: 'kiwoom',
  market: 'paper',
  secret: { name: 'broker-tokens/kiwoom-paper' },
};
export const BOTH_BROKERS = { credentials: [KIS, KIWOOM] };

export function testApp(): App {
  return new App({ context: flags, analyticsReporting: false });
}

export function createStack(context: unknown, id = 'BrokerTokens'): BrokerTokensStack {
  return new BrokerTokensStack(testApp(), id, { config: parseBrokerTokens(context), assets: testAssets() });
}

export function templateOf(context: unknown, id?: string): Template {
  return Template.fromStack(createStack(context, id));
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** Returns the statements of a policy document. @throws if there are none */
export function statements(document: unknown): readonly Statement[] {
  const { Statement: found } = document as { Statement?: readonly Statement[] };
  if (found === undefined || found.length === 0) throw new Error('The policy has no statements');
  return found;
}

export function actions({ Action }: Statement): readonly string[] {
  return typeof Action === 'string' ? [Action] : Action;
}

/**
 * Returns a line for each action and resource of a policy, with the conditions, in alphabetical order, such
 * as `kms:Decrypt <Key.Arn> if StringEquals kms:ViaService=ssm.<AWS::Region>.amazonaws.com`.
 */
export function policyLines(policy: readonly Statement[]): readonly string[] {
  const lines = policy.flatMap((statement) => {
    const operators = Object.entries((statement.Condition ?? {}) as Record<string, Record<string, unknown>>);
    const conditions = operators.flatMap(([operator, pairs]) =>
      Object.entries(pairs).map(
        ([key, value]) => `${operator} ${key}=${[value].flat().map(valueText).join(',')}`,
      ),
    );
    const effect = statement.Effect === 'Deny' ? 'deny ' : '';
    const suffix = conditions.length === 0 ? '' : ` if ${conditions.join(' and ')}`;
    return actions(statement).flatMap((action) =>
      [statement.Resource].flat().map((each) => `${effect}${action} ${valueText(each)}${suffix}`),
    );
  });
  return lines.sort();
}

/** Returns the statements of the only policy whose logical id contains the text. */
export function policyOf(template: Template, logicalIdPart: string): readonly Statement[] {
  const policies = [...resources(template, 'AWS::IAM::Policy')].filter(([id]) => id.includes(logicalIdPart));
  return statements(one(policies, `a policy for ${logicalIdPart}`)[1].Properties['PolicyDocument']);
}

/** Returns the statements of all policies with a resource type, such as `AWS::SQS::QueuePolicy`. */
export function allStatements(template: Template, type = 'AWS::IAM::Policy'): readonly Statement[] {
  return propertiesOf(template, type).flatMap(({ PolicyDocument }) => statements(PolicyDocument));
}

/** Creates a Lambda function that a test can pass to `bindReader`. */
export function consumerFunction(
  scope: Construct,
  id = 'Consumer',
  props: Partial<FunctionProps> = {},
): LambdaFunction {
  return new LambdaFunction(scope, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
    ...props,
  });
}

/** Creates a refresher from props, like a CDK app without a configuration in cdk.json. */
export function createRefresher(
  scope: Construct,
  props: TokenRefresherProps = {},
  id = 'Tokens',
): TokenRefresher {
  return new TokenRefresher(scope, id, { assets: testAssets(), ...props });
}

/** Returns the logical id of the inbox queue. */
export function inboxId(template: Template): string {
  return findNamedResource(template, 'AWS::SQS::Queue', 'QueueName', 'BrokerTokens-inbox.fifo')[0];
}

/** Creates a configuration with `count` credentials. */
export function manyCredentials(count: number) {
  const credentials = Array.from({ length: count }, (_, index) => {
    const id = `kis-${index}`;
    return { ...KIS, id, secret: { name: `broker-tokens/${id}` } };
  });
  return { credentials };
}

/** The default settings of a live KIS key, whose alarms have the shortest lead time before the expiry. */
export const SHORTEST_LEAD_TIME_SETTINGS = {
  ...DEFAULTS,
  renewBefore: credentialDefaults({ broker: 'kis', market: 'live' }).renewBeforeSeconds,
};

/** Formats a template value as text with logical ids for references, such as `arn:<AWS::Partition>:…`. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  const node = value as Record<string, unknown>;
  if (typeof node['Ref'] === 'string') return `<${node['Ref']}>`;
  const getAtt = node['Fn::GetAtt'] as readonly string[] | undefined;
  if (getAtt) return `<${getAtt.join('.')}>`;
  const fnJoin = node['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  if (fnJoin) return fnJoin[1].map(valueText).join(fnJoin[0]);
  return JSON.stringify(value);
}

/**
 * Returns the resources of one type.
 * @throws if there are none, because a loop over an empty result would assert nothing
 */
export function resources(template: Template, type: string): ReadonlyMap<string, Resource> {
  const found = Object.entries(template.findResources(type));
  if (found.length === 0) throw new Error(`The template has no ${type}`);
  return new Map(found as unknown as [string, Resource][]);
}

/** Returns the properties of the resources of one type. @throws if there are none */
export function propertiesOf(template: Template, type: string): readonly Resource['Properties'][] {
  return [...resources(template, type).values()].map(({ Properties }) => Properties);
}

/** Returns the config of each credential, as the function parses it. @throws if a config is invalid */
export function configsOf(template: Template): readonly CredentialConfig[] {
  return propertiesOf(template, 'AWS::SSM::Parameter').map(({ Value }) => {
    const parsed = parseConfig(valueText(Value));
    if (!parsed.ok) throw new Error(parsed.problems);
    return parsed.config;
  });
}

export function onlyResource(template: Template, type: string): readonly [string, Resource] {
  return one([...resources(template, type)], type);
}

/** Returns the resource with this type and this property value. @throws if there is not exactly one */
export function findNamedResource(
  template: Template,
  type: string,
  property: string,
  value: string,
): readonly [string, Resource] {
  const found = [...resources(template, type)].filter(([, { Properties }]) => Properties[property] === value);
  return one(found, `${type} with ${value}`);
}

function one<T>(found: readonly T[], what: string): T {
  const [first, ...others] = found;
  if (first === undefined || others.length > 0) throw new Error(`The template has ${found.length} ${what}`);
  return first;
}

/** Returns the function of the refresher or its log group, and ignores those of the cleanup. */
export function refresherResource(
  template: Template,
  type: 'AWS::Lambda::Function' | 'AWS::Logs::LogGroup',
): readonly [string, Resource] {
  const own = [...resources(template, type)].filter(([id]) => !/Cleanup[0-9a-f]{8}/.test(id));
  return one(own, `${type} of the refresher`);
}

export { Template };
