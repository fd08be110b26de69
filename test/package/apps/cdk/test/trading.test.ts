import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ConfigurationError } from 'broker-token-refresher';
import { createTokenReader } from 'broker-token-refresher/reader';
import { TradingStack } from '../lib/trading-stack';

const template = Template.fromStack(new TradingStack(new App(), 'Trading'));

test('the stack has the config parameter of each credential', () => {
  const parameters = Object.values(template.findResources('AWS::SSM::Parameter'));
  expect(parameters.map(({ Properties }) => Properties.Name)).toEqual([
    '/broker-tokens/kis-main/config',
    '/broker-tokens/kiwoom-main/config',
  ]);
});

test('a new alarm for a silent refresher waits for its first data point', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: Match.stringLikeRegexp('kis-main-ExpiringSoon'),
    TreatMissingData: 'breaching',
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: Match.anyValue() },
  });
});

test('the constructs reject an invalid setting', () => {
  expect(() => new TradingStack(new App(), 'x'.repeat(60))).toThrow(ConfigurationError);
});

test('a reader without an SDK names the package that it needs', async () => {
  const read = createTokenReader({ credential: 'kis-main' }).get();
  await expect(read).rejects.toMatchObject({
    code: 'BadOption',
    message: expect.stringContaining('@aws-sdk/client-ssm'),
  });
});
