import { CfnResource, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ConfigurationError, type Problem } from './config/configuration-error.ts';

/** Source: CloudFormation User Guide, "Understand CloudFormation quotas": resources in a template. */
const MOST_RESOURCES = 500;
/** Source: IAM User Guide, "IAM and AWS STS quotas": managed policies attached to a role, unless raised. CDK puts there what no longer fits inline. */
const MOST_POLICIES = 10;

const REMEDIES =
  'spread the credentials over several stacks, each with a parameterPrefix of its own; or set "fleet": {} and add some of them with `tokens add`, which takes no resource of the template';

/**
 * Has synthesis end with a message that says what to do where a deployment would fail, or CDK give up.
 * @throws ConfigurationError at synthesis
 */
export function validateLimits(scope: Construct, role: Role): void {
  // Last of all: policies are split shortly before.
  scope.node.addValidation({
    validate: () => {
      const problems = limitProblems(scope, role);
      if (problems.length > 0)
        throw new ConfigurationError(`The stack ${Stack.of(scope).stackName}`, problems);
      return [];
    },
  });
}

function limitProblems(scope: Construct, role: Role): readonly Problem[] {
  const stack = Stack.of(scope);
  const resources = stack.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct) && Stack.of(construct) === stack).length;
  const policies = role.node.findAll().filter((construct) => construct instanceof ManagedPolicy).length;
  return [
    resources <= MOST_RESOURCES
      ? undefined
      : {
          path: 'credentials',
          got: `${resources} resources, with all that else is in the stack`,
          allowed: `${MOST_RESOURCES} in a stack of CloudFormation; a credential takes 7, and more for a secret that is created or a reporting consumer`,
          fix: REMEDIES,
        },
    policies <= MOST_POLICIES
      ? undefined
      : {
          path: 'credentials',
          got: `${policies} managed policies for the rights of the function`,
          allowed: `${MOST_POLICIES} on a role, which are full with about 50 credentials`,
          fix: `${REMEDIES} (with "fleet" the rights are patterns, and few)`,
        },
  ].filter((problem) => problem !== undefined);
}
