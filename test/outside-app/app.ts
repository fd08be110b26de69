import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { TokenRefresher } from 'broker-token-refresher';

/** Somebody else's app: keeps two tokens, and has a consumer that trades with them. */
const app = new App();
const stack = new Stack(app, 'Trading');

const tokens = new TokenRefresher(stack, 'Tokens', {
  alarmEmail: 'me@example.com',
  // Kiwoom takes live tokens only from a registered address, and so must the consumer leave by it.
  egress: { kind: 'static', nat: 'gateway' },
});

const kis = tokens.addCredential('kis-main', {
  broker: 'kis',
  market: 'live',
  secret: Secret.fromSecretNameV2(stack, 'KisKey', 'trading/kis'),
  sessions: [{ preset: 'krx' }],
});
const kiwoom = tokens.addCredential('kiwoom-main', {
  broker: 'kiwoom',
  market: 'live',
  secret: Secret.fromSecretNameV2(stack, 'KiwoomKey', 'trading/kiwoom'),
  renewBefore: Duration.minutes(90),
});

const consumer = new LambdaFunction(stack, 'Consumer', {
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

app.synth();
