import { describe, expect, it } from 'vitest';
import { ForeignEndpointError } from '../../../lambdas/brokers/endpoints.ts';
import { BrokerTokensError } from '../../../lambdas/shared/broker-tokens-error.ts';
import { fingerprint } from '../../../lambdas/shared/fingerprint.ts';
import {
  appKeyVariable,
  CREDENTIAL_ID_PATTERN,
  DEFAULT_PARAMETER_PREFIX,
  fleetParameterName,
  fleetScheduleGroup,
  METRICS,
  parameterNames,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../../../lambdas/shared/names.ts';

describe('The names in lambdas/shared/names.ts', () => {
  it('contain the documented names of the three parameters of a credential', () => {
    const { token, state, config } = parameterNames(DEFAULT_PARAMETER_PREFIX, 'kis-main');
    expect(token).toBe('/broker-tokens/kis-main/token');
    expect([state, config]).toEqual(['/broker-tokens/kis-main/state', '/broker-tokens/kis-main/config']);
  });

  it('contain the documented environment variables of a consumer', () => {
    const { credential, prefix } = READER_ENVIRONMENT;
    expect([credential, prefix]).toEqual(['BROKER_TOKENS_CREDENTIAL', 'BROKER_TOKENS_PREFIX']);
    expect(reportTopicVariable('kis-main-2')).toBe('BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN_2');
    expect(appKeyVariable('kis-main-2')).toBe('BROKER_TOKENS_APP_KEY_KIS_MAIN_2');
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

  it.each<[id: string, good: boolean]>([
    ['kis-main', true],
    ['-', true],
    ['k'.repeat(40), true],
    ['k'.repeat(41), false],
    ['', false],
    ['kis_main', false],
    ['kis/main', false],
    ['kis\n', false],
  ])('allow "%s" as the id of a credential: %s', (id, good) => {
    expect(CREDENTIAL_ID_PATTERN.test(id)).toBe(good);
  });
});

it('a fingerprint is the first 12 hex digits of SHA-256 of the text as UTF-8', () => {
  expect(fingerprint('abc')).toBe('ba7816bf8f01');
  expect(fingerprint('FAKE-토큰')).toBe('790ddac44ff1');
});

it('an error of this project has a name, a code and a cause', () => {
  const cause = new Error('FAKE');
  const error = new ForeignEndpointError('what happened', { cause });
  expect(error).toBeInstanceOf(BrokerTokensError);
  expect(error).toMatchObject({ name: 'ForeignEndpointError', code: 'ForeignEndpoint', cause });
  expect(String(error)).toBe('ForeignEndpointError: what happened');
});
