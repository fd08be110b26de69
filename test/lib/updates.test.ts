import { App, Stack, type StageSynthesisOptions } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import type { CredentialProps, TokenRefresherProps } from '../../lib/index.ts';
import {
  BOTH_BROKERS,
  createRefresher,
  onlyResource,
  type Resource,
  Template,
  templateOf,
  valueText,
} from './synth.ts';

/**
 * The property that contains the physical name, by resource type. CloudFormation replaces a resource if its
 * physical name changes.
 */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Events::Rule': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
};

interface Variant {
  readonly refresher?: TokenRefresherProps;
  readonly credential?: Partial<CredentialProps>;
  readonly id?: string;
  /** The construct path of the refresher in its stack. */
  readonly path?: string;
}

type Resources = Readonly<Record<string, Resource>>;

/** Synthesizes a refresher with a fleet and one credential with a report topic. */
function synth({ refresher, credential, id = 'kis-main', path = 'Tokens' }: Variant = {}): Resources {
  const stack = new Stack(new App(), 'Trading');
  const [name = '', parent] = path.split('/').reverse();
  const scope = parent === undefined ? stack : new Construct(stack, parent);
  const tokens = createRefresher(scope, { fleet: {}, namePrefix: 'tokens', ...refresher }, name);
  const secret = Secret.fromSecretNameV2(stack, 'Secret', 'kis');
  const added = tokens.addCredential(id, { broker: 'kis', market: 'paper', secret, ...credential });
  expect(added.reportTopic).toBeDefined();
  return Template.fromStack(stack).toJSON()['Resources'] as Resources;
}

/**
 * Returns the type, the schedule group and the physical name of a resource as one string. The string is empty
 * if CloudFormation generates the name.
 */
function nameOf({ Type, Properties }: Resource): string {
  const name = Properties?.[NAME_PROPERTIES[Type] ?? ''];
  return name === undefined
    ? ''
    : [Type, valueText(Properties['GroupName'] ?? ''), valueText(name)].join(' ');
}

/** Returns the resources that CloudFormation replaces, creates and deletes in an update to a variant. */
function update(to: Variant) {
  const [old, updated] = [synth(), synth(to)];
  const oldNames = new Set(Object.values(old).map(nameOf).filter(Boolean));
  const changed = Object.entries(updated).filter(
    ([id, { Type }]) =>
      old[id] !== undefined && nameOf(old[id]) !== nameOf({ ...updated[id], Type } as Resource),
  );
  const created = Object.entries(updated).filter(([id]) => old[id] === undefined);
  const deleted = Object.entries(old).filter(([id]) => updated[id] === undefined);
  const types = (list: readonly (readonly [string, Resource])[]) =>
    [...new Set(list.map(([, { Type }]) => Type))].sort();
  return {
    old,
    updated,
    replaced: types(changed),
    created: types(created),
    deleted: types(deleted),
    /**
     * The names that a created resource shares with an old resource. With a shared name, the update would
     * fail, because CloudFormation deletes old resources last.
     */
    collisions: created.map(([, resource]) => nameOf(resource)).filter((name) => oldNames.has(name)),
  };
}

const parametersOf = (resources: Resources) =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === 'Custom::BrokerTokenParameters')
    .map(([id, { Properties }]) => [id, Properties['Parameters']]);

describe('a changed namePrefix', () => {
  const { old, updated, replaced, created, deleted, collisions } = update({
    refresher: { namePrefix: 'other' },
  });

  test('replaces the queues, alarms, report topics, rules, schedule groups and the dashboard', () => {
    expect(replaced).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Events::Rule',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
      'AWS::Scheduler::ScheduleGroup',
    ]);
    expect(collisions).toEqual([]);
  });

  test('creates schedules in the new schedule group and deletes the old schedules', () => {
    expect([created, deleted]).toEqual([['AWS::Scheduler::Schedule'], ['AWS::Scheduler::Schedule']]);
  });

  test('keeps the KMS key, the token and state parameters, and the subscriptions of the alarm topic', () => {
    expect(parametersOf(updated)).toEqual(parametersOf(old));
    for (const [id, resource] of Object.entries(old))
      if (/Key|AlarmsTopic/.test(id)) expect(updated[id]).toEqual(resource);
  });
});

test('a changed parameterPrefix replaces only parameters, and the previous cleanup function deletes the old parameters', () => {
  const { replaced, created, deleted, collisions } = update({ refresher: { parameterPrefix: '/other' } });
  expect(replaced).toEqual(['AWS::SSM::Parameter']);
  expect(created).toEqual(deleted);
  expect(deleted).toContain('Custom::BrokerTokenParameters');
  expect(deleted).toContain('AWS::Lambda::Function');
  expect(collisions).toEqual([]);
});

describe('a changed construct path', () => {
  test.for(['Renamed', 'Moved/Tokens'])('changes no resource if formerPath is set (%s)', (path) => {
    const { old, updated } = update({ path, refresher: { formerPath: 'Tokens' } });
    expect(updated).toEqual(old);
  });

  test('results in the same logical ids in each synthesis if formerPath is set', () => {
    const app = new App();
    createRefresher(new Stack(app, 'Trading'), { formerPath: 'Former' });
    const idsOf = (options?: StageSynthesisOptions) =>
      Object.keys((app.synth(options).getStackByName('Trading').template as { Resources: object }).Resources);
    const once = idsOf();
    expect(idsOf({ force: true })).toEqual(once);
  });

  test('causes no name collision if namePrefix and parameterPrefix change in the same update', () => {
    const refresher = { namePrefix: 'other', parameterPrefix: '/other' };
    expect(update({ path: 'Renamed', refresher }).collisions).toEqual([]);
  });
});

describe('a renamed credential', () => {
  const KEPT = ['/broker-tokens/kis-main/token', '/broker-tokens/kis-main/state'];

  test('loses its token and state parameters if formerId is not set', () => {
    const { updated } = update({ id: 'kis-live' });
    expect(JSON.stringify(parametersOf(updated))).not.toContain('kis-main');
  });

  test('keeps its token and state parameters while formerId is set', () => {
    const { old, updated } = update({ id: 'kis-live', credential: { formerId: 'kis-main' } });
    const [kept] = parametersOf(old).filter(([, names]) => String(names) === String(KEPT));
    expect(kept).toBeDefined();
    expect(parametersOf(updated)).toContainEqual(kept);
    expect(updated[String(kept?.[0])]).toEqual(old[String(kept?.[0])]);
  });

  test('cannot have a formerId that a different credential uses or that equals its new id', () => {
    const stack = new Stack(new App(), 'Trading');
    const tokens = createRefresher(stack);
    const add = (id: string, formerId?: string) => {
      const secret = Secret.fromSecretNameV2(stack, `Secret-${id}-${formerId}`, `${id}-${formerId}`);
      tokens.addCredential(id, { broker: 'kis', market: 'paper', secret, formerId });
    };
    expect(() => add('a', 'a')).toThrow(/formerId\n.*leave it out/s);
    add('b', 'a');
    expect(() => add('a')).toThrow(/id\n.*the same as in Trading\/Tokens\/b/);
    expect(() => add('c', 'b')).toThrow(/id\n.*the same as in Trading\/Tokens\/b/);
  });
});

test('a change between a NAT gateway and a NAT instance keeps the Elastic IP', () => {
  const [gateway, instance] = (['gateway', 'instance'] as const).map((nat) =>
    onlyResource(templateOf({ ...BOTH_BROKERS, egress: { kind: 'static', nat } }), 'AWS::EC2::EIP'),
  );
  expect(instance?.[0]).toBe(gateway?.[0]);
});
