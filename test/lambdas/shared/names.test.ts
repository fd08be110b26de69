import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ForeignEndpointError } from '../../../lambdas/brokers/endpoints.ts';
import { BrokerTokensError } from '../../../lambdas/shared/broker-tokens-error.ts';
import { fingerprint } from '../../../lambdas/shared/fingerprint.ts';
import {
  appKeyVariable,
  BROKER_URL_ENVIRONMENT,
  CREDENTIAL_ID_PATTERN,
  CREDENTIAL_TAG,
  DEFAULT_PARAMETER_PREFIX,
  ENVIRONMENT,
  fleetParameterName,
  fleetScheduleGroup,
  METRICS,
  parameterNames,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../../../lambdas/shared/names.ts';

describe('The names in lambdas/shared/names.ts', () => {
  it('contain the documented names of the three parameters of a credential', () => {
    expect(parameterNames(DEFAULT_PARAMETER_PREFIX, 'kis-main')).toEqual({
      token: '/broker-tokens/kis-main/token',
      state: '/broker-tokens/kis-main/state',
      config: '/broker-tokens/kis-main/config',
    });
  });

  it('contain the documented environment variables of a consumer', () => {
    expect(READER_ENVIRONMENT).toEqual({
      credential: 'BROKER_TOKENS_CREDENTIAL',
      prefix: 'BROKER_TOKENS_PREFIX',
    });
    expect(reportTopicVariable('kis-main-2')).toBe('BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN_2');
    expect(appKeyVariable('kis-main-2')).toBe('BROKER_TOKENS_APP_KEY_KIS_MAIN_2');
  });

  it('contain the documented environment variables of the functions', () => {
    expect(ENVIRONMENT).toEqual({
      parameterPrefix: 'PARAMETER_PREFIX',
      namePrefix: 'NAME_PREFIX',
      tokenKeyArn: 'TOKEN_KEY_ARN',
      scheduleGroup: 'SCHEDULE_GROUP',
      alarmTopicArn: 'ALARM_TOPIC_ARN',
    });
    expect(BROKER_URL_ENVIRONMENT).toEqual({
      kis: { live: 'BROKER_URL_KIS_LIVE', paper: 'BROKER_URL_KIS_PAPER' },
      kiwoom: { live: 'BROKER_URL_KIWOOM_LIVE', paper: 'BROKER_URL_KIWOOM_PAPER' },
    });
  });

  it('contain the documented metrics, their namespace and their dimensions', () => {
    expect(METRICS).toMatchObject({
      namespace: 'BrokerTokens',
      serviceDimension: 'service',
      credentialDimension: 'Credential',
      stackDimension: 'Stack',
      secondsToExpiry: 'SecondsToExpiry',
      headroom: 'Headroom',
      failureLevel: 'FailureLevel',
      fleetHeadroom: 'FleetHeadroom',
      fleetFailureLevel: 'FleetFailureLevel',
      issued: 'Issued',
      refusedMessages: 'RefusedMessages',
    });
  });

  it('contain the documented parameter and schedule group of a fleet', () => {
    expect(fleetParameterName(DEFAULT_PARAMETER_PREFIX)).toBe('/broker-tokens/fleet');
    expect(fleetScheduleGroup('BrokerTokens')).toBe('BrokerTokens-fleet');
  });

  it('contain the documented tag of a credential', () => {
    expect(CREDENTIAL_TAG).toBe('broker-tokens:credential');
  });

  it.each<[id: string, good: boolean]>([
    ['kis-main', true],
    ['0', true],
    ['-', true],
    ['k'.repeat(40), true],
    ['k'.repeat(41), false],
    ['', false],
    ['KIS', false],
    ['kis_main', false],
    ['kis/main', false],
    ['kis main', false],
    ['키움', false],
    ['kis\n', false],
  ])('allow "%s" as the id of a credential: %s', (id, good) => {
    expect(CREDENTIAL_ID_PATTERN.test(id)).toBe(good);
  });
});

it('a fingerprint is the first 12 hex digits of SHA-256 of the token', () => {
  expect(fingerprint('abc')).toBe('ba7816bf8f01');
  expect(fingerprint('FAKE-토큰')).toBe(
    createHash('sha256').update('FAKE-토큰', 'utf8').digest('hex').slice(0, 12),
  );
});

it('an error of this project has a name, a code and a cause', () => {
  const cause = new Error('FAKE');
  const error = new ForeignEndpointError('what happened', { cause });
  expect(error).toBeInstanceOf(BrokerTokensError);
  expect(error).toMatchObject({ name: 'ForeignEndpointError', code: 'ForeignEndpoint', cause });
  expect(String(error)).toBe('ForeignEndpointError: what happened');
});
