import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rules of cdk-nag that this project met and decided against somewhere; each time with its reason. */
type Rule =
  | `AwsSolutions-${'EC28' | 'EC29' | 'SMG4' | 'VPC7'}`
  | `Serverless-${'EventBusDLQ' | 'LambdaDLQ' | 'LambdaEventSourceMappingDestination' | 'LambdaTracing' | 'SNSRedrivePolicy' | 'SQSRedrivePolicy'}`;

/**
 * Says why a rule of a cdk-nag pack does not hold here, for the construct and what is in it. Kept
 * beside what it is about, so that it goes when that goes. Harmless to an app that runs no pack.
 */
export function suppressNag(construct: IConstruct, reasons: Partial<Record<Rule, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

/** The same for resources with a wildcard in a policy, of which each has to be named. */
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
