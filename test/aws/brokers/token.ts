import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The content of a token of the test brokers. Instants are in epoch milliseconds. */
export interface TestToken {
  readonly appkey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Creates a JWT (RFC 7519, HS256). The test brokers store no tokens, so the token contains all data that the
 * brokers need. The claim `jti` is the app key, as in a token of KIS. The claim `ms` is the issue time in
 * milliseconds, which orders tokens that are issued in the same second.
 */
export function signToken(signingKey: string, { appkey, issuedAt, expiresAt }: TestToken): string {
  const claims = {
    iss: 'test-aws',
    jti: appkey,
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor(expiresAt / 1000),
    ms: issuedAt,
    nonce: randomBytes(6).toString('hex'),
  };
  const content = [{ typ: 'JWT', alg: 'HS256' }, claims].map(encode).join('.');
  return `${content}.${signatureOf(signingKey, content)}`;
}

/** Returns the content of a token, or undefined if the token is not signed with `signingKey`. */
export function readToken(signingKey: string, token: string): TestToken | undefined {
  const [header, payload, signature = ''] = token.split('.');
  if (header === undefined || payload === undefined) return undefined;
  const expected = Buffer.from(signatureOf(signingKey, `${header}.${payload}`));
  const actualSignature = Buffer.from(signature);
  if (actualSignature.length !== expected.length || !timingSafeEqual(actualSignature, expected))
    return undefined;
  const { jti, ms, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
    readonly jti: string;
    readonly ms: number;
    readonly exp: number;
  };
  return { appkey: jti, issuedAt: ms, expiresAt: exp * 1000 };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function signatureOf(signingKey: string, content: string): string {
  return createHmac('sha256', signingKey).update(content).digest('base64url');
}
