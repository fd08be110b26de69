import { describe, expect, it } from 'vitest';
import {
  readFleetMonitorEnvironment,
  readRefresherEnvironment,
} from '../../../lambdas/shared/environment.ts';

const COMMON = { PARAMETER_PREFIX: '/broker-tokens', NAME_PREFIX: 'BrokerTokens' };
const REFRESHER = { ...COMMON, TOKEN_KEY_ARN: 'arn:aws:kms:x' };
const ALARM_TOPIC_ARN = 'arn:aws:sns:ap-northeast-2:123456789012:fake';
const FLEET_MONITOR = { ...COMMON, SCHEDULE_GROUP: 'fake-group', ALARM_TOPIC_ARN };

describe('The environment of a Lambda function', () => {
  const common = { parameterPrefix: '/broker-tokens', namePrefix: 'BrokerTokens' };

  it('contains the KMS key of the tokens if the function is the refresher', () => {
    expect(readRefresherEnvironment(REFRESHER)).toEqual({ ...common, tokenKeyArn: 'arn:aws:kms:x' });
  });

  it('contains a schedule group and an alarm topic if the function is the fleet monitor', () => {
    const expected = { ...common, scheduleGroup: 'fake-group', alarmTopicArn: ALARM_TOPIC_ARN };
    expect(readFleetMonitorEnvironment(FLEET_MONITOR)).toEqual(expected);
  });

  it.each([
    ['a missing prefix', { PARAMETER_PREFIX: undefined }, 'PARAMETER_PREFIX must match'],
    ['a prefix with a slash at its end', { PARAMETER_PREFIX: '/x/' }, 'got "/x/"'],
    ['a prefix without a slash at its start', { PARAMETER_PREFIX: 'x/y' }, 'got "x/y"'],
    ['a missing namePrefix', { NAME_PREFIX: undefined }, 'NAME_PREFIX must match'],
    ['an empty key', { TOKEN_KEY_ARN: '' }, 'got ""'],
    ['a missing key', { TOKEN_KEY_ARN: undefined }, 'got nothing. Deploy the stack again'],
  ])('is invalid for the refresher with %s, and the error names the variable', (_which, change, message) => {
    const error = {
      name: 'EnvironmentError',
      code: 'Environment',
      message: expect.stringContaining(message),
    };
    expect(() => readRefresherEnvironment({ ...REFRESHER, ...change })).toThrow(
      expect.objectContaining(error),
    );
  });

  it.each([{ ALARM_TOPIC_ARN: 'fake' }, { SCHEDULE_GROUP: 'a group' }, { SCHEDULE_GROUP: '' }])(
    'is invalid for the fleet monitor with %j, and the error names the variable',
    (change) => {
      const [name = ''] = Object.keys(change);
      expect(() => readFleetMonitorEnvironment({ ...FLEET_MONITOR, ...change })).toThrow(
        `${name} must match`,
      );
    },
  );
});
