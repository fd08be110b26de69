import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SimulatedCloud } from './cloud.ts';
import { KEYS, runAtConsole } from './console.ts';
import { ALARM_TOPIC_ARN, installHealthyStack, type StackResources } from './healthy-stack.ts';
import { tokens } from './run-tokens.ts';

const ALARM = 'BrokerTokens-RefusedMessages';

let cloud: SimulatedCloud;
let stack: StackResources;
/** The recorded inputs of SetAlarmState. */
let states: Readonly<Record<string, unknown>>[];

beforeAll(async () => {
  cloud = await SimulatedCloud.start();
});

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  stack = installHealthyStack(cloud);
  states = [];
  cloud.stubs['cloudwatch:SetAlarmState'] = (input) => {
    states.push(input);
    alarm().StateValue = 'ALARM';
    // The simulated CloudWatch sets the alarm back to OK at the third call of DescribeAlarms.
    const describeAlarms = cloud.stubs['cloudwatch:DescribeAlarms'] ?? (() => ({}));
    let reads = 0;
    cloud.stubs['cloudwatch:DescribeAlarms'] = (query) => {
      reads += 1;
      if (reads === 3) alarm().StateValue = 'OK';
      return describeAlarms(query);
    };
    return {};
  };
});

function alarm(): StackResources['alarms'][number] {
  const found = stack.alarms.find(({ AlarmName }) => AlarmName === ALARM);
  if (found === undefined) throw new Error('the stack has no such alarm');
  return found;
}

const inOneLine = (text: string) => text.replace(/\s+/g, ' ');

describe('the command "alarm-test"', () => {
  test('sets an alarm to ALARM, waits until its state is OK, and prints the recipients', async () => {
    const { code, out, err } = await tokens(cloud, ['alarm-test', '--yes']);
    expect(states).toEqual([
      { AlarmName: ALARM, StateValue: 'ALARM', StateReason: expect.stringContaining('TEST') },
    ]);
    expect(inOneLine(err)).toMatch(
      /email owner@example\.com: an email from no-reply@sns\.amazonaws\.com, subject: ALARM: "BrokerTokens-RefusedMessages" in … – lambda BrokerTokens-Refresher: the message that the function sends/,
    );
    expect(inOneLine(out)).toMatch(
      /✔ Both notifications are sent: .* is OK again after \d+ s\. Check that every/,
    );
    expect(code).toBe(0);
  });

  test('sends no test alarm if the operator does not confirm the prompt', async () => {
    const typedKeys = [[/Send two notifications to 2 subscriptions\?/, KEYS.enter]] as const;
    const { code, err } = await runAtConsole(cloud, ['alarm-test'], { isTerminal: true, typedKeys });
    expect({ code, states }).toEqual({ code: 1, states: [] });
    expect(err).toContain('Nothing was changed.');
  });

  test('prints a note about each unconfirmed subscription of the alarm topic', async () => {
    stack.subscriptions.push({
      Protocol: 'email',
      Endpoint: 'second@example.com',
      SubscriptionArn: 'PendingConfirmation',
    });
    const { code, out, err } = await runAtConsole(cloud, ['alarm-test', '--yes', '--json']);
    expect(err).toContain('The subscription email second@example.com is not confirmed');
    expect(JSON.parse(out)).toMatchObject({
      alarm: ALARM,
      okAt: expect.stringMatching(/Z$/),
      subscriptions: [{ confirmed: true }, { confirmed: true }, { confirmed: false }],
    });
    expect(code).toBe(0);
  });

  test('prints only the host of a subscribed URL, because the path may contain a token', async () => {
    const SubscriptionArn = `${ALARM_TOPIC_ARN}:3`;
    stack.subscriptions = [
      { Protocol: 'https', Endpoint: 'https://global.sns-api.chatbot.amazonaws.com', SubscriptionArn },
      { Protocol: 'https', Endpoint: 'https://chat.example.com/hooks/FAKE-token', SubscriptionArn },
    ];
    const { out, err } = await runAtConsole(cloud, ['alarm-test', '--yes', '--json']);
    expect(inOneLine(err)).toContain('a message of Amazon Q in Slack or Microsoft Teams');
    expect(err).toContain('https chat.example.com');
    expect(out + err).not.toContain('FAKE-token');
  });

  const untestable: readonly [title: string, fault: () => unknown, code: number, text: RegExp][] = [
    [
      'if the alarm topic has no confirmed subscription',
      () => {
        stack.subscriptions = [];
      },
      1,
      /has no confirmed subscription, so no notification would arrive\. .*docs\/notifications\.md/,
    ],
    [
      'while the alarm is already in the state ALARM',
      () => Object.assign(alarm(), { StateValue: 'ALARM' }),
      1,
      /is already in ALARM state/,
    ],
    [
      'if the actions of the alarm are disabled',
      () => Object.assign(alarm(), { ActionsEnabled: false }),
      1,
      /run: .* doctor/,
    ],
    [
      'if the alarm does not exist',
      () => stack.alarms.splice(0),
      3,
      /There is no alarm BrokerTokens-Refused.*--stack/,
    ],
    [
      'if the caller has no permission to list the subscriptions',
      () => cloud.deny('sns:ListSubscriptionsByTopic'),
      3,
      /sns:ListSubscriptionsByT/,
    ],
  ];
  test.each(untestable)('sends no test alarm %s', async (_, fault, code, text) => {
    fault();
    const ended = await runAtConsole(cloud, ['alarm-test', '--yes']);
    expect(ended.err).toMatch(text);
    expect({ code: ended.code, states }).toEqual({ code, states: [] });
  });

  test('fails if CloudWatch could not publish to the alarm topic', async () => {
    stack.history.push({ HistorySummary: `Failed to execute action ${ALARM_TOPIC_ARN}` });
    const { code, err } = await runAtConsole(cloud, ['alarm-test', '--yes']);
    expect(err).toMatch(/CloudWatch did not notify the topic: Failed to execute action .* doctor/);
    expect(code).toBe(1);
  });

  test('prints after Ctrl-C that CloudWatch sets the alarm back to OK', async () => {
    cloud.stubs['cloudwatch:SetAlarmState'] = () => {
      alarm().StateValue = 'ALARM';
      return {};
    };
    const { code, err } = await tokens(cloud, ['alarm-test', '--yes'], {
      onOutput: (output, interrupt) => output.includes('Waiting until CloudWatch') && interrupt(),
    });
    expect(code).toBe(130);
    expect(err).toMatch(/the first notification is sent\. CloudWatch sets the alarm back to OK/);
  });

  test('waits at most five minutes for the alarm to be OK again', async () => {
    cloud.stubs['cloudwatch:SetAlarmState'] = () => {
      alarm().StateValue = 'ALARM';
      return {};
    };
    const { code, out } = await runAtConsole(cloud, ['alarm-test', '--yes']);
    expect(inOneLine(out)).toContain('The second one follows when CloudWatch evaluates');
    expect(code).toBe(0);
  });
});
