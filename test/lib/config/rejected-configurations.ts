import { expect, test } from 'vitest';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { ConfigurationError } from '../../../lib/config/configuration-error.ts';
import { BOTH_BROKERS, KIS, KIWOOM } from '../synth.ts';

export const ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-kiwoom-AbCdEf';
export const ALL_WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const SEOUL_SESSION = { days: ['mon'], from: '09:00', to: '20:00', timeZone: 'Asia/Seoul' };

/** A configuration with a live Kiwoom key, which Kiwoom accepts only from a registered IP address. */
export const LIVE_KIWOOM = { credentials: [{ ...KIWOOM, market: 'live' }] };
export const VPC = {
  kind: 'vpc',
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['ap-northeast-2a', 'ap-northeast-2c'],
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
};

export const kis = (own: object): unknown => ({ credentials: [{ ...KIS, ...own }] });
export const kiwoom = (own: object): unknown => ({ credentials: [{ ...KIWOOM, ...own }] });

export function rejection(input: unknown): ConfigurationError {
  try {
    parseBrokerTokens(input);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The configuration was accepted');
}

type RejectedConfiguration = readonly [titlePart: string, input: unknown, path: string, expectedText: string];

/**
 * A row contains a part of the test title, an invalid value of a field, the expected part of `allowed` or
 * `fix`, and the path of the problem inside the field.
 */
type RejectionRow = readonly [titlePart: string, value: unknown, expectedText: string, pathInField?: string];

/** Returns one rejected configuration for each invalid value of a stack setting. */
export const stackRejections = (field: string, ...rows: readonly RejectionRow[]): RejectedConfiguration[] =>
  rows.map(([titlePart, value, expectedText, pathInField = '']) => [
    titlePart,
    { ...BOTH_BROKERS, [field]: value },
    `${field}${pathInField}`,
    expectedText,
  ]);

/** Returns one rejected configuration for each invalid value of a credential setting. */
export const credentialRejections = (
  of: typeof kis,
  field: string,
  ...rows: readonly RejectionRow[]
): RejectedConfiguration[] =>
  rows.map(([titlePart, value, expectedText, pathInField = '']) => [
    titlePart,
    of({ [field]: value }),
    `credentials[0].${field}${pathInField}`,
    expectedText,
  ]);

/**
 * Defines one test per configuration, which expects one problem with this path and this part of `allowed` or
 * `fix`.
 */
export function testRejections(rows: readonly RejectedConfiguration[]): void {
  test.for(rows)('parseBrokerTokens rejects %s', ([, input, path, expectedText]) => {
    const { problems } = rejection(input);
    expect(problems.map((each) => each.path)).toEqual([path]);
    expect(`${problems[0]?.allowed} | ${problems[0]?.fix}`).toContain(expectedText);
  });
}
