import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnEIP,
  CfnEIPAssociation,
  CfnInstance,
  CfnLaunchTemplate,
  type Instance,
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  type IVpc,
  MachineImage,
  type NatInstanceProviderV2,
  NatProvider,
  NatTrafficDirection,
  Peer,
  Port,
  type SubnetSelection,
  SubnetType,
  UserData,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { suppressNag } from '../nag-suppressions.ts';

const VPC_CIDR = '10.0.0.0/16';

/** EC2 resolves this parameter name when the instance starts, so a new image does not change the template. */
const NAT_IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

/** A new VPC whose private subnets send all traffic through one Elastic IP. */
export interface StaticEgress {
  readonly kind: 'static';
  /**
   * `gateway`: about $43 a month in Seoul, managed by AWS. `instance`: about $4 a month; nothing restarts or
   * updates the instance, and an alarm fires when it is down.
   */
  readonly nat: 'gateway' | 'instance';

  /**
   * The allocation id of your own Elastic IP in this account and region, such as
   * `eipalloc-0123456789abcdef0`. With your own Elastic IP, the registered address does not depend on this
   * construct.
   *
   * @default - the refresher creates an Elastic IP
   */
  readonly allocationId?: string | undefined;

  /**
   * Keeps the created Elastic IP when the egress changes or the stack is deleted. A retained address costs
   * about $3.65 a month until you release it; pass its `allocationId` to use it again.
   *
   * @default false
   */
  readonly keepAddress?: boolean | undefined;
}

/**
 * A VPC whose private subnets send all traffic through one Elastic IP. One NAT serves both Availability
 * Zones, because the broker accepts only one registered address. If the Availability Zone of the NAT fails, a
 * published token stays valid for at least `renewBefore`.
 */
export class StaticNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  /** The created Elastic IP. This resource is separate from the NAT, so that a new NAT gets the same address. */
  readonly elasticIp: CfnEIP | undefined;
  readonly allocationId: string;
  readonly natInstance: Instance | undefined;

  constructor(scope: Construct, { nat, allocationId, keepAddress }: StaticEgress) {
    super(scope, 'Static');
    if (allocationId === undefined) {
      this.elasticIp = new CfnEIP(this, 'Address', { domain: 'vpc' });
      if (keepAddress) this.elasticIp.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    this.allocationId = allocationId ?? (this.elasticIp as CfnEIP).attrAllocationId;
    const natInstanceProvider = nat === 'instance' ? createNatInstanceProvider() : undefined;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(VPC_CIDR),
      maxAzs: 2,
      natGateways: 1,
      natGatewayProvider:
        natInstanceProvider ?? NatProvider.gateway({ eipAllocationIds: [this.allocationId] }),
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 28 },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      // With the value true, the CDK would add a function that may change security groups, although no
      // resource uses the default security group.
      restrictDefaultSecurityGroup: false,
    });
    suppressNag(vpc, {
      'AwsSolutions-VPC7':
        'No resource in this VPC accepts connections, and the refresher logs its calls; add a flow log if you add resources',
    });
    // A cast is necessary, because the class `Vpc` declares optional properties as `T | undefined`.
    this.vpc = vpc as IVpc;
    if (natInstanceProvider !== undefined) this.natInstance = this.#configureInstance(natInstanceProvider);
  }

  #configureInstance(provider: NatInstanceProviderV2): Instance {
    // OUTBOUND_ONLY rejects all inbound traffic, including the traffic that the instance must forward.
    provider.connections.allowFrom(Peer.ipv4(VPC_CIDR), Port.allTraffic(), 'From the VPC');
    const [instance] = provider.gatewayInstances;
    if (instance === undefined) throw new Error('the VPC has no NAT instance');
    const resource = instance.node.defaultChild;
    if (resource instanceof CfnInstance) {
      // Only a launch template accepts the name of a parameter that holds the image id. With an image id in
      // the template, any deployment could replace the instance.
      // Source: EC2 User Guide, "Use a Systems Manager parameter instead of an AMI ID".
      const launchTemplate = new CfnLaunchTemplate(this, 'Image', {
        launchTemplateData: {
          imageId: `resolve:ssm:${NAT_IMAGE_PARAMETER}`,
          metadataOptions: { httpTokens: 'required' },
        },
      });
      resource.imageId = undefined;
      resource.launchTemplate = {
        launchTemplateId: launchTemplate.ref,
        version: launchTemplate.attrLatestVersionNumber,
      };
      resource.blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs: { encrypted: true } }];
    }
    const { instanceId } = instance;
    if (this.elasticIp) this.elasticIp.instanceId = instanceId;
    else new CfnEIPAssociation(this, 'Association', { allocationId: this.allocationId, instanceId });
    suppressNag(instance, {
      'AwsSolutions-EC28':
        'The alarm reads the status checks, which EC2 reports every minute without detailed monitoring',
      'AwsSolutions-EC29':
        'The instance stores no data, and termination protection would make `cdk destroy` fail',
    });
    return instance;
  }
}

function createNatInstanceProvider(): NatInstanceProviderV2 {
  const userData = UserData.forLinux();
  userData.addCommands(
    // The swap file is necessary, because dnf needs more memory than the 512 MB of the instance.
    'dd if=/dev/zero of=/swapfile bs=1M count=512 && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile',
    // The command retries, because the outbound address changes when the Elastic IP is attached.
    'until dnf install -y iptables-services; do sleep 5; done',
    'systemctl enable --now iptables',
    'echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-nat.conf && sysctl -p /etc/sysctl.d/90-nat.conf',
    "iptables -t nat -A POSTROUTING -o $(ip -o -4 route show default | awk '{print $5; exit}') -j MASQUERADE",
    'iptables -F FORWARD',
    'service iptables save',
  );
  return NatProvider.instanceV2({
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
    machineImage: MachineImage.resolveSsmParameterAtLaunch(NAT_IMAGE_PARAMETER),
    defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
    userData,
  });
}
