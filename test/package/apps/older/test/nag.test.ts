import { App, Aspects } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TradingStack } from '../lib/trading-stack';

test('cdk-nag 2 reports no finding for the resources of the package', () => {
  const app = new App();
  const stack = new TradingStack(app, 'Trading');
  Aspects.of(app).add(new AwsSolutionsChecks());
  const findings = Annotations.fromStack(stack).findError('*', Match.stringLikeRegexp('AwsSolutions'));
  const places = findings.map(({ id }) => id);
  expect(places.filter((id) => id.startsWith('/Trading/Tokens/'))).toEqual([]);
  // The role of the consumer shows that the pack ran.
  expect(places).toContain('/Trading/Consumer/ServiceRole/Resource');
});
