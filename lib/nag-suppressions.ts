import { AspectPriority, Aspects, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rules of cdk-nag that this project suppresses, each with a reason where it applies. */
type Rule =
  | `AwsSolutions-${'EC28' | 'EC29' | 'SMG4' | 'VPC7'}`
  | `Serverless-${'EventBusDLQ' | 'LambdaDLQ' | 'LambdaEventSourceMappingDestination' | 'LambdaTracing' | 'SNSRedrivePolicy' | 'SQSRedrivePolicy'}`;

export type NagReasons = Readonly<Partial<Record<Rule, string>>>;

/** A rule in the metadata of a resource, where cdk-nag 2 reads it. */
interface MetadataRule {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: readonly string[];
}

/**
 * Suppresses rules of a cdk-nag pack for a construct and its children, with the reason. Has no effect in an app that
 * uses no pack.
 */
export function suppressNag(construct: IConstruct, reasons: NagReasons): void {
  const rules = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  for (const { id, reason } of rules) acknowledge(construct, id, reason);
  addMetadata(construct, rules);
}

/** Suppresses the rule against wildcards in policies, which names each resource. */
export function suppressNagForWildcards(
  construct: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  const id = 'AwsSolutions-IAM5';
  const findings = resources.map((resource) => `Resource::${flat(Stack.of(construct).resolve(resource))}`);
  for (const finding of findings) acknowledge(construct, `${id}[${finding}]`, reason);
  addMetadata(construct, [{ id, reason, applies_to: findings }]);
}

/** For cdk-nag 3. Before aws-cdk-lib 2.269 `Validations` is absent or rejects an id with "::". */
function acknowledge(construct: IConstruct, id: string, reason: string): void {
  try {
    Validations.of(construct).acknowledge({ id, reason });
  } catch {
    // The metadata remains. cdk-nag 3 then reports the rule.
  }
}

/** For cdk-nag 2. An aspect, because the CDK creates policies of a role later. */
function addMetadata(construct: IConstruct, rules: readonly MetadataRule[]): void {
  const visit = (node: IConstruct) => {
    if (!CfnResource.isCfnResource(node)) return;
    const { rules_to_suppress: present = [] } = (node.getMetadata('cdk_nag') ?? {}) as {
      readonly rules_to_suppress?: readonly MetadataRule[];
    };
    node.addMetadata('cdk_nag', { rules_to_suppress: [...present, ...rules] });
  };
  Aspects.of(construct).add({ visit }, { priority: AspectPriority.MUTATING });
}

/** An ARN as cdk-nag writes it: `arn:<AWS::Partition>:…`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::Join': join } = value as {
    readonly Ref?: string;
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  return join === undefined ? `<${reference}>` : join[1].map(flat).join(join[0]);
}
