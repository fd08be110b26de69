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

/** A VPC of its own whose private subnets send all traffic through one Elastic IP. */
export interface StaticEgress {
  readonly kind: 'static';
  /**
   * `gateway`: about $43 a month in Seoul, managed by AWS. `instance`: about $4 a month; nothing restarts or
   * updates the instance, and an alarm fires when it is down.
   */
  readonly nat: 'gateway' | 'instance';
}

/** An existing VPC. You make sure that its subnets use one registered address. */
export interface VpcEgress {
  readonly kind: 'vpc';
  readonly vpc: IVpc;

  /** @default - its private subnets with a route to the internet */
  readonly vpcSubnets?: SubnetSelection | undefined;
}

/** The outbound address of the refresher; `public`: any address of AWS. */
export type Egress = 'public' | StaticEgress | VpcEgress;

/** The ports of AWS and the brokers. */
export const OUTBOUND_PORTS: readonly number[] = [
  ...new Set([443, ...Object.values(BROKER).flatMap(({ hosts }) => Object.values(hosts).map(portOf))]),
];

/** The network of a refresher with a fixed outbound address. Consumers can join it. */
export class EgressNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  /** Security group of the refresher: no inbound traffic, and outbound traffic only to the ports of AWS and the brokers. */
  readonly securityGroup: ISecurityGroup;
  /** The address to register with the broker, if the network is the refresher's own. */
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
      description: 'Token refresher: no inbound traffic, outbound only to AWS and the brokers',
      allowAllOutbound: false,
    });
    for (const port of OUTBOUND_PORTS) {
      this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'AWS and the brokers');
    }
  }

  /** The network properties of the refresher's function. */
  get placement() {
    return { vpc: this.vpc, vpcSubnets: this.vpcSubnets, securityGroups: [this.securityGroup] };
  }
}

/** The network for an egress; none for `public`. */
export function createEgressNetwork(scope: Construct, egress: Egress): EgressNetwork | undefined {
  return egress === 'public' ? undefined : new EgressNetwork(scope, 'Egress', egress);
}

function portOf(host: string): number {
  return Number(new URL(host).port || 443);
}
