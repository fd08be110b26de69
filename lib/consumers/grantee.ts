import { Stack } from 'aws-cdk-lib';
import { type Grant, type IGrantable, UnknownPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ConfigurationError } from '../config/configuration-error.ts';
import { differingPart, type Environment } from '../environment.ts';

/** The fixes that an error suggests for a consumer in a different account or region. */
const CROSS_ENVIRONMENT_FIXES = {
  account:
    'grant a role in the account of the refresher that its account may assume: docs/consumers-other.md, "From another account"',
  region:
    'deploy the consumer to the region of the refresher; or use grantRead, and createTokenReader() with an SSMClient of that region',
} as const;

/** @throws ConfigurationError for a consumer that is certainly in a different account or region */
export function requireSameEnvironment(credential: Construct, path: string, consumer: Environment): void {
  const own = Stack.of(credential);
  const part = differingPart(own, consumer);
  if (part === undefined) return;
  throw new ConfigurationError(`The credential ${credential.node.path}`, {
    path,
    got: `a consumer in the ${part} ${consumer[part]}`,
    allowed: `a consumer in the ${part} of the credential, ${own[part]}`,
    fix: CROSS_ENVIRONMENT_FIXES[part],
  });
}

/**
 * Rejects a principal to which no statement can be added. The region of a role does not matter.
 * @throws ConfigurationError for a principal of a different account, or without a known role
 */
export function requireGrantable(credential: Construct, grantee: IGrantable): void {
  const path = pathOf(grantee, 'grantee');
  const { grantPrincipal: principal } = grantee;
  requireSameEnvironment(credential, path, { account: principal.principalAccount });
  if (!(principal instanceof UnknownPrincipal)) return;
  throw new ConfigurationError(`The credential ${credential.node.path}`, {
    path,
    got: 'an imported resource without its role',
    allowed: 'a principal whose policies this app can change',
    fix: 'import it with its role, such as Function.fromFunctionAttributes(…, { functionArn, role }), or grant its role',
  });
}

/** @throws ConfigurationError for a grant without effect, such as to a service, an account or an ARN */
export function requireGranted(credential: Construct, grantee: IGrantable, grant: Grant): Grant {
  if (grant.success) return grant;
  throw new ConfigurationError(`The credential ${credential.node.path}`, {
    path: pathOf(grantee, 'grantee'),
    got: `a principal without policies (${grantee.grantPrincipal.toString()})`,
    allowed: 'a role, a user, or a resource that has a role',
    fix: 'grant the role that the consumer runs with, such as function.role or Role.fromRoleArn(…)',
  });
}

export function pathOf(value: unknown, otherwise: string): string {
  return Construct.isConstruct(value) ? value.node.path : otherwise;
}
