import { describe, expect, it } from 'vitest';
import { phoneText } from '../../../examples/notifications/message.ts';
import { runbookChapterPath } from '../../../lambdas/shared/names.ts';
import { synthesizedAlarms } from '../../lib/alarms/synthesized-alarms.ts';
import { BOTH_BROKERS, createStack, Template } from '../../lib/synth.ts';
import { ACTION_REQUIRED_ALARM as alarm, alarmMessage, fleetMessage } from './messages.ts';

const read = (Message: string, Subject = 'a subject') => phoneText({ Subject, Message }).split('\n');

describe('The chat message for an alarm', () => {
  it('contains the alarm state, the credential, the stack, the first sentence of the alarm description, a command and the runbook chapter', () => {
    expect(read(alarmMessage(alarm))).toEqual([
      '🔴 ALARM: kis-main ActionRequired',
      'Stack: Broker-Tokens, ap-northeast-2',
      'Alarm: Broker-Tokens-kis-main-ActionRequired',
      'the token cannot be refreshed until you act.',
      'Run: aws ssm get-parameter --name /broker-tokens/kis-main/state',
      'Then: docs/runbook.md#actionrequired',
    ]);
  });

  it('contains no command when the alarm is OK again', () => {
    expect(read(alarmMessage({ ...alarm, state: 'OK' }))).toEqual([
      '🟢 OK: kis-main ActionRequired',
      'Stack: Broker-Tokens, ap-northeast-2',
      'Alarm: Broker-Tokens-kis-main-ActionRequired',
    ]);
  });

  it('contains the reason of a test alarm in the states ALARM and OK', () => {
    for (const state of ['ALARM', 'OK'])
      expect(read(alarmMessage({ ...alarm, state, reason: 'drill of Monday' }))).toContain('drill of Monday');
  });

  it('contains the state INSUFFICIENT_DATA of an alarm without data', () => {
    expect(read(alarmMessage({ ...alarm, state: 'INSUFFICIENT_DATA' }))[0]).toBe(
      '⚪ INSUFFICIENT_DATA: kis-main ActionRequired',
    );
  });
});

describe('The chat message for an alarm of a synthesized stack', () => {
  const template = Template.fromStack(
    createStack({ ...BOTH_BROKERS, egress: { kind: 'static', nat: 'instance' }, fleet: {} }, 'Two-Brokers'),
  );
  const alarms = synthesizedAlarms(template).map(
    ({ name, description, metric, chapter }) => [name, { description, metric, chapter }] as const,
  );

  it.each(alarms)(
    'contains the stack, the credential, a command and the runbook chapter of the alarm %s',
    (name, each) => {
      const credential = /Credential=([^,}]+)/.exec(each.metric)?.[1];
      const lines = read(
        alarmMessage({ name, description: each.description, ...(credential && { credential }) }),
      );
      expect(lines[0]).toBe(`🔴 ALARM: ${credential ? `${credential} ` : ''}${each.chapter}`);
      expect(lines[1]).toBe('Stack: Two-Brokers, ap-northeast-2');
      expect(lines[3]).toMatch(/\.$/);
      expect(lines.slice(4)).toEqual([
        expect.stringMatching(/^Run: \S/),
        `Then: ${runbookChapterPath(each.chapter)}`,
      ]);
    },
  );
});

describe('The chat message for a notification of the fleet monitor', () => {
  it('contains the credential, its failure level, the parameter prefix, the reason and a command', () => {
    expect(read(fleetMessage({}))).toEqual([
      '🔴 kis-2: action required',
      'Prefix: /broker-tokens, ap-northeast-2',
      'CredentialsRejected: rejected: EGW00103 FAKE',
      'Run: npm run tokens -- status kis-2',
    ]);
  });

  it('contains no result of a broker call if the refresher made no call for the credential', () => {
    expect(read(fleetMessage({ level: 1, reason: 'NoSchedule', detail: undefined })).slice(0, 3)).toEqual([
      '🟠 kis-2: failing',
      'Prefix: /broker-tokens, ap-northeast-2',
      'NoSchedule',
    ]);
  });

  it('contains no reason and no command when the credential is healthy again', () => {
    expect(read(fleetMessage({ level: 0, previousLevel: 2, reason: 'Fresh', detail: undefined }))).toEqual([
      '🟢 kis-2: healthy',
      'Prefix: /broker-tokens, ap-northeast-2',
    ]);
  });
});

describe('The chat message for an SNS message of an unknown or damaged format', () => {
  it.each([
    'a sentence',
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"AlarmName":7}',
    '{"AlarmName":"a","NewStateValue":null}',
    '{"credential":"kis-2","level":9}',
    '{"credential":"kis-2","level":"2"}',
  ])('consists of the SNS subject and the unchanged SNS message: %j', (message) => {
    expect(read(message, 'Test notification')).toEqual(['Test notification', ...(message ? [message] : [])]);
  });

  it.each([
    '{"AlarmName":"(","NewStateValue":"ALARM","Trigger":{"Dimensions":[{"name":"Credential","value":"("}]}}',
    '{"AlarmName":"a","NewStateValue":"ALARM","Trigger":null,"AlarmDescription":7,"AlarmArn":{}}',
    '{"AlarmName":"a","NewStateValue":"ALARM","Trigger":{"Dimensions":[null,7]}}',
  ])('starts with the alarm state if the message names an alarm and its state: %s', (message) => {
    expect(read(message)[0]).toMatch(/^🔴 ALARM: /);
  });

  it('has at most 800 characters', () => {
    const text = phoneText({ Subject: 'long', Message: 'x'.repeat(5000) });
    expect(text).toHaveLength(800);
    expect(text.endsWith('x…')).toBe(true);
  });
});
