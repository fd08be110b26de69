import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { findTokensCommands } from '../docs/commands.ts';
import { stateOf } from './alarm-states.ts';
import { readOptions, USAGE } from './options.ts';
import { practiceText } from './practice.ts';
import { CREDENTIAL_IDS, runOf, secretValue } from './settings.ts';

describe('the command line of "npm run test:aws"', () => {
  it('requires a confirmation in an account, but not in an emulator', () => {
    expect(readOptions([])).toMatchObject({ yes: false, emulator: false, keep: false });
    expect(readOptions(['--yes'])).toMatchObject({ yes: true, emulator: false });
    expect(readOptions(['--emulator'])).toMatchObject({ yes: true, emulator: true, keep: false });
    expect(readOptions(['--emulator', '--yes', '--keep'])).toMatchObject({ yes: true, keep: true });
  });

  it('rejects "--keep" without "--emulator", because a stack that is not deleted costs money', () => {
    expect(readOptions(['--keep', '--yes'])).toMatch(/^--keep needs --emulator/);
  });

  it('lists the options if "--help" is passed', () => {
    expect(readOptions(['--help'])).toBe(USAGE);
    expect(readOptions(['--kept'])).toContain(USAGE);
  });
});

describe('the text that "npm run test:aws -- --keep" prints', () => {
  const run = runOf('3fa09c');
  const needed = {
    AWS_ENDPOINT_URL: 'https://127.0.0.1:4566',
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    NODE_EXTRA_CA_CERTS: '/FAKE/certificate.pem',
  };
  const text = practiceText(run, { ...needed, HOME: '/FAKE/home' }, 'consumer-function');

  it('sets every variable that the command line and the AWS CLI need', () => {
    const exports = text.matchAll(/^ {2}export (\w+)=(.*)$/gm);
    expect(Object.fromEntries([...exports].map(([, name, value]) => [name, value]))).toEqual({
      ...needed,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      AWS_CA_BUNDLE: '/FAKE/certificate.pem',
      BROKER_TOKENS_STACK: run.stack,
      BROKER_TOKENS_PREFIX: run.parameterPrefix,
    });
  });

  it('names every credential, and contains both an accepted and a rejected app key', () => {
    for (const id of CREDENTIAL_IDS) expect(text).toMatch(new RegExp(`\\b${id}\\b`));
    const keys = [...text.matchAll(/echo '(.+)' \| npm run tokens -- credentials put (\w+) --stdin/g)];
    expect(keys.map(([, json = '', id]) => [id, JSON.parse(json)])).toEqual([
      ['created', secretValue('created')],
      ['rejected', secretValue('rejected')],
      ['kis', secretValue('kis', 'FAKE-REJECTED')],
      ['kis', secretValue('kis')],
    ]);
  });

  it('contains the commands "status" and "doctor"', () => {
    expect(findTokensCommands(text)).toEqual(expect.arrayContaining([['status'], ['doctor']]));
  });
});

describe('in the emulator of "npm run test:aws",', () => {
  const alarm: MetricAlarm = {
    Namespace: 'BrokerTokens',
    MetricName: 'FailureLevel',
    Dimensions: [
      { Name: 'service', Value: 'refresher' },
      { Name: 'credential', Value: 'kis' },
    ],
    Statistic: 'Maximum',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 2,
    Period: 240,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 1,
    TreatMissingData: 'ignore',
  };

  it.each([
    ['is ALARM at a breaching data point of its credential', 'kis', 2, 'ALARM'],
    ['is OK at a data point within the threshold', 'kis', 0, 'OK'],
    ['ignores the data points of other credentials', 'rejected', 2, undefined],
  ] as const)('an alarm %s', (_title, credential, value, state) => {
    const metric = { namespace: 'BrokerTokens', name: 'FailureLevel', unit: 'Count' };
    const point = {
      ...metric,
      value,
      dimensions: { credential, service: 'refresher' },
      at: new Date(60_000),
    };
    expect(stateOf(alarm, [point], { from: 0, until: 180_000 })).toBe(state);
  });
});
