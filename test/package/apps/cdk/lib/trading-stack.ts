import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type CredentialProps, TokenRefresher } from 'broker-token-refresher';
import type { Construct } from 'constructs';

const SESSIONS: CredentialProps['sessions'] = [{ preset: 'krx' }];

/** Keeps two tokens, and has a consumer that trades with them. */
export class TradingStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const tokens = new TokenRefresher(this, 'Tokens', {
      alarmEmail: 'me@example.com',
      // Kiwoom accepts live tokens only from a registered address, so the consumer must use the same one.
      egress: { kind: 'static', nat: 'gateway' },
    });

    const kis = tokens.addCredential('kis-main', {
      broker: 'kis',
      market: 'live',
      secret: Secret.fromSecretNameV2(this, 'KisKey', 'trading/kis'),
      sessions: SESSIONS,
    });
    const kiwoom = tokens.addCredential('kiwoom-main', {
      broker: 'kiwoom',
      market: 'live',
      secret: Secret.fromSecretNameV2(this, 'KiwoomKey', 'trading/kiwoom'),
      renewBefore: Duration.minutes(90),
    });

    const consumer = new LambdaFunction(this, 'Consumer', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => process.env.KIS_TOKEN_PARAMETER;'),
      ...(tokens.vpc && { vpc: tokens.vpc }),
      ...(tokens.vpcSubnets && { vpcSubnets: tokens.vpcSubnets }),
      environment: {
        KIS_TOKEN_PARAMETER: kis.tokenParameterName,
        KIWOOM_TOKEN_PARAMETER: kiwoom.tokenParameterName,
        KIWOOM_REPORT_TOPIC: kiwoom.reportTopic.topicArn,
      },
    });
    kis.grantRead(consumer);
    kiwoom.grantRead(consumer);
    kiwoom.grantReport(consumer);
  }
}
