import { expect, test } from 'vitest';
import { parseMessage } from '../../lambdas/shared/message.ts';
import { BOTH_BROKERS, inboxId, onlyResource, resources, templateOf } from './synth.ts';

const template = templateOf({ ...BOTH_BROKERS, alarmEmail: 'me@example.com' });

test('each tick is a message that the function can parse, in the message group of its credential', () => {
  const schedules = [...resources(template, 'AWS::Scheduler::Schedule').values()];
  expect(schedules).toHaveLength(2);
  for (const { Properties } of schedules) {
    const { Input, SqsParameters } = Properties['Target'] as {
      Input: string;
      SqsParameters: { MessageGroupId: string };
    };
    const parsed = parseMessage(Input);
    expect(parsed).toMatchObject({
      ok: true,
      message: {
        cause: 'schedule',
        at: '<aws.scheduler.scheduled-time>',
        id: '<aws.scheduler.execution-id>',
      },
    });
    expect(parsed.ok && parsed.message.credential).toBe(SqsParameters.MessageGroupId);
  }
});

test('schedules send a tick to the inbox at each check interval, and drop an undelivered tick before the next tick', () => {
  template.allResourcesProperties('AWS::Scheduler::Schedule', {
    GroupName: 'BrokerTokens',
    ScheduleExpression: 'rate(5 minutes)',
    State: 'ENABLED',
    Target: {
      Arn: { 'Fn::GetAtt': [inboxId(template), 'Arn'] },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 240 },
    },
  });
  template.hasResourceProperties('AWS::Scheduler::ScheduleGroup', { Name: 'BrokerTokens' });
});

test('a schedule with an interval of one minute has the expression "rate(1 minute)" and a maximum event age of 60 s', () => {
  const other = templateOf({ ...BOTH_BROKERS, checkEvery: '1m' });
  other.allResourcesProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
  });
});

test.for([
  ['schedule', 'AWS::Scheduler::Schedule', ['SchedulerRoleDefaultPolicy']],
  ['secret-change rule', 'AWS::Events::Rule', []],
] as const)(
  'each %s is created after the config, the function and the permissions that its first message needs',
  ([, type, permissions]) => {
    const [mapping] = onlyResource(template, 'AWS::Lambda::EventSourceMapping');
    for (const [id, { DependsOn }] of resources(template, type)) {
      const credential = id.includes('kiwoom') ? 'kiwoompaper' : 'kispaper';
      for (const part of [mapping, `${credential}Config`, ...permissions])
        expect(DependsOn).toContainEqual(expect.stringContaining(part));
    }
  },
);

test('only EventBridge Scheduler, for its schedule group and account, can assume the schedule role', () => {
  const [group] = onlyResource(template, 'AWS::Scheduler::ScheduleGroup');
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] },
            },
          },
        },
      ],
    },
  });
});
