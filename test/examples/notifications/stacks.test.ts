import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { addSlack, addTeams } from '../../../examples/notifications/amazon-q.ts';
import { addDiscord, addTelegram } from '../../../examples/notifications/functions.ts';
import { BOTH_BROKERS, createStack, resources, statements, Template, valueText } from '../../lib/synth.ts';
import { createTemporaryDirectory } from '../../temp-dir.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TEAMS = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  teamId: '66666666-7777-4888-8999-000000000000',
  channelId: '19%3ab6ef35dc342d56ba5654e6fc6d25a071%40thread.tacv2',
};

const SLACK = 'AWS::Chatbot::SlackChannelConfiguration';
const TEAMS_CHANNEL = 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration';
const CHANNELS = [SLACK, TEAMS_CHANNEL];

/** The stack of the project together with every notification channel, as in a CDK app of a user. */
const stack = createStack(BOTH_BROKERS);
const topic = stack.refresher.alarmTopic;
const topicId = stack.getLogicalId(topic.node.defaultChild as never);
addTelegram(stack, { topic, chatId: '-100200300', secretName: 'notifications/telegram' });
addDiscord(stack, { topic, secretName: 'notifications/discord' });
addSlack(stack, { topic, workspaceId: 'T0FAKE000', channelId: 'C0FAKE000' });
addTeams(stack, { topic, ...TEAMS });
const template = Template.fromStack(stack);

function startingWith(type: string, logicalId: string) {
  const found = [...resources(template, type)].filter(([id]) => id.startsWith(logicalId));
  if (found.length === 0) throw new Error(`The template has no ${type} ${logicalId}`);
  return found.map(([id, { Properties }]) => ({ id, properties: Properties }));
}

describe.each([
  ['Telegram', { TELEGRAM_SECRET_ID: 'notifications/telegram', TELEGRAM_CHAT_ID: '-100200300' }],
  ['Discord', { DISCORD_SECRET_ID: 'notifications/discord' }],
])('For %s,', (service, environment) => {
  const [{ id, properties } = { id: '', properties: {} }] = startingWith(
    'AWS::Lambda::Function',
    `${service}Notifier`,
  );

  it('the example function is subscribed to the alarm topic, and the topic may invoke the function', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'lambda',
      TopicArn: { Ref: topicId },
      Endpoint: { 'Fn::GetAtt': [id, 'Arn'] },
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      FunctionName: { 'Fn::GetAtt': [id, 'Arn'] },
      SourceArn: { Ref: topicId },
    });
  });

  it('the example function has the name of its secret in its environment, and not the secret value', () => {
    const { Variables } = properties['Environment'] as { readonly Variables: Record<string, string> };
    const { AWS_NODEJS_CONNECTION_REUSE_ENABLED: _, ...own } = Variables;
    expect(own).toEqual(environment);
  });

  it('the example function may only read its secret and write its log', () => {
    const [policy] = startingWith('AWS::IAM::Policy', `${service}NotifierServiceRole`);
    const allowed = statements(policy?.properties['PolicyDocument']);
    expect(allowed.map(({ Action }) => Action)).toEqual([
      ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    ]);
    expect(valueText(allowed[0]?.Resource)).toMatch(
      new RegExp(`:secret:notifications/${service.toLowerCase()}-\\?{6}$`),
    );
    const [role] = startingWith('AWS::IAM::Role', `${service}NotifierServiceRole`);
    expect(JSON.stringify(role?.properties['ManagedPolicyArns'])).toMatch(
      /^[^/]*\/service-role\/AWSLambdaBasicExecutionRole[^/]*$/,
    );
  });

  it('a failed invocation of the example function raises an alarm, and the alarm sends no OK notification', () => {
    const [alarm] = startingWith('AWS::CloudWatch::Alarm', `${service}Failing`);
    expect(alarm?.properties).toMatchObject({
      AlarmName: `BrokerTokens-${service}Failing`,
      AlarmDescription: expect.stringContaining('docs/notifications.md#troubleshooting'),
      AlarmActions: [{ Ref: topicId }],
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: id } }],
      TreatMissingData: 'notBreaching',
    });
    expect(alarm?.properties).not.toHaveProperty('OKActions');
  });

  it('the example function has a timeout that is longer than three attempts and two pauses', () => {
    expect(properties['Timeout']).toBeGreaterThanOrEqual(3 * 5 + 2 * 15 + 10);
  });
});

