import { Effect, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import type { EgressNetwork } from './egress.ts';

/** Source: Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC". */
const ENI_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Adds a function to a network, with the permissions that Lambda needs; does nothing without a network. */
export function joinNetwork(lambda: LambdaFunction, role: Role, network: EgressNetwork | undefined): void {
  if (network === undefined) return;
  allowEniActions(role);
  denyEniActionsToCode(lambda, role);
  // The function depends on the route to the internet, because the first tick could otherwise run before the
  // route exists.
  const { vpc, vpcSubnets } = network;
  lambda.node.addDependency(vpc.selectSubnets(vpcSubnets).internetConnectivityEstablished);
}

/**
 * Allows the network interface actions, because Lambda calls EC2 with the role of the function. EC2 supports
 * no resource restriction for the Describe actions, and Lambda needs the Delete action on all network
 * interfaces.
 */
function allowEniActions(role: Role): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ENI_ACTIONS, resources: ['*'] }));
  suppressNagForWildcards(
    role,
    ['*'],
    'Lambda creates and deletes the network interfaces of a function with its role; the code of the function is denied the same actions',
  );
}

/**
 * Denies the network interface actions to the code of the function. Calls of the code contain the ARN of the
 * function; calls of the Lambda service do not. The statement is in a separate policy that depends on the
 * function, because the function itself depends on the default policy of the role. Source: Lambda Developer
 * Guide, "Using source function ARN to control function access behavior".
 */
function denyEniActionsToCode(lambda: LambdaFunction, role: Role): void {
  new Policy(lambda, 'NoNetworkInterfaces', {
    roles: [role],
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ENI_ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': lambda.functionArn } },
      }),
    ],
  });
}
