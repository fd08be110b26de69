import { describe, expect, it } from 'vitest';
import { readClaims } from '../../../lambdas/brokers/jwt.ts';
import { jwt, readSample } from './samples.ts';

describe('the parser of JWT tokens', () => {
  it('reads the claims of the JWT in the documented KIS sample', () => {
    const { access_token } = JSON.parse(readSample('kis/issue.json'));
    expect(readClaims(access_token)).toEqual({
      issuedAt: Date.UTC(2022, 0, 12, 8, 11, 40),
      expiresAt: Date.UTC(2022, 3, 12, 8, 11, 40),
      id: 'BSfS4AKRJzQTjfttmuvezuPQ9Jj77pvFv0YW',
    });
  });

  it.each<[title: string, payload: unknown, claims: ReturnType<typeof readClaims>]>([
    ['iat, exp and jti', { iat: 1, exp: 2, jti: 'k' }, claims(1000, 2000, 'k')],
    ['none of the claims', { sub: 'token' }, claims()],
    ['iat and exp at the epoch', { iat: 0, exp: 0 }, claims(0, 0)],
    ['fractions of a second, which it drops', { iat: 1.0009, exp: 2.0009 }, claims(1000, 2000)],
    ['an iat that is a text, which it ignores', { iat: '1', exp: 2, jti: 'k' }, claims(undefined, 2000, 'k')],
    ['an exp before the epoch, which it ignores', { exp: -1, jti: 'k' }, claims(undefined, undefined, 'k')],
    ['an infinite exp, which it ignores', '{"iat":1,"exp":1e999}', claims(1000)],
    ['a jti that is a number, which it ignores', { exp: 2, jti: 7 }, claims(undefined, 2000)],
    ['an iat that is null, which it ignores', { iat: null, exp: 2 }, claims(undefined, 2000)],
  ])('reads from a JWT %s', (_title, payload, expected) => {
    expect(readClaims(jwt(payload))).toEqual(expected);
  });

  it.each<[title: string, token: string]>([
    ['an opaque token', 'WQJCwyqInphKnR3bSRtB9NE1lv'],
    ['a token of two parts', 'a.b'],
    ['a token of four parts', `${jwt({ exp: 2 })}.d`],
    ['a payload that is null', jwt('null')],
    ['a payload that is a text', jwt('"exp"')],
    ['an empty payload', 'a..c'],
  ])('reads no claims from %s', (_title, token) => {
    expect(readClaims(token)).toBeUndefined();
  });
});

function claims(issuedAt?: number, expiresAt?: number, id?: string) {
  return { issuedAt, expiresAt, id };
}
