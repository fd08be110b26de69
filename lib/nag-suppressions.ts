import { AspectPriority, Aspects, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The reasons for suppressed cdk-nag rules, by the name of the rule. */
export type NagReasons = Readonly<Record<string, string>>;

/** A suppressed rule, in the format of the metadata that cdk-nag 2 reads. */
interface SuppressedRule {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: readonly string[];
}

/**
 * Suppresses rules of a cdk-nag pack for a construct and its children, with the given reasons. The
 * suppression has no effect in an app without a cdk-nag pack.
 */
export function suppressNag(construct: IConstruct, reasons: NagReasons): void {
  const rules = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  suppress(construct, rules, rules);
}

/**
 * Suppresses the cdk-nag rule against wildcards in policies. The suppression names each resource with a
 * wildcard.
 */
export function suppressNagForWildcards(
  construct: IConstruct,
  resources: readonly string[],
  reason: string,
): void {
  const id = 'AwsSolutions-IAM5';
  const stack = Stack.of(construct);
  const findings = resources.map((resource) => `Resource::${flattenArn(stack.resolve(resource))}`);
  suppress(
    construct,
    findings.map((finding) => ({ id: `${id}[${finding}]`, reason })),
    [{ id, reason, applies_to: findings }],
  );
}

/**
 * Suppresses rules of cdk-nag 3 and of cdk-nag 2. An aspect adds the metadata that cdk-nag 2 reads, because
 * the CDK creates the policies of a role later.
 */
function suppress(
  construct: IConstruct,
  nag3Rules: readonly SuppressedRule[],
  nag2Rules: readonly SuppressedRule[],
): void {
  for (const { id, reason } of nag3Rules) {
    try {
      Validations.of(construct).acknowledge({ id, reason });
    } catch {
      // Before aws-cdk-lib 2.269, `Validations` is absent or rejects an id with "::". cdk-nag 3 then reports
      // the rule, but the suppression for cdk-nag 2 works.
    }
  }
  const visit = (node: IConstruct) => {
    if (!CfnResource.isCfnResource(node)) return;
    const { rules_to_suppress: present = [] } = (node.getMetadata('cdk_nag') ?? {}) as {
      readonly rules_to_suppress?: readonly SuppressedRule[];
    };
    node.addMetadata('cdk_nag', { rules_to_suppress: [...present, ...nag2Rules] });
  };
  Aspects.of(construct).add({ visit }, { priority: AspectPriority.MUTATING });
}

/** Formats an ARN as cdk-nag does: `arn:<AWS::Partition>:…`. */
function flattenArn(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: reference, 'Fn::Join': join } = value as {
    readonly Ref?: string;
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  return join === undefined ? `<${reference}>` : join[1].map(flattenArn).join(join[0]);
}
