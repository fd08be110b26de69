import { Duration, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { expect, test } from 'vitest';
import type { CredentialProps } from '../../lib/index.ts';
import { allStatements, createRefresher, policyLines, Template, testApp } from './synth.ts';

function kis(stack: Stack): CredentialProps {
  return { broker: 'kis', market: 'live', secret: Secret.fromSecretNameV2(stack, 'Secret', 'kis') };
}

test('TokenRefresher can be synthesized with default props in any CDK stack', () => {
  const stack = new Stack(testApp(), 'Trading');
  const refresher = createRefresher(stack);
  const credential = refresher.addCredential('kis-main', kis(stack));
  expect(credential.tokenParameterName).toBe('/broker-tokens/kis-main/token');
  expect(credential.stateParameterName).toBe('/broker-tokens/kis-main/state');
  expect(refresher.credentials).toEqual([credential]);
  Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', { QueueName: 'Trading-inbox.fifo' });
});

test('the metrics of a credential have the dimensions that the function publishes', () => {
  const stack = new Stack(testApp(), 'Trading');
  const credential = createRefresher(stack).addCredential('a', kis(stack));
  const metrics = [
    credential.metricSecondsToExpiry(),
    credential.metricHeadroom(),
    credential.metricFailureLevel(),
  ];
  expect(metrics.map(({ metricName, statistic }) => [metricName, statistic])).toEqual([
    ['SecondsToExpiry', 'Minimum'],
    ['Headroom', 'Minimum'],
    ['FailureLevel', 'Maximum'],
  ]);
  for (const { dimensions } of metrics) {
    expect(dimensions).toEqual({
      service: 'broker-token-refresher',
      Stack: 'Trading',
      Credential: 'a',
    });
  }
  expect(credential.metricHeadroom({ period: Duration.hours(1) }).period.toHours()).toBe(1);
});

test('the function may use the customer managed KMS key of a secret only through Secrets Manager', () => {
  const stack = new Stack(testApp(), 'Trading');
  const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:ap-northeast-2:123456789012:key/abc');
  const secret = Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:kis-AbCdEf',
    encryptionKey,
  });
  createRefresher(stack).addCredential('a', { broker: 'kis', market: 'live', secret });
  const ofKey = policyLines(allStatements(Template.fromStack(stack))).filter((line) =>
    line.includes(encryptionKey.keyArn),
  );
  expect(ofKey).toEqual([
    `kms:Decrypt ${encryptionKey.keyArn} if StringEquals kms:ViaService=secretsmanager.<AWS::Region>.amazonaws.com`,
  ]);
});
