import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { suppressNagForWildcards } from './nag-suppressions.ts';

/** The right to list the parameters under a prefix, for a role or policy. The path is a resource of its own beside what is below it. */
export function listPolicy(holder: Construct, parameterPrefix: string): PolicyStatement {
  const path = Stack.of(holder).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: parameterPrefix.slice(1),
  });
  suppressNagForWildcards(
    holder,
    [`${path}/*`],
    'Nobody knows the names of added credentials at synth; without the key of the tokens these stay encrypted',
  );
  return new PolicyStatement({ actions: ['ssm:GetParametersByPath'], resources: [path, `${path}/*`] });
}
