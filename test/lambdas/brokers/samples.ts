import { readFileSync } from 'node:fs';
import type { AppKey, BrokerReply } from '../../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';

/** Reads a sample reply of a broker; for the sources see test/fixtures/README.md. */
export function readSample(file: string): string {
  return readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), 'utf8');
}

export function reply(body: string | object, status = 200): BrokerReply {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/**
 * A fake app key (36 characters) and a fake app secret (180 characters), as long as the keys that KIS issues.
 */
export const KIS_KEY: AppKey = {
  appkey: 'PSFAKE00appkey00of00nobody0000000000',
  secret: `FAKE+secret/of/nobody+${'0123456789abcdefghij'.repeat(8)}`.slice(0, 180),
};

export const KIWOOM_KEY: AppKey = {
  appkey: 'FAKE-kiwoom-appkey-of-nobody-00000000000000',
  secret: 'FAKE-kiwoom-secretkey-of-nobody-00000000000',
};

/** Creates a JWT with this payload and an invalid signature. */
export function jwt(payload: unknown): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const part = (value: string) => Buffer.from(value).toString('base64url');
  return `${part('{"typ":"JWT","alg":"HS512"}')}.${part(text)}.FAKEsignature`;
}

export function brokerErrorOf(run: () => unknown): BrokerError {
  try {
    run();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('no BrokerError was thrown');
}

export const MAINTENANCE_PAGE = readSample('maintenance.html');

/** Returns the body of a Kiwoom reply whose message contains an error code. */
export const kiwoomError = (code: number) => ({ return_code: 3, return_msg: `FAKE[${code}:FAKE]` });

/** Returns the bodies in which Kiwoom returns one error code. */
export const kiwoomErrorForms = (code: number): object[] => [
  kiwoomError(code),
  { return_code: code, return_msg: 'FAKE' },
  { return_code: String(code) },
  { return_code: 3, return_msg: `FAKE CODE=${code}` },
];
