import {
  type CfnEIP,
  type Instance,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Effect, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { ConfigurationError } from '../config/configuration-error.ts';
import { suppressNagForWildcards } from '../nag-suppressions.ts';
import { type StaticEgress, StaticNetwork } from './static-network.ts';

/** An existing VPC. You must make sure that the subnets of this VPC use one registered IP address. */
export interface VpcEgress {
  readonly kind: 'vpc';
  readonly vpc: IVpc;

  /** @default - its private subnets with a route to the internet */
  readonly vpcSubnets?: SubnetSelection | undefined;
}

/** The setting for the outbound IP address of the refresher; `public` means any public IP address of AWS. */
export type Egress = 'public' | StaticEgress | VpcEgress;

const OUTBOUND_PORTS = new Set([
  443,
  ...Object.values(BROKERS_BY_ID)
    .flatMap(({ baseUrls }) => Object.values(baseUrls))
    .map((url) => Number(new URL(url).port || 443)),
]);

/** The network of a refresher with a fixed outbound IP address. Consumers can join it. */
export class EgressNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  /**
   * The security group of the refresher: it allows no inbound traffic, and outbound traffic only to the ports
   * of AWS and the brokers.
   */
  readonly securityGroup: ISecurityGroup;
  /** The created Elastic IP, to register with the broker; absent if you provide the Elastic IP or the VPC. */
  readonly elasticIp: CfnEIP | undefined;
  /** The allocation id of the Elastic IP; absent if you provide the VPC. */
  readonly allocationId: string | undefined;
  readonly natInstance: Instance | undefined;

  constructor(scope: Construct, id: string, egress: StaticEgress | VpcEgress) {
    super(scope, id);
    const staticNetwork = egress.kind === 'static' ? new StaticNetwork(this, egress) : undefined;
    this.elasticIp = staticNetwork?.elasticIp;
    this.allocationId = staticNetwork?.allocationId;
    this.natInstance = staticNetwork?.natInstance;
    const { vpc, vpcSubnets } = staticNetwork ?? (egress as VpcEgress);
    this.vpc = vpc;
    this.vpcSubnets = vpcSubnets ?? { subnets: vpc.privateSubnets };
    if (staticNetwork === undefined) requirePrivateSubnets(scope, vpc, this.vpcSubnets);

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Token refresher: no inbound traffic, outbound only to AWS and the brokers',
      allowAllOutbound: false,
    });
    for (const port of OUTBOUND_PORTS)
      this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'AWS and the brokers');
  }

  /** The network properties of the Lambda function of the refresher. */
  get placement() {
    return { vpc: this.vpc, vpcSubnets: this.vpcSubnets, securityGroups: [this.securityGroup] };
  }
}

/** @throws ConfigurationError for subnets from which a function cannot reach the internet */
function requirePrivateSubnets(refresher: Construct, vpc: IVpc, selection: SubnetSelection): void {
  const got = describeSubnetProblem(vpc, selection);
  if (got === undefined) return;
  throw new ConfigurationError(`The token refresher (${refresher.node.path})`, {
    path: 'egress.vpc',
    got,
    allowed: 'a VPC with private subnets that route to a NAT: a function has no public address of its own',
    fix: 'add a NAT gateway and subnets of the type PRIVATE_WITH_EGRESS, select others with vpcSubnets, or use { kind: "static", nat: "gateway" }',
  });
}

function describeSubnetProblem(vpc: IVpc, selection: SubnetSelection): string | undefined {
  try {
    const { subnets, hasPublic, isPendingLookup } = vpc.selectSubnets(selection);
    if (hasPublic) return 'public subnets';
    return subnets.length === 0 && !isPendingLookup ? 'a VPC without private subnets' : undefined;
  } catch (error) {
    // The CDK throws an error if the VPC has no subnets of the selected type.
    return error instanceof Error ? error.message : String(error);
  }
}

/** Source: Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC". */
const ENI_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Adds a function to a network, with the permissions that Lambda needs. */
export function joinNetwork(lambda: LambdaFunction, role: Role, network: EgressNetwork): void {
  // Lambda calls EC2 with the role of the function. EC2 supports no resource restriction for the Describe
  // actions, and Lambda needs the Delete action on all network interfaces.
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ENI_ACTIONS, resources: ['*'] }));
  suppressNagForWildcards(
    role,
    ['*'],
    'Lambda creates and deletes the network interfaces of a function with its role; the code of the function is denied the same actions',
  );
  // Only calls of the code contain the ARN of the function, so this statement does not deny the calls of the
  // Lambda service. The function depends on the default policy of its role, so a separate policy is needed.
  // Source: Lambda Developer Guide, "Using source function ARN to control function access behavior".
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
  // The first tick could otherwise run before the route to the internet exists.
  const { vpc, vpcSubnets } = network;
  lambda.node.addDependency(vpc.selectSubnets(vpcSubnets).internetConnectivityEstablished);
}
