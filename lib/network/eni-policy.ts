import { Effect, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import type { EgressNetwork } from './egress.ts';

/** Source: Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC". */
const ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Gives a function of a network the permissions that Lambda needs; does nothing without a network. */
export function joinNetwork(lambda: LambdaFunction, role: Role, network: EgressNetwork | undefined): void {
  if (network === undefined) return;
  allowEni(role);
  denyEniTo(lambda, role);
  // The first tick would fail before the route exists.
  const { vpc, vpcSubnets } = network;
  lambda.node.addDependency(vpc.selectSubnets(vpcSubnets).internetConnectivityEstablished);
}

/** Lambda calls EC2 with the role of the function. The Describe actions accept no resource, Delete only all. */
function allowEni(role: Role): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ACTIONS, resources: ['*'] }));
  suppressNagForWildcards(
    role,
    ['*'],
    'Lambda creates and deletes the network interfaces of a function with its role; the code of the function is denied the same actions',
  );
}

/**
 * Denies the same actions to the code of the function: its calls carry the ARN of the function, those of Lambda do
 * not. A separate policy, because the function depends on the role's default policy and this one on the function.
 * Source: Lambda Developer Guide, "Using source function ARN to control function access behavior".
 */
function denyEniTo(lambda: LambdaFunction, role: Role): void {
  new Policy(lambda, 'NoNetworkInterfaces', {
    roles: [role],
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': lambda.functionArn } },
      }),
    ],
  });
}
