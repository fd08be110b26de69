import { describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  readFleetMonitorEnvironment,
  readRefresherEnvironment,
} from '../../../lambdas/shared/environment.ts';

const good = {
  PARAMETER_PREFIX: '/broker-tokens',
  NAME_PREFIX: 'BrokerTokens',
  TOKEN_KEY_ARN: 'arn:aws:kms:x',
};

describe('The environment of the function', () => {
  it('is read from three environment variables if the function is the refresher', () => {
    expect(readRefresherEnvironment(good)).toEqual({
      parameterPrefix: '/broker-tokens',
      namePrefix: 'BrokerTokens',
      tokenKeyArn: 'arn:aws:kms:x',
    });
  });

  it.each([
    ['a missing prefix', { ...good, PARAMETER_PREFIX: undefined }, 'PARAMETER_PREFIX must match'],
    ['a prefix with a slash at its end', { ...good, PARAMETER_PREFIX: '/x/' }, 'got "/x/"'],
    ['a prefix without a slash at its start', { ...good, PARAMETER_PREFIX: 'x/y' }, 'got "x/y"'],
    ['a missing namePrefix', { ...good, NAME_PREFIX: undefined }, 'NAME_PREFIX must match'],
    ['an empty key', { ...good, TOKEN_KEY_ARN: '' }, 'got ""'],
    ['a missing key', { ...good, TOKEN_KEY_ARN: undefined }, 'got nothing. Deploy the stack again'],
  ])(
    'with %s is invalid, and the error contains the name of the variable',
    (_which, environment, message) => {
      expect(() => readRefresherEnvironment(environment)).toThrow(EnvironmentError);
      expect(() => readRefresherEnvironment(environment)).toThrow(
        expect.objectContaining({ code: 'Environment' }),
      );
      expect(() => readRefresherEnvironment(environment)).toThrow(message);
    },
  );

  it('contains a schedule group and an alarm topic if the function is the fleet monitor', () => {
    const ALARM_TOPIC_ARN = 'arn:aws:sns:ap-northeast-2:123456789012:fake';
    const environment = { ...good, SCHEDULE_GROUP: 'fake-group', ALARM_TOPIC_ARN };
    expect(() => readFleetMonitorEnvironment({ ...environment, ALARM_TOPIC_ARN: 'fake' })).toThrow(
      'ALARM_TOPIC_ARN must match',
    );
    expect(readFleetMonitorEnvironment(environment)).toEqual({
      parameterPrefix: '/broker-tokens',
      namePrefix: 'BrokerTokens',
      scheduleGroup: 'fake-group',
      alarmTopicArn: ALARM_TOPIC_ARN,
    });
    expect(() => readFleetMonitorEnvironment({ ...environment, SCHEDULE_GROUP: 'a group' })).toThrow(
      'SCHEDULE_GROUP',
    );
    expect(() => readFleetMonitorEnvironment({ ...environment, SCHEDULE_GROUP: '' })).toThrow(
      'SCHEDULE_GROUP',
    );
  });
});
