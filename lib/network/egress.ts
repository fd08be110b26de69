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
import { Construct } from 'constructs';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { ConfigurationError } from '../config/configuration-error.ts';
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

/** The TCP ports of the AWS and broker endpoints. */
export const OUTBOUND_PORTS: readonly number[] = [
  ...new Set([
    443,
    ...Object.values(BROKERS_BY_ID).flatMap(({ baseUrls }) => Object.values(baseUrls).map(portOf)),
  ]),
];

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
    const staticNetwork = egress.kind === 'static' ? new StaticNetwork(this, 'Static', egress) : undefined;
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
    for (const port of OUTBOUND_PORTS) {
      this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'AWS and the brokers');
    }
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

/** Creates the network for an egress; returns undefined for `public`. */
export function createEgressNetwork(scope: Construct, egress: Egress): EgressNetwork | undefined {
  return egress === 'public' ? undefined : new EgressNetwork(scope, 'Egress', egress);
}

function portOf(host: string): number {
  return Number(new URL(host).port || 443);
}