describe('The chat channels of Amazon Q Developer', () => {
  it('are subscribed to the alarm topic', () => {
    template.hasResourceProperties(SLACK, {
      SlackWorkspaceId: 'T0FAKE000',
      SlackChannelId: 'C0FAKE000',
      SnsTopicArns: [{ Ref: topicId }],
    });
    template.hasResourceProperties(TEAMS_CHANNEL, {
      TeamsTenantId: TEAMS.tenantId,
      TeamId: TEAMS.teamId,
      TeamsChannelId: TEAMS.channelId,
      SnsTopicArns: [{ Ref: topicId }],
    });
  });

  it.each([
    ['Slack', SLACK],
    ['Teams', TEAMS_CHANNEL],
  ])('have a role and a guardrail policy that allow only the reading of metrics (%s)', (name, type) => {
    const [policy] = startingWith('AWS::IAM::ManagedPolicy', `${name}MetricsOnly`);
    const actions = statements(policy?.properties['PolicyDocument']).flatMap(({ Action }) => Action);
    expect(actions).toEqual(['cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*']);
    const [role] = startingWith('AWS::IAM::Role', `${name}Role`);
    expect(role?.properties['ManagedPolicyArns']).toEqual([{ Ref: policy?.id }]);
    expect(role?.properties).not.toHaveProperty('Policies');
    template.hasResourceProperties(type, {
      GuardrailPolicies: [{ Ref: policy?.id }],
      IamRoleArn: { 'Fn::GetAtt': [role?.id, 'Arn'] },
    });
  });
});

describe('The example app.ts', () => {
  const ARN = 'arn:aws:sns:ap-northeast-2:111122223333:BrokerTokens-Alarms';

  /**
   * Runs the app as the CDK CLI does. The app does not bundle the functions, because other tests in this file
   * bundle them.
   */
  function synthesize(context: Readonly<Record<string, string>>): Template {
    const directory = createTemporaryDirectory('notifications-app');
    execFileSync(process.execPath, ['examples/notifications/app.ts'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        CDK_OUTDIR: directory,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
        CDK_DEFAULT_ACCOUNT: '111122223333',
        CDK_DEFAULT_REGION: 'ap-northeast-2',
      },
      stdio: 'pipe',
    });
    const json = readFileSync(join(directory, 'BrokerTokensNotifications.template.json'), 'utf8');
    return Template.fromJSON(JSON.parse(json));
  }

  it('subscribes each channel that the CDK context selects to the topic of a deployed stack', () => {
    const { tenantId: teamsTenantId, teamId: teamsTeamId, channelId: teamsChannelId } = TEAMS;
    const amazonQ = {
      slackWorkspaceId: 'T0FAKE000',
      slackChannelId: 'C0FAKE000',
      teamsTenantId,
      teamsTeamId,
    };
    const chats = { telegramChatId: '-100200300', discord: 'true', ...amazonQ, teamsChannelId };
    const all = synthesize({ alarmTopicArn: ARN, ...chats });
    all.resourceCountIs('AWS::Lambda::Function', 2);
    all.allResourcesProperties('AWS::SNS::Subscription', { TopicArn: ARN, Protocol: 'lambda' });
    all.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [ARN] });
    for (const kind of CHANNELS) all.hasResourceProperties(kind, { SnsTopicArns: [ARN] });
  });

  it('creates only the channels that the CDK context selects', () => {
    const one = synthesize({ alarmTopicArn: ARN, telegramChatId: '-100200300' });
    one.resourceCountIs('AWS::Lambda::Function', 1);
    one.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ TELEGRAM_CHAT_ID: '-100200300' }) },
    });
    for (const kind of CHANNELS) one.resourceCountIs(kind, 0);
  });

  it('fails with an error that names the missing topic setting', () => {
    expect(() => synthesize({ discord: 'true' })).toThrow(/Pass -c alarmTopicArn=/);
  });
});
