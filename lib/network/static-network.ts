import {
  CfnEIP,
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

export interface StaticNetworkProps {
  readonly nat: 'gateway' | 'instance';
}

const CIDR = '10.0.0.0/16';

/** Read when the instance starts, so the template holds a name that never changes. */
const IMAGE = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';

/**
 * A VPC whose private subnets leave by one Elastic IP. One NAT for both zones: one address is what is
 * asked for, and if its zone is down a token lives on for `renewBefore` at least.
 */
export class StaticNetwork extends Construct {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  /** An own one, so that the address outlives a change of the NAT behind it. */
  readonly elasticIp: CfnEIP;
  readonly natInstance: Instance | undefined;

  constructor(scope: Construct, id: string, { nat }: StaticNetworkProps) {
    super(scope, id);
    this.elasticIp = new CfnEIP(this, 'Address', { domain: 'vpc' });
    const instances = nat === 'instance' ? natInstances() : undefined;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(CIDR),
      maxAzs: 2,
      natGateways: 1,
      natGatewayProvider:
        instances ?? NatProvider.gateway({ eipAllocationIds: [this.elasticIp.attrAllocationId] }),
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 28 },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      // It would take a function of CDK's with rights on security groups; nothing uses the default one.
      restrictDefaultSecurityGroup: false,
    });
    suppressNag(vpc, {
      'AwsSolutions-VPC7':
        'Nothing listens in it, and what the refresher does is in its log; whoever places more here can add a flow log',
    });
    // The interface says "absent" where the class says "or undefined".
    this.vpc = vpc as IVpc;
    if (instances !== undefined) this.natInstance = this.#use(instances);
  }

  #use(instances: NatInstanceProviderV2): Instance {
    // With OUTBOUND_ONLY nothing comes in, and so nothing gets through.
    instances.connections.allowFrom(Peer.ipv4(CIDR), Port.allTraffic(), 'From the VPC');
    const [instance] = instances.gatewayInstances;
    if (instance === undefined) throw new Error('the VPC has no NAT instance');
    const resource = instance.node.defaultChild;
    if (resource instanceof CfnInstance) {
      // Only a launch template may name the parameter of an image; by an image that the template looks up
      // any deploy could replace the instance. A new image comes with a new instance, made on purpose.
      // Source: EC2 User Guide, "Use a Systems Manager parameter instead of an AMI ID".
      const template = new CfnLaunchTemplate(this, 'Image', {
        launchTemplateData: { imageId: `resolve:ssm:${IMAGE}`, metadataOptions: { httpTokens: 'required' } },
      });
      resource.imageId = undefined;
      resource.launchTemplate = {
        launchTemplateId: template.ref,
        version: template.attrLatestVersionNumber,
      };
      resource.blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs: { encrypted: true } }];
    }
    this.elasticIp.instanceId = instance.instanceId;
    suppressNag(instance, {
      'AwsSolutions-EC28': 'Its status checks, which the alarm reads, come every minute without it',
      'AwsSolutions-EC29': 'It holds nothing, and would keep `cdk destroy` from coming to an end',
    });
    return instance;
  }
}

function natInstances(): NatInstanceProviderV2 {
  const userData = UserData.forLinux();
  userData.addCommands(
    // 512 MB are scarce for dnf.
    'dd if=/dev/zero of=/swapfile bs=1M count=512 && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile',
    // The address changes under it when the Elastic IP is attached.
    'until dnf install -y iptables-services; do sleep 5; done',
    'systemctl enable --now iptables',
    'echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-nat.conf && sysctl -p /etc/sysctl.d/90-nat.conf',
    "iptables -t nat -A POSTROUTING -o $(ip -o -4 route show default | awk '{print $5; exit}') -j MASQUERADE",
    'iptables -F FORWARD',
    'service iptables save',
  );
  return NatProvider.instanceV2({
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
    machineImage: MachineImage.resolveSsmParameterAtLaunch(IMAGE),
    defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
    userData,
  });
}
