import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { expect, test } from 'vitest';
import { BROKERS_BY_ID } from '../../../lambdas/brokers/endpoints.ts';
import { LIVE_KIWOOM, VPC } from '../config/rejected-configurations.ts';
import {
  allStatements,
  BOTH_BROKERS,
  consumerFunction,
  createRefresher,
  onlyResource,
  policyLines,
  refresherResource,
  resources,
  Template,
  templateOf,
} from '../synth.ts';

const gateway = templateOf({ ...LIVE_KIWOOM, egress: { kind: 'static', nat: 'gateway' } });
const instance = templateOf({ ...LIVE_KIWOOM, egress: { kind: 'static', nat: 'instance' } });
const existing = templateOf({ ...LIVE_KIWOOM, egress: VPC });
const BEHIND = [
  ['a NAT gateway', gateway],
  ['a NAT instance', instance],
] as const;

/** Returns the subnets whose default route leads to a NAT gateway or to a NAT instance. */
function subnetsWithRouteTo(template: Template, target: 'NatGatewayId' | 'InstanceId'): readonly unknown[] {
  const tables = [...resources(template, 'AWS::EC2::Route').values()]
    .filter(({ Properties }) => Properties[target] !== undefined)
    .map(({ Properties }) => JSON.stringify(Properties['RouteTableId']));
  return [...resources(template, 'AWS::EC2::SubnetRouteTableAssociation').values()]
    .filter(({ Properties }) => tables.includes(JSON.stringify(Properties['RouteTableId'])))
    .map(({ Properties }) => Properties['SubnetId']);
}

test('the egress kind "public" creates no VPC', () => {
  const template = templateOf(BOTH_BROKERS);
  template.resourceCountIs('AWS::EC2::VPC', 0);
  template.resourceCountIs('AWS::EC2::EIP', 0);
  expect(refresherResource(template, 'AWS::Lambda::Function')[1].Properties['VpcConfig']).toBeUndefined();
});

test.for(BEHIND)('the stack with %s has one Elastic IP and an output with the address', ([, template]) => {
  const [address] = onlyResource(template, 'AWS::EC2::EIP');
  template.hasOutput('EgressAddress', {
    Value: { 'Fn::GetAtt': [address, 'PublicIp'] },
    Description: Match.stringLikeRegexp('Register this IP address with Kiwoom'),
  });
});

test('the NAT gateway and the NAT instance each use the Elastic IP of the stack', () => {
  const [address] = onlyResource(gateway, 'AWS::EC2::EIP');
  const [, { Properties }] = onlyResource(gateway, 'AWS::EC2::NatGateway');
  expect(Properties['AllocationId']).toEqual({ 'Fn::GetAtt': [address, 'AllocationId'] });
  const [id, nat] = onlyResource(instance, 'AWS::EC2::Instance');
  expect(onlyResource(instance, 'AWS::EC2::EIP')[1].Properties['InstanceId']).toEqual({ Ref: id });
  expect(nat.Properties).toMatchObject({ InstanceType: 't4g.nano', SourceDestCheck: false });
  instance.resourceCountIs('AWS::EC2::NatGateway', 0);
});

test.for([
  ['NAT gateway', gateway, 'NatGatewayId'],
  ['NAT instance', instance, 'InstanceId'],
] as const)('the function is in two private subnets that route to the %s', ([, template, target]) => {
  const { SubnetIds } = refresherResource(template, 'AWS::Lambda::Function')[1].Properties['VpcConfig'] as {
    SubnetIds: readonly unknown[];
  };
  expect(SubnetIds).toHaveLength(2);
  expect(SubnetIds).toEqual(subnetsWithRouteTo(template, target));
});

test('a deployment does not replace the NAT instance when a newer machine image is available', () => {
  const [, { Properties }] = onlyResource(instance, 'AWS::EC2::Instance');
  const [id, { Properties: template }] = onlyResource(instance, 'AWS::EC2::LaunchTemplate');
  expect(Properties['ImageId']).toBeUndefined();
  expect(Properties['LaunchTemplate']).toEqual({
    LaunchTemplateId: { Ref: id },
    Version: { 'Fn::GetAtt': [id, 'LatestVersionNumber'] },
  });
  expect(template['LaunchTemplateData']).toEqual({
    ImageId: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    MetadataOptions: { HttpTokens: 'required' },
  });
  // A template parameter for the image would change with each image release, because CloudFormation resolves
  // it at every deployment.
  expect(JSON.stringify(instance.findParameters('*'))).not.toContain('AWS::EC2::Image::Id');
});

test('the NAT instance accepts traffic only from the VPC, and has an encrypted disk', () => {
  const [, { Properties }] = onlyResource(instance, 'AWS::EC2::Instance');
  expect(Properties['BlockDeviceMappings']).toEqual([{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }]);
  const [group] = [...resources(instance, 'AWS::EC2::SecurityGroup').values()].filter(
    (each) => each.Properties['SecurityGroupIngress'] !== undefined,
  );
  expect(group?.Properties['SecurityGroupIngress']).toEqual([
    { CidrIp: '10.0.0.0/16', Description: 'From the VPC', IpProtocol: '-1' },
  ]);
  expect(onlyResource(instance, 'AWS::EC2::VPC')[1].Properties['CidrBlock']).toBe('10.0.0.0/16');
});

