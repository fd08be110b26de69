import { Duration, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { expect, test } from 'vitest';
import {
  type CredentialProps,
  emptySecret,
  TokenRefresher,
  type TokenRefresherProps,
} from '../../lib/index.ts';
import { resources, statements, Template, testApp, testCode } from './synth.ts';

/** In somebody else's stack, without the configuration of cdk.json. */
function refresherIn(stack: Stack, props: TokenRefresherProps = {}, id = 'Tokens'): TokenRefresher {
  return new TokenRefresher(stack, id, { code: testCode(), cleanupCode: testCode(), ...props });
}

function kis(stack: Stack, name = 'kis'): CredentialProps {
  return { broker: 'kis', market: 'live', secret: Secret.fromSecretNameV2(stack, `Secret-${name}`, name) };
}

test('works in another stack with defaults', () => {
  const stack = new Stack(testApp(), 'Trading');
  const refresher = refresherIn(stack);
  const credential = refresher.addCredential('kis-main', kis(stack));
  expect(credential.tokenParameterName).toBe('/broker-tokens/kis-main/token');
  expect(credential.stateParameterName).toBe('/broker-tokens/kis-main/state');
  expect(refresher.credentials).toEqual([credential]);
  Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', { QueueName: 'Trading-inbox.fifo' });
});

test('two of them stand in one stack, if their names and ids differ', () => {
  const stack = new Stack(testApp(), 'Trading');
  refresherIn(stack, { namePrefix: 'one' }, 'One').addCredential('a', kis(stack, 'one'));
  refresherIn(stack, { namePrefix: 'two', parameterPrefix: '/two' }, 'Two').addCredential(
    'b',
    kis(stack, 'two'),
  );
  const names = [...resources(Template.fromStack(stack), 'AWS::SQS::Queue').values()].map(
    ({ Properties }) => Properties['QueueName'],
  );
  expect(new Set(names).size).toBe(4);
});

test.for<[sentence: string, props: TokenRefresherProps, message: string]>([
  ['a prefix that AWS keeps', { parameterPrefix: '/aws' }, 'parameterPrefix'],
  ['an interval of 90 s', { checkEvery: Duration.seconds(90) }, 'use "2m"'],
  ['a name too long for a queue', { namePrefix: 'a'.repeat(46) }, 'at most 45 characters'],
])('refuses %s', ([, props, message]) => {
  expect(() => refresherIn(new Stack(testApp(), 'Trading'), props)).toThrow(message);
});

test.for<[sentence: string, id: string, props: Partial<CredentialProps>, message: string]>([
  ['a bad id', 'KIS', {}, 'use "kis"'],
  ['a margin that KIS cannot keep', 'a', { renewBefore: Duration.hours(13) }, 'at most "12h"'],
  ['an option of the other broker', 'a', { renewEarly: 'revoke' }, 'is for Kiwoom only'],
  ['too many issues', 'a', { maxIssuesPerDay: 33 }, '2 to 32'],
  ['a live key of Kiwoom with public egress', 'a', { broker: 'kiwoom' }, 'set allowPublicEgress to true'],
  ['an interval the broker refuses', 'a', { minimumInterval: Duration.seconds(60) }, '"61s" to "1h"'],
])('a credential is refused: %s', ([, id, props, message]) => {
  const stack = new Stack(testApp(), 'Trading');
  expect(() => refresherIn(stack).addCredential(id, { ...kis(stack), ...props })).toThrow(message);
});

test('the same id or the same secret is refused the second time', () => {
  const stack = new Stack(testApp(), 'Trading');
  const refresher = refresherIn(stack);
  const props = kis(stack);
  refresher.addCredential('a', props);
  expect(() => refresher.addCredential('a', kis(stack, 'other'))).toThrow('the same as "a"');
  expect(() => refresher.addCredential('b', props)).toThrow('its own app key');
});

test('metrics of a credential carry both dimensions', () => {
  const stack = new Stack(testApp(), 'Trading');
  const credential = refresherIn(stack).addCredential('a', kis(stack));
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
    expect(dimensions).toEqual({ service: 'broker-token-refresher', Credential: 'a' });
  }
  expect(credential.metricHeadroom({ period: Duration.hours(1) }).period.toHours()).toBe(1);
});

test('a secret with an own key brings the right to decrypt, through Secrets Manager only', () => {
  const stack = new Stack(testApp(), 'Trading');
  const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:ap-northeast-2:123456789012:key/abc');
  const secret = Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:kis-AbCdEf',
    encryptionKey,
  });
  refresherIn(stack).addCredential('a', { broker: 'kis', market: 'live', secret });
  const decrypt = [...resources(Template.fromStack(stack), 'AWS::IAM::Policy').values()]
    .flatMap(({ Properties }) => statements(Properties['PolicyDocument']))
    .filter(({ Resource }) => Resource === encryptionKey.keyArn);
  expect(decrypt).toEqual([
    {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: encryptionKey.keyArn,
      Condition: {
        StringEquals: {
          'kms:ViaService': {
            'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.amazonaws.com']],
          },
        },
      },
    },
  ]);
});

test('an empty secret outlives the stack', () => {
  const stack = new Stack(testApp(), 'Trading');
  refresherIn(stack).addCredential('a', { ...kis(stack), secret: emptySecret(stack, 'Empty', 'for a') });
  Template.fromStack(stack).hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain' });
});
