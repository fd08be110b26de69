import { Effect, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { suppressNagForWildcards } from '../nag-suppressions.ts';

/** Source: Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC". */
const ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What Lambda itself does with the role of a function in a VPC. Describe knows no resource, and Delete works on all only. */
export function allowEni(role: Role): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ACTIONS, resources: ['*'] }));
  suppressNagForWildcards(
    role,
    ['*'],
    'Lambda makes and deletes the network interfaces of a function with its role; the code of the function is denied the same',
  );
}

/**
 * The code of the function gets the same role, and must not touch a network interface: its calls name
 * the function, those of Lambda itself do not. A policy of its own, because the function waits for the
 * role's and this one for the function.
 * Source: Lambda Developer Guide, "Using source function ARN to control function access behavior".
 */
export function denyEniTo(lambda: LambdaFunction, role: Role): void {
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
