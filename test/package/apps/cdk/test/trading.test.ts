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

test('the ExpiringSoon alarm treats missing data as breaching after a warm-up period', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: Match.stringLikeRegexp('kis-main-ExpiringSoon'),
    TreatMissingData: 'breaching',
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: Match.anyValue() },
  });
});

test('the constructs reject an invalid setting', () => {
  expect(() => new TradingStack(new App(), 'x'.repeat(60))).toThrow(ConfigurationError);
});

test('the error of a reader without an SDK names the missing package', async () => {
  const read = createTokenReader({ credential: 'kis-main' }).get();
  await expect(read).rejects.toMatchObject({
    code: 'BadOption',
    message: expect.stringContaining('@aws-sdk/client-ssm'),
  });
});
