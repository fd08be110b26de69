import { CfnResource, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type Problem, throwProblems } from './config/configuration-error.ts';

/** Source: CloudFormation User Guide, "Understand CloudFormation quotas": resources in a template. */
const MAX_RESOURCES_PER_STACK = 500;
/**
 * Source: IAM User Guide, "IAM and AWS STS quotas": managed policies attached to a role, by default. The CDK
 * creates managed policies for statements that do not fit into the inline policy.
 */
const MAX_MANAGED_POLICIES_PER_ROLE = 10;

const REMEDIES =
  'spread the credentials over several stacks, each with its own parameterPrefix; or set "fleet": {} and add some of them with `tokens add`, which adds no resource to the template';

/**
 * Makes synthesis fail, with a suggested fix, if the deployment would exceed a limit of AWS.
 * @throws ConfigurationError at synthesis
 */
export function validateLimits(scope: Construct, role: Role): void {
  // The check is a validation, because validations run after the CDK has split the policies.
  scope.node.addValidation({
    validate: () => {
      throwProblems(`The stack ${Stack.of(scope).stackName}`, limitProblems(scope, role));
      return [];
    },
  });
}

function limitProblems(scope: Construct, role: Role): readonly Problem[] {
  const stack = Stack.of(scope);
  const resources = stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct) && Stack.of(construct) === stack).length;
  const managedPolicyCount = role.node
    .findAll()
    .filter((construct) => construct instanceof ManagedPolicy).length;
  const path = 'credentials';
  return [
    resources > MAX_RESOURCES_PER_STACK && {
      path,
      got: `${resources} resources in the whole stack`,
      allowed: `${MAX_RESOURCES_PER_STACK} in a stack of CloudFormation; a credential takes 7, and more for a created secret or a reporting consumer`,
      fix: REMEDIES,
    },
    managedPolicyCount > MAX_MANAGED_POLICIES_PER_ROLE && {
      path,
      got: `${managedPolicyCount} managed policies for the permissions of the function`,
      allowed: `${MAX_MANAGED_POLICIES_PER_ROLE} on a role, which about 50 credentials fill`,
      fix: `${REMEDIES} (with "fleet" the permissions are a few patterns)`,
    },
  ].filter((problem) => problem !== false);
}
