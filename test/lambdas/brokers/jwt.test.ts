import { describe, expect, it } from 'vitest';
import { readClaims } from '../../../lambdas/brokers/jwt.ts';
import { jwt, sample } from './samples.ts';

describe('What a token says of itself', () => {
  it('is read from KIS’s own sample', () => {
    const { access_token } = JSON.parse(sample('kis/issue.json'));
    expect(readClaims(access_token)).toEqual({
      issuedAt: Date.UTC(2022, 0, 12, 8, 11, 40),
      expiresAt: Date.UTC(2022, 3, 12, 8, 11, 40),
      id: 'BSfS4AKRJzQTjfttmuvezuPQ9Jj77pvFv0YW',
    });
  });

  it.each<[sentence: string, payload: unknown, claims: ReturnType<typeof readClaims>]>([
    ['an issue time, an end and an owner', { iat: 1, exp: 2, jti: 'k' }, claims(1000, 2000, 'k')],
    ['none of them', { sub: 'token' }, claims()],
    ['an end only', { exp: 2 }, claims(undefined, 2000)],
    ['the epoch itself', { iat: 0, exp: 0 }, claims(0, 0)],
    ['fractions of a second are cut: instants are whole', { iat: 1.0009, exp: 2.0009 }, claims(1000, 2000)],
    [
      'an issue time that is text does not hide the rest',
      { iat: '1', exp: 2, jti: 'k' },
      claims(undefined, 2000, 'k'),
    ],
    ['an end before the epoch does not either', { exp: -1, jti: 'k' }, claims(undefined, undefined, 'k')],
    ['nor one without end', '{"iat":1,"exp":1e999}', claims(1000)],
    ['nor an owner that is no text', { exp: 2, jti: 7 }, claims(undefined, 2000)],
    ['nor a null', { iat: null, exp: 2 }, claims(undefined, 2000)],
  ])('%s', (_sentence, payload, expected) => {
    expect(readClaims(jwt(payload))).toEqual(expected);
  });

  it.each<[sentence: string, token: string]>([
    ['an opaque token', 'WQJCwyqInphKnR3bSRtB9NE1lv'],
    ['a token cut short with dots, as Kiwoom’s documents print it', 'WQJCwyqInphKnR3bSRtB9NE1lv...'],
    ['two parts', 'a.b'],
    ['four parts', `${jwt({ exp: 2 })}.d`],
    ['three parts that are not JSON', 'a.b.c'],
    ['a payload that is null', jwt('null')],
    ['a payload that is text', jwt('"exp"')],
    ['a payload that is broken', jwt('{"exp":2')],
    ['an empty payload', 'a..c'],
  ])('%s says nothing', (_sentence, token) => {
    expect(readClaims(token)).toBeUndefined();
  });
});

function claims(issuedAt?: number, expiresAt?: number, id?: string) {
  return { issuedAt, expiresAt, id };
}
