import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { BrokerTokensConfig } from './config/config.ts';
import type { EgressConfig } from './config/schema.ts';
import type { Egress } from './network/egress.ts';
import { resolveSecret } from './secret.ts';
import { TokenRefresher } from './token-refresher.ts';

export interface BrokerTokensStackProps extends StackProps {
  /** As `parseBrokerTokens` returns it. */
  readonly config: BrokerTokensConfig;

  /**
   * The function's code.
   *
   * @default - `dist/lambda` of this project, as `npm run bundle` writes it
   */
  readonly code?: Code;

  /**
   * The code of the function that deletes parameters.
   *
   * @default - `dist/cleanup` of this project, as `npm run bundle` writes it
   */
  readonly cleanupCode?: Code;

  /**
   * The code of the function that reports how added credentials stand.
   *
   * @default - `dist/fleet-monitor` of this project, as `npm run bundle` writes it
   */
  readonly fleetMonitorCode?: Code;
}

/** Everything that one configuration asks for. Only composes: what the parts are is said in their files. */
export class BrokerTokensStack extends Stack {
  readonly refresher: TokenRefresher;

  constructor(scope: Construct, id: string, props: BrokerTokensStackProps) {
    const { config, code, cleanupCode, fleetMonitorCode, ...stackProps } = props;
    super(scope, id, {
      description: 'Keeps live broker tokens in SSM Parameter Store',
      // A third of the template is white space, and CloudFormation takes no more than 1 MB.
      suppressTemplateIndentation: true,
      ...stackProps,
    });

    this.refresher = new TokenRefresher(this, 'TokenRefresher', {
      parameterPrefix: config.parameterPrefix,
      checkEvery: Duration.seconds(config.checkEvery),
      ...(config.renewBefore !== undefined && { renewBefore: Duration.seconds(config.renewBefore) }),
      responseTime: Duration.seconds(config.responseTime),
      keepParameters: config.keepParameters,
      egress: egressOf(this, config.egress),
      ...(config.alarmEmail !== undefined && { alarmEmail: config.alarmEmail }),
      ...(code && { code }),
      ...(cleanupCode && { cleanupCode }),
      ...(fleetMonitorCode && { fleetMonitorCode }),
      ...(config.fleet && { fleet: config.fleet }),
    });

    const created: string[] = [];
    for (const { id: credential, secret: reference, ...settings } of config.credentials) {
      const secret = resolveSecret(this, `Secret-${credential}`, reference, credential);
      if (reference.create) created.push(`${credential}=${secret.secretArn}`);
      this.refresher.addCredential(credential, {
        broker: settings.broker,
        market: settings.market,
        secret,
        renewBefore: Duration.seconds(settings.renewBefore),
        sessions: settings.sessions,
        maxIssuesPerDay: settings.maxIssuesPerDay,
        ...(settings.minimumInterval !== undefined && {
          minimumInterval: Duration.seconds(settings.minimumInterval),
        }),
        allowPublicEgress: settings.allowPublicEgress,
        renewEarly: settings.renewEarly,
      });
    }

    this.#output('InboxUrl', this.refresher.inbox.queueUrl, 'Queue that the refresher listens to');
    this.#output('AlarmTopicArn', this.refresher.alarmTopic.topicArn, 'Topic of all alarms');
    this.#output('TokenKeyArn', this.refresher.tokenKey.keyArn, 'KMS key of the token parameters');
    const tokens = this.refresher.credentials.map(({ tokenParameterName }) => tokenParameterName);
    this.#output('TokenParameters', tokens.join(','), 'Parameters that hold the tokens');
    this.#output(
      'StaysAfterDestroy',
      config.keepParameters
        ? 'the secrets of the app keys, the token and state parameters, the KMS key'
        : 'nothing but the secrets of the app keys',
      'What `cdk destroy` leaves behind',
    );
    const { elasticIp } = this.refresher.network ?? {};
    if (elasticIp !== undefined) {
      this.#output(
        'EgressAddress',
        elasticIp.attrPublicIp,
        'Address to register at Kiwoom: its site takes no other',
      );
    }
    if (created.length > 0) {
      this.#output('SecretsToFillIn', created.join(','), 'Secrets that wait for their app key');
    }
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

function egressOf(scope: Construct, settings: EgressConfig): Egress {
  if (settings === 'public' || settings.kind === 'static') return settings;
  const { kind, ...attributes } = settings;
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', attributes);
  Validations.of(vpc).acknowledge({
    id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'The route tables are the business of whoever owns the VPC; nothing here reads them',
  });
  return { kind, vpc };
}
