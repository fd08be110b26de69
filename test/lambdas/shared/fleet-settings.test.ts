import { describe, expect, it } from 'vitest';
import {
  type FleetSettings,
  formatFleetSettings,
  parseFleetSettings,
} from '../../../lambdas/shared/fleet-settings.ts';

const FLEET: FleetSettings = {
  version: 1,
  secretPrefix: 'broker-tokens/',
  scheduleGroup: 'BrokerTokens-fleet',
  schedulerRoleArn: 'arn:aws:iam::123456789012:role/FAKE-role',
  inboxArn: 'arn:aws:sqs:ap-northeast-2:123456789012:FAKE-inbox.fifo',
  reportTopicArn: 'arn:aws:sns:ap-northeast-2:123456789012:FAKE-reports-*.fifo',
  tokenKeyArn: 'arn:aws:kms:ap-northeast-2:123456789012:key/FAKE-key',
  checkEverySeconds: 300,
  renewBeforeSeconds: 3600,
  responseTimeSeconds: 900,
  egress: 'public',
};

describe('The settings of a fleet', () => {
  it.each([[{}], [{ egress: 'fixed' as const }], [{ inboxArn: 'arn:aws-cn:sqs:cn-north-1:123456789012:q' }]])(
    'with %j do not change when they are formatted and parsed',
    (change) => {
      const settings = { ...FLEET, ...change };
      expect(parseFleetSettings(formatFleetSettings(settings))).toEqual(settings);
    },
  );

  it.each<[what: string, change: object]>([
    ['a different version', { version: 2 }],
    ['an empty secret prefix', { secretPrefix: '' }],
    ['no schedule group', { scheduleGroup: undefined }],
    ['a role that is a name', { schedulerRoleArn: 'FAKE-role' }],
    ['an ARN with a text before it', { inboxArn: `x${FLEET.inboxArn}` }],
    ['an ARN with a line break after it', { inboxArn: `${FLEET.inboxArn}\n` }],
    ['an ARN without a partition', { inboxArn: 'arn::sqs:ap-northeast-2:123456789012:q' }],
    ['an ARN without a service', { inboxArn: 'arn:aws::ap-northeast-2:123456789012:q' }],
    ['an ARN without a resource', { inboxArn: 'arn:aws:sqs:ap-northeast-2:123456789012:' }],
    ['an ARN whose account is too short', { inboxArn: 'arn:aws:sqs:ap-northeast-2:1:q' }],
    ['a topic without a place for the id', { reportTopicArn: 'arn:aws:sns:r:123456789012:x.fifo' }],
    ['a check interval of 0 s', { checkEverySeconds: 0 }],
    ['a margin of half a second', { renewBeforeSeconds: 0.5 }],
    ['a response time as text', { responseTimeSeconds: '15m' }],
    ['an unknown egress', { egress: '' }],
  ])('with %s are rejected', (_what, change) => {
    expect(parseFleetSettings(JSON.stringify({ ...FLEET, ...change }))).toBeUndefined();
  });

  it.each(['', 'null', '[]', '{"version":1'])('are undefined for the invalid parameter %j', (text) => {
    expect(parseFleetSettings(text)).toBeUndefined();
  });
});
