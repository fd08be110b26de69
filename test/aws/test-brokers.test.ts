import { describe, expect, it } from 'vitest';
import type { AppKey, BrokerRequest } from '../../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import type { AsyncRequestFunction } from '../../simulator/http.ts';
import type { Invalidations } from './brokers/invalidations.ts';
import { createTestBrokers, REJECTION_MARKER } from './brokers/test-brokers.ts';
import { readToken, signToken } from './brokers/token.ts';

const NOW = Date.parse('2026-11-22T00:00:00.250Z');
const DAY = 24 * 60 * 60 * 1000;
const KEY: AppKey = { appkey: 'FAKEappkey', secret: 'FAKE-secret' };

describe('a test broker of test:aws', () => {
  const token = { appkey: 'FAKEappkey', issuedAt: NOW, expiresAt: Date.parse('2026-11-23T00:00:00Z') };

  it('signs a token that contains its app key, its issue time and its expiry', () => {
    const signed = signToken('FAKE-signing-key', token);
    expect(readToken('FAKE-signing-key', signed)).toEqual(token);
    const claims = JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ jti: 'FAKEappkey', iat: 1795305600, exp: 1795392000 });
  });

  it('signs different tokens in the same instant', () => {
    expect(signToken('FAKE-signing-key', token)).not.toBe(signToken('FAKE-signing-key', token));
  });

  it('accepts no token that was changed or signed with a different key', () => {
    const signed = signToken('FAKE-signing-key', token);
    expect(readToken('FAKE-other-key', signed)).toBeUndefined();
    const [header, , signature] = signed.split('.');
    const forged = Buffer.from(JSON.stringify({ jti: 'other', ms: NOW, exp: 9e9 })).toString('base64url');
    expect(readToken('FAKE-signing-key', `${header}.${forged}.${signature}`)).toBeUndefined();
    expect(readToken('FAKE-signing-key', 'no token')).toBeUndefined();
  });
});

/** Creates invalidations in memory, which all environments share. */
function createInvalidations(): Invalidations {
  const values = new Map<string, number>();
  return {
    read: async (appkey) => values.get(appkey) ?? 0,
    write: async (appkey, upTo) => void values.set(appkey, upTo),
  };
}

/**
 * Creates the test brokers of two execution environments, which share only the signing key and the
 * invalidations.
 */
function createEnvironments(now = () => NOW) {
  const shared = { signingKey: 'FAKE-signing-key', invalidations: createInvalidations(), now };
  return [createTestBrokers(shared), createTestBrokers(shared)] as const;
}

async function call(brokers: AsyncRequestFunction, request: BrokerRequest) {
  const { status, body } = await brokers({
    ...request,
    body: request.body ?? '',
    remoteAddress: '127.0.0.1',
  });
  return { status, body };
}

describe.each<BrokerId>(['kis', 'kiwoom'])('the test broker of %s', (id) => {
  const broker = BROKERS_BY_ID[id];
  const issue = async (brokers: AsyncRequestFunction, key = KEY) =>
    broker.readIssueReply(await call(brokers, broker.issueRequest(key)), key);
  const verdict = async (brokers: AsyncRequestFunction, token: string) =>
    broker.readVerifyReply(await call(brokers, broker.verifyRequest(KEY, token)), []).verdict;

  it('issues a token that a test broker in a different process accepts until it expires', async () => {
    let now = NOW;
    const [one, other] = createEnvironments(() => now);
    const { token, expiresAt } = await issue(one);
    expect(expiresAt).toBe(Math.floor((NOW + DAY) / 1000) * 1000);
    expect(await verdict(other, token)).toBe('alive');
    now += DAY;
    expect(await verdict(other, token)).toBe('dead');
  });

  it('revokes a token for the test brokers of all processes, and accepts the next token', async () => {
    let now = NOW;
    const [one, other] = createEnvironments(() => now);
    const { token } = await issue(one);
    broker.readRevokeReply(await call(one, broker.revokeRequest(KEY, token)), []);
    expect(await verdict(other, token)).toBe('dead');
    now += 1;
    const { token: next } = await issue(other);
    expect(await verdict(one, next)).toBe('alive');
    expect(await verdict(one, token)).toBe('dead');
  });

  it('rejects an app secret that contains the marker for rejection', async () => {
    const [brokers] = createEnvironments();
    const rejected = issue(brokers, { ...KEY, secret: `FAKE-${REJECTION_MARKER}` });
    await expect(rejected).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('rejects a token that it did not sign', async () => {
    const [brokers] = createEnvironments();
    expect(await verdict(brokers, 'FAKE-token')).toBe('dead');
  });
});
