import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type ParameterNames, parameterNames } from '../lambdas/shared/names.ts';
import { suppressNagForWildcards } from './nag-suppressions.ts';

export function parameterArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
}

/** Returns the ARNs of the parameters of a credential; `*` means all credentials below the prefix. */
export function parameterArns(scope: Construct, prefix: string, credential: string): ParameterNames {
  const { token, state, config } = parameterNames(prefix, credential);
  const arn = (name: string) => parameterArn(scope, name);
  return { token: arn(token), state: arn(state), config: arn(config) };
}

/**
 * Returns the permission to list the parameters below a prefix, for a role or policy. IAM checks both the
 * path itself and the names below the path, so the statement contains both.
 */
export function listParametersStatement(roleOrPolicy: Construct, parameterPrefix: string): PolicyStatement {
  const path = parameterArn(roleOrPolicy, parameterPrefix);
  suppressNagForWildcards(
    roleOrPolicy,
    [`${path}/*`],
    'The names of fleet credentials are unknown at synth; without the key the tokens stay encrypted',
  );
  return new PolicyStatement({ actions: ['ssm:GetParametersByPath'], resources: [path, `${path}/*`] });
}
