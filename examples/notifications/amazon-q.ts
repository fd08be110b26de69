import { CfnMicrosoftTeamsChannelConfiguration, SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface SlackProps {
  readonly topic: ITopic;
  /**
   * The workspace id (`T…`), from the console of Amazon Q Developer in chat applications, after you
   * authorized the workspace there.
   */
  readonly workspaceId: string;
  /** The channel id (`C…`), from the end of the link to the channel. */
  readonly channelId: string;
}

/** Sends alarms to a Slack channel through Amazon Q Developer in chat applications. */
export function addSlack(parent: Construct, { topic, workspaceId, channelId }: SlackProps): void {
  const scope = new Construct(parent, 'Slack');
  const { role, guardrail } = createMetricsOnlyRole(scope);
  new SlackChannelConfiguration(scope, 'Channel', {
    slackChannelConfigurationName: 'broker-token-alarms-slack',
    slackWorkspaceId: workspaceId,
    slackChannelId: channelId,
    notificationTopics: [topic],
    role,
    guardrailPolicies: [guardrail],
  });
}

export interface TeamsProps {
  readonly topic: ITopic;
  /**
   * The tenant id and the team id are UUIDs. The console of Amazon Q Developer in chat applications shows
   * both ids after you authorized the team there.
   */
  readonly tenantId: string;
  readonly teamId: string;
  /** The channel id (`19%3a…%40thread.tacv2`), from the link to the channel. */
  readonly channelId: string;
}

/** Sends alarms to a Microsoft Teams channel through Amazon Q Developer in chat applications. */
export function addTeams(parent: Construct, { topic, tenantId, teamId, channelId }: TeamsProps): void {
  const scope = new Construct(parent, 'Teams');
  const { role, guardrail } = createMetricsOnlyRole(scope);
  new CfnMicrosoftTeamsChannelConfiguration(scope, 'Channel', {
    configurationName: 'broker-token-alarms-teams',
    teamsTenantId: tenantId,
    teamId,
    teamsChannelId: channelId,
    snsTopicArns: [topic.topicArn],
    iamRoleArn: role.roleArn,
    guardrailPolicies: [guardrail.managedPolicyArn],
  });
}

/**
 * Amazon Q uses the role to draw the graph of an alarm, and the role allows nothing else. The guardrail
 * policy limits every command that is typed in the channel. Without a guardrail policy, AWS uses
 * AdministratorAccess.
 */
function createMetricsOnlyRole(scope: Construct) {
  const guardrail = new ManagedPolicy(scope, 'MetricsOnly', {
    statements: [
      new PolicyStatement({
        // Source: Amazon Q Developer in chat applications Administrator Guide, notification permissions
        // policy.
        actions: ['cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*'],
        resources: ['*'],
      }),
    ],
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('chatbot.amazonaws.com'),
    managedPolicies: [guardrail],
  });
  return { role, guardrail };
}