test('the NatInstanceDown alarm exists only for a NAT instance, and fires if the instance fails or stops', () => {
  const [id] = onlyResource(instance, 'AWS::EC2::Instance');
  instance.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'BrokerTokens-NatInstanceDown',
    Namespace: 'AWS/EC2',
    MetricName: 'StatusCheckFailed',
    Dimensions: [{ Name: 'InstanceId', Value: { Ref: id } }],
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 5,
    TreatMissingData: 'breaching',
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 15 },
  });
  gateway.resourcePropertiesCountIs(
    'AWS::CloudWatch::Alarm',
    { AlarmName: 'BrokerTokens-NatInstanceDown' },
    0,
  );
});

test('the function uses an existing VPC by the configured ids, without a context lookup', () => {
  const { VpcConfig } = refresherResource(existing, 'AWS::Lambda::Function')[1].Properties as {
    VpcConfig: { SubnetIds: unknown };
  };
  expect(VpcConfig.SubnetIds).toEqual(VPC.privateSubnetIds);
  expect(onlyResource(existing, 'AWS::EC2::SecurityGroup')[1].Properties['VpcId']).toBe(VPC.vpcId);
  existing.resourceCountIs('AWS::EC2::VPC', 0);
  existing.resourceCountIs('AWS::EC2::EIP', 0);
});

test.for([...BEHIND, ['an existing VPC', existing] as const])(
  'the security group of the function in a stack with %s allows only outbound traffic to AWS and the brokers',
  ([, template]) => {
    const groups = [...resources(template, 'AWS::EC2::SecurityGroup').values()].filter(({ Properties }) =>
      String(Properties['GroupDescription']).startsWith('Token refresher'),
    );
    expect(groups).toHaveLength(1);
    const { SecurityGroupEgress, SecurityGroupIngress } = groups[0]?.Properties ?? {};
    expect(SecurityGroupIngress).toBeUndefined();
    const ports = (SecurityGroupEgress as readonly { FromPort: number; ToPort: number }[]).map(
      ({ FromPort, ToPort }) => [FromPort, ToPort],
    );
    const hosts = Object.values(BROKERS_BY_ID).flatMap((broker) => Object.values(broker.baseUrls));
    const needed = new Set([443, ...hosts.map((host) => Number(new URL(host).port || 443))]);
    expect(ports.sort()).toEqual([...needed].map((port) => [port, port]).sort());
  },
);

test('the role allows Lambda to create network interfaces, but denies these actions to the code of the function', () => {
  const [id] = refresherResource(gateway, 'AWS::Lambda::Function');
  const lines = policyLines(allStatements(gateway)).filter((line) => line.includes('ec2:'));
  const allowed = lines.filter((line) => !line.startsWith('deny'));
  expect(allowed).toHaveLength(6);
  const denied = allowed.map((line) => `deny ${line} if ArnEquals lambda:SourceFunctionArn=<${id}.Arn>`);
  expect(lines).toEqual([...denied, ...allowed]);
});

test('CloudFormation creates the function after its route to the internet', () => {
  const routes = [...resources(gateway, 'AWS::EC2::Route')].filter(
    ([, { Properties }]) => Properties['NatGatewayId'] !== undefined,
  );
  expect(routes).toHaveLength(2);
  const { DependsOn } = refresherResource(gateway, 'AWS::Lambda::Function')[1];
  expect(DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
});

test('a consumer can use the VPC and the subnets of a refresher that is in an existing VPC', () => {
  const stack = new Stack(new App(), 'Trading');
  // exactOptionalPropertyTypes requires the cast, because the class declares properties as `| undefined`.
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 1 }) as IVpc;
  const tokens = createRefresher(stack, {
    egress: { kind: 'vpc', vpc, vpcSubnets: { subnets: [...vpc.privateSubnets].slice(0, 1) } },
  });
  const secret = Secret.fromSecretNameV2(stack, 'Secret', 'kiwoom');
  tokens.addCredential('kiwoom-main', { broker: 'kiwoom', market: 'live', secret });
  if (tokens.vpc === undefined || tokens.vpcSubnets === undefined) throw new Error('There is no network');
  consumerFunction(stack, 'Consumer', { vpc: tokens.vpc, vpcSubnets: tokens.vpcSubnets });
  const subnets = [...resources(Template.fromStack(stack), 'AWS::Lambda::Function').values()]
    .map(({ Properties }) => Properties['VpcConfig'] as { SubnetIds: unknown } | undefined)
    .filter((config) => config !== undefined)
    .map(({ SubnetIds }) => JSON.stringify(SubnetIds));
  expect(subnets).toHaveLength(2);
  expect(new Set(subnets).size).toBe(1);
});
