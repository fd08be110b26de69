import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test, vi } from 'vitest';
import { parseBrokerTokens } from '../../lib/config/config.ts';
import { BrokerTokensStack } from '../../lib/stack.ts';
import { LIVE_KIWOOM, VPC } from './config/rejected-configurations.ts';
import { BOTH_BROKERS, KIS, testAssets } from './synth.ts';

/**
 * Synthesizes an app like bin/app.ts with a consumer role, and returns the findings of both cdk-nag rule
 * packs and of the CDK.
 */
function check(context: unknown, more: { env?: object; bucket?: boolean } = {}): readonly string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'broker-tokens-nag-'));
  const app = new App({ outdir, context: flags, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const stack = new BrokerTokensStack(app, 'BrokerTokens', {
    config: parseBrokerTokens(context),
    assets: testAssets(),
    ...(more.env && { env: more.env }),
  });
  const consumer = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const credential of stack.refresher.credentials) {
    credential.grantRead(consumer);
    credential.grantReport(consumer);
  }
  if (more.bucket) new Bucket(stack, 'Bucket');
  const console = vi.spyOn(globalThis.console, 'error').mockReturnValue();
  try {
    app.synth();
  } catch {
    // `synth` throws an error if there are findings. The code below reads the findings from the report file.
  } finally {
    console.mockRestore();
  }
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: readonly { violations: readonly { ruleName: string }[] }[];
  };
  return report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}

const INSTANCE = { ...LIVE_KIWOOM, egress: { kind: 'static', nat: 'instance' } };

test.for<[sentence: string, context: unknown, env?: object]>([
  ['both brokers', BOTH_BROKERS],
  ['an alarm e-mail address', { ...BOTH_BROKERS, alarmEmail: 'me@example.com' }],
  ['an account and a region', BOTH_BROKERS, { account: '123456789012', region: 'ap-northeast-2' }],
  [
    'a different partition',
    { ...BOTH_BROKERS, parameterPrefix: '/a/b' },
    { account: '123456789012', region: 'cn-north-1' },
  ],
  [
    'a created secret and keepParameters',
    { keepParameters: true, credentials: [{ ...KIS, secret: { create: true } }] },
  ],
  ['a fleet', { ...BOTH_BROKERS, fleet: {} }],
  ['a NAT gateway', { ...LIVE_KIWOOM, egress: { kind: 'static', nat: 'gateway' } }],
  ['a NAT instance', INSTANCE, { account: '123456789012', region: 'ap-northeast-2' }],
  ['an existing VPC', { ...LIVE_KIWOOM, egress: VPC }],
])(
  'the rules of AwsSolutions, Serverless and the CDK have no findings for a stack with %s',
  ([, context, env]) => {
    expect(check(context, { ...(env && { env }) })).toEqual([]);
  },
);

test('the cdk-nag check of these tests detects a bucket without access logs', () => {
  expect(check(BOTH_BROKERS, { bucket: true })).toContain('AwsSolutions-S1');
});
