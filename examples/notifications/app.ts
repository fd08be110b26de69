import { App, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { addSlack, addTeams } from './amazon-q.ts';
import { addDiscord, addTelegram } from './functions.ts';

/**
 * A CDK app with one stack. The stack sends the alarms of the deployed token refresher to chat channels.
 * Context values select the channels.
 */
const app = new App();
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
const stack = new Stack(app, 'BrokerTokensNotifications', {
  ...(account && region && { env: { account, region } }),
});
const contextValue = (name: string): string | undefined => app.node.tryGetContext(name);

const topicArn = contextValue('alarmTopicArn');
if (topicArn === undefined) throw new Error('Pass -c alarmTopicArn=<the output AlarmTopicArn>.');
const topic = Topic.fromTopicArn(stack, 'AlarmTopic', topicArn);

const chatId = contextValue('telegramChatId');
if (chatId) addTelegram(stack, { topic, chatId, secretName: 'notifications/telegram' });

if (contextValue('discord') === 'true') addDiscord(stack, { topic, secretName: 'notifications/discord' });

const workspaceId = contextValue('slackWorkspaceId');
const channelId = contextValue('slackChannelId');
if (workspaceId && channelId) addSlack(stack, { topic, workspaceId, channelId });

const [tenantId, teamId, teamsChannelId] = ['teamsTenantId', 'teamsTeamId', 'teamsChannelId'].map(
  contextValue,
);
if (tenantId && teamId && teamsChannelId)
  addTeams(stack, { topic, tenantId, teamId, channelId: teamsChannelId });
