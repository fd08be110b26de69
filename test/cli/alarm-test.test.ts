import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { SimulatedCloud } from './cloud.ts';
import { KEYS, runAtConsole } from './console.ts';
import { ALARM_TOPIC_ARN, installHealthyStack, type StackResources } from './healthy-stack.ts';
import { tokens } from './run-tokens.ts';

const ALARM = 'BrokerTokens-RefusedMessages';

const cloud = await SimulatedCloud.start();
let stack: StackResources;
/** The recorded inputs of SetAlarmState. */
let states: Readonly<Record<string, unknown>>[];
/** The number of calls of DescribeAlarms after which the simulated CloudWatch sets the alarm back to OK. */
let readsUntilOk: number;

afterAll(() => cloud.stop());

beforeEach(() => {
  cloud.errors.clear();
  stack = installHealthyStack(cloud);
  states = [];
  readsUntilOk = 3;
  const describeAlarms = cloud.stubs['cloudwatch:DescribeAlarms'] ?? (() => ({}));
  cloud.stubs['cloudwatch:SetAlarmState'] = (input) => {
    states.push(input);
    setAlarm({ StateValue: 'ALARM' });
    return {};
  };
  cloud.stubs['cloudwatch:DescribeAlarms'] = (query) => {
    if (states.length > 0) readsUntilOk -= 1;
    if (readsUntilOk === 0) setAlarm({ StateValue: 'OK' });
    return describeAlarms(query);
  };
});

function setAlarm(changes: Partial<StackResources['alarms'][number]>): void {
  Object.assign(stack.alarms.find(({ AlarmName }) => AlarmName === ALARM) ?? {}, changes);
}

const run = (...args: readonly string[]) => runAtConsole(cloud, ['alarm-test', '--yes', ...args]);
const inOneLine = (text: string) => text.replace(/\s+/g, ' ');

describe('the command "alarm-test"', () => {
  test('sets an alarm to ALARM, waits until its state is OK, and prints the recipients', async () => {
    const { code, out, err } = await run();
    expect(code).toBe(0);
    expect(states).toEqual([
      { AlarmName: ALARM, StateValue: 'ALARM', StateReason: expect.stringContaining('TEST') },
    ]);
    expect(inOneLine(err)).toMatch(
      /email owner@example\.com: an email from no-reply@sns\.amazonaws\.com, subject: ALARM: "BrokerTokens-RefusedMessages" in … – lambda BrokerTokens-Refresher: the message that the function sends/,
    );
    expect(inOneLine(out)).toMatch(
      /✔ Both notifications are sent: .* is OK again after \d+ s\. Check that every/,
    );
  });

  test('sends no test alarm if the operator does not confirm the prompt', async () => {
    const typedKeys = [[/Send two notifications to 2 subscriptions\?/, KEYS.enter]] as const;
    const ended = await runAtConsole(cloud, ['alarm-test'], { isTerminal: true, typedKeys });
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was changed.') });
    expect(states).toEqual([]);
  });

  test('prints a note about each unconfirmed subscription of the alarm topic', async () => {
    const SubscriptionArn = 'PendingConfirmation';
    stack.subscriptions.push({ Protocol: 'email', Endpoint: 'second@example.com', SubscriptionArn });
    const { code, out, err } = await run('--json');
    expect(code).toBe(0);
    expect(err).toContain('The subscription email second@example.com is not confirmed');
    expect(JSON.parse(out)).toMatchObject({
      alarm: ALARM,
      okAt: expect.stringMatching(/Z$/),
      subscriptions: [{ confirmed: true }, { confirmed: true }, { confirmed: false }],
    });
  });

  test('prints only the host of a subscribed URL, because the path may contain a token', async () => {
    const SubscriptionArn = `${ALARM_TOPIC_ARN}:3`;
    stack.subscriptions = [
      { Protocol: 'https', Endpoint: 'https://global.sns-api.chatbot.amazonaws.com', SubscriptionArn },
      { Protocol: 'https', Endpoint: 'https://chat.example.com/hooks/FAKE-token', SubscriptionArn },
    ];
    const { out, err } = await run('--json');
    expect(inOneLine(err)).toContain('a message of Amazon Q in Slack or Microsoft Teams');
    expect(err).toContain('https chat.example.com');
    expect(out + err).not.toContain('FAKE-token');
  });

  const untestable: readonly [title: string, fault: () => unknown, code: number, text: RegExp][] = [
    [
      'if the alarm topic has no confirmed subscription',
      () => stack.subscriptions.splice(0),
      1,
      /has no confirmed subscription, so no notification would arrive\. .*docs\/notifications\.md/,
    ],
    [
      'while the alarm is already in the state ALARM',
      () => setAlarm({ StateValue: 'ALARM' }),
      1,
      /is already in ALARM state/,
    ],
    [
      'if the actions of the alarm are disabled',
      () => setAlarm({ ActionsEnabled: false }),
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
    expect(await run()).toMatchObject({ code, err: expect.stringMatching(text) });
    expect(states).toEqual([]);
  });

  test('fails if CloudWatch could not publish to the alarm topic', async () => {
    stack.history.push({ HistorySummary: `Failed to execute action ${ALARM_TOPIC_ARN}` });
    const text = /CloudWatch did not notify the topic: Failed to execute action .* doctor/;
    expect(await run()).toMatchObject({ code: 1, err: expect.stringMatching(text) });
  });

  test('prints after Ctrl-C that CloudWatch sets the alarm back to OK', async () => {
    readsUntilOk = Number.POSITIVE_INFINITY;
    const { code, err } = await tokens(cloud, ['alarm-test', '--yes'], {
      onOutput: (output, interrupt) => output.includes('Waiting until CloudWatch') && interrupt(),
    });
    expect(code).toBe(130);
    expect(err).toMatch(/the first notification is sent\. CloudWatch sets the alarm back to OK/);
  });

  test('waits at most five minutes until the alarm is OK again', async () => {
    readsUntilOk = Number.POSITIVE_INFINITY;
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(inOneLine(out)).toContain('The second one follows when CloudWatch evaluates');
  });
});
