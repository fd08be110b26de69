import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rules of cdk-nag that this project suppresses, each with a reason where it applies. */
type Rule =
  | `AwsSolutions-${'EC28' | 'EC29' | 'SMG4' | 'VPC7'}`
  | `Serverless-${'EventBusDLQ' | 'LambdaDLQ' | 'LambdaEventSourceMappingDestination' | 'LambdaTracing' | 'SNSRedrivePolicy' | 'SQSRedrivePolicy'}`;

export type NagReasons = Readonly<Partial<Record<Rule, string>>>;

/**
 * Suppresses rules of a cdk-nag pack for a construct and its children, with the reason. Has no effect in an app that
 * uses no pack.
 */
export function suppressNag(construct: IConstruct, reasons: NagReasons): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

/** Suppresses the rule against wildcards in policies, which names each resource. */
export function suppressNagForWildcards(
  construct: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  for (const resource of resources) {
    const id = `AwsSolutions-IAM5[Resource::${flat(Stack.of(construct).resolve(resource))}]`;
    Validations.of(construct).acknowledge({ id, reason });
  }
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
