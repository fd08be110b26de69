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
import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import { StaticNetwork } from './static-network.ts';

/** By a VPC of its own with one Elastic IP, through which everything in its private subnets leaves. */
export interface StaticEgress {
  readonly kind: 'static';
  /**
   * `gateway`: about $43 a month in Seoul, run by AWS. `instance`: about $4 a month, and a machine that
   * nobody restarts or updates by itself; an alarm tells when it is down.
   */
  readonly nat: 'gateway' | 'instance';
}

/** By a VPC that exists. That its subnets leave by one registered address is the owner's business. */
export interface VpcEgress {
  readonly kind: 'vpc';
  readonly vpc: IVpc;

  /** @default - its private subnets with a way out */
  readonly vpcSubnets?: SubnetSelection;
}

/** By which address the refresher leaves; `public`: any address of AWS. */
export type Egress = 'public' | StaticEgress | VpcEgress;

/** Where AWS and the brokers listen. */
export const OUTBOUND_PORTS: readonly number[] = [
  ...new Set([443, ...Object.values(BROKER).flatMap(({ hosts }) => Object.values(hosts).map(portOf))]),
];

/** The network of a refresher that does not leave by any address of AWS; consumers can join it. */
export class EgressNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  /** Of the refresher: lets nothing in, and out only to where AWS and the brokers listen. */
  readonly securityGroup: ISecurityGroup;
  /** The address to register at the broker's site, if it is this network's own. */
  readonly elasticIp: CfnEIP | undefined;
  readonly natInstance: Instance | undefined;

  constructor(scope: Construct, id: string, egress: StaticEgress | VpcEgress) {
    super(scope, id);
    const own = egress.kind === 'static' ? new StaticNetwork(this, 'Static', egress) : undefined;
    this.elasticIp = own?.elasticIp;
    this.natInstance = own?.natInstance;
    const { vpc, vpcSubnets } = own ?? (egress as VpcEgress);
    this.vpc = vpc;
    this.vpcSubnets = vpcSubnets ?? { subnets: this.vpc.privateSubnets };

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Token refresher: lets nothing in, and out only to AWS and the brokers',
      allowAllOutbound: false,
    });
    for (const port of OUTBOUND_PORTS) {
      this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'AWS and the brokers');
    }
  }
}

function portOf(host: string): number {
  return Number(new URL(host).port || 443);
}
