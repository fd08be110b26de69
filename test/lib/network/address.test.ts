import { App, Stack } from 'aws-cdk-lib';
import { CfnEIP, type IVpc, type SubnetSelection, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import type { StaticEgress } from '../../../lib/index.ts';
import { read } from '../../docs/markdown.ts';
import { LIVE_KIWOOM } from '../config/rejected-configurations.ts';
import { createRefresher, onlyResource, Template, templateOf, valueText } from '../synth.ts';

const ALLOCATION = 'eipalloc-0123456789abcdef0';

const withEgress = (own: Omit<StaticEgress, 'kind'>) =>
  templateOf({ ...LIVE_KIWOOM, egress: { kind: 'static', ...own } });
const output = (template: Template, id: string) => valueText(template.findOutputs(id)[id]?.['Value']);

describe.each(['gateway', 'instance'] as const)('a NAT %s', (nat) => {
  test('uses a configured Elastic IP instead of a new one', () => {
    const template = withEgress({ nat, allocationId: ALLOCATION });
    template.resourceCountIs('AWS::EC2::EIP', 0);
    const type = nat === 'gateway' ? 'AWS::EC2::NatGateway' : 'AWS::EC2::EIPAssociation';
    expect(onlyResource(template, type)[1].Properties['AllocationId']).toBe(ALLOCATION);
    expect(output(template, 'EgressAllocationId')).toBe(ALLOCATION);
    expect(template.findOutputs('EgressAddress')).toEqual({});
  });

  test('leaves its Elastic IP in the account if keepAddress is true, and an output states the monthly cost', () => {
    const template = withEgress({ nat, keepAddress: true });
    const [id, address] = onlyResource(template, 'AWS::EC2::EIP');
    const [, hourly] = /^\| ipv4-hour \| ([\d.]+) \|/m.exec(read('docs/costs.md')) ?? [];
    const monthly = (Number(hourly) * 730).toFixed(2);
    expect(address).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(output(template, 'StaysAfterDestroy')).toBe(
      `the secrets of the app keys, the Elastic IP <${id}.AllocationId> (about $${monthly} a month until you release it)`,
    );
    expect(output(template, 'EgressAllocationId')).toBe(`<${id}.AllocationId>`);
  });

  test('releases its Elastic IP by default when the stack is deleted', () => {
    expect(onlyResource(withEgress({ nat }), 'AWS::EC2::EIP')[1].DeletionPolicy).toBeUndefined();
  });
});

test('the network accepts the allocation id of an Elastic IP that the same CDK app creates', () => {
  const stack = new Stack(new App(), 'Trading');
  const allocationId = new CfnEIP(stack, 'Address').attrAllocationId;
  createRefresher(stack, { egress: { kind: 'static', nat: 'gateway', allocationId } });
  expect(
    onlyResource(Template.fromStack(stack), 'AWS::EC2::NatGateway')[1].Properties['AllocationId'],
  ).toEqual({
    'Fn::GetAtt': ['Address', 'AllocationId'],
  });
});

test.for<
  [sentence: string, types: readonly SubnetType[], selection: SubnetSelection | undefined, got: string]
>([
  ['without private subnets', [SubnetType.PUBLIC], undefined, 'a VPC without private subnets'],
  ['with isolated subnets only', [SubnetType.PRIVATE_ISOLATED], undefined, 'a VPC without private subnets'],
  [
    'whose selected subnets are public',
    [SubnetType.PUBLIC, SubnetType.PRIVATE_WITH_EGRESS],
    { subnetType: SubnetType.PUBLIC },
    'public subnets',
  ],
  [
    'that has no subnets of the selected type',
    [SubnetType.PUBLIC, SubnetType.PRIVATE_WITH_EGRESS],
    { subnetType: SubnetType.PRIVATE_ISOLATED },
    "no 'Isolated' subnet groups",
  ],
])('TokenRefresher rejects a VPC %s', ([, types, vpcSubnets, got]) => {
  const stack = new Stack(new App(), 'Trading');
  const subnetConfiguration = types.map((subnetType) => ({ name: subnetType, subnetType }));
  // exactOptionalPropertyTypes requires the cast, because the class declares properties as `| undefined`.
  const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration }) as IVpc;
  const create = () => createRefresher(stack, { egress: { kind: 'vpc', vpc, vpcSubnets } });
  expect(create).toThrow(new RegExp(`egress\\.vpc\n.*${got}.*add a NAT gateway`, 's'));
});

test('two refreshers in one stack have separate outputs', () => {
  const stack = new Stack(new App(), 'Trading');
  createRefresher(stack, { namePrefix: 'one', egress: { kind: 'static', nat: 'gateway' } }, 'One');
  createRefresher(stack, { namePrefix: 'two', parameterPrefix: '/two' }, 'Two');
  const ids = Object.keys(Template.fromStack(stack).findOutputs('*'));
  const named = (refresher: string) =>
    ids.filter((id) => id.startsWith(refresher)).map((id) => id.slice(3, -8));
  const always = ['InboxUrl', 'AlarmTopicArn', 'TokenKeyArn', 'TokenParameters', 'StaysAfterDestroy'];
  expect(named('One')).toEqual([...always, 'EgressAddress', 'EgressAllocationId']);
  expect(named('Two')).toEqual(always);
});
