import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { suppressNagForWildcards } from './nag-suppressions.ts';

/** The ARN of a parameter, or of a pattern of names, in the account and region of the stack. */
export function parameterArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
}

/**
 * Permission to list the parameters below a prefix, for a role or policy. IAM checks the path itself and the names
 * below it.
 */
export function listPolicy(holder: Construct, parameterPrefix: string): PolicyStatement {
  const path = parameterArn(holder, parameterPrefix);
  suppressNagForWildcards(
    holder,
    [`${path}/*`],
    'The names of fleet credentials are unknown at synth; without the key the tokens stay encrypted',
  );
  return new PolicyStatement({ actions: ['ssm:GetParametersByPath'], resources: [path, `${path}/*`] });
}
