import type { IssuedToken, Verdict } from '../../../lambdas/brokers/broker.ts';
import type { DecisionLine, Refreshed } from '../../../lambdas/refresher/ports.ts';
import { refresh } from '../../../lambdas/refresher/refresh.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { fingerprint } from '../../../lambdas/shared/fingerprint.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import type { StoredSecret } from '../../../lambdas/store/secrets.ts';
import { CONFIG, HEALTHY, HOUR, KIS, KIWOOM, kst, TOKEN } from './facts.ts';

/** 20:00 in Korea: the token of `facts.ts` is eleven hours old. */
export const NOW = kst('20:00', '2026-11-19');
export const OLD = 'FAKE-old-token';
export const NEW = 'FAKE-new-token';
/** The published one, as it belongs to OLD. */
export const PUBLISHED = { ...TOKEN, fingerprint: fingerprint(OLD) };
export const LIVING: State = { ...HEALTHY, published: PUBLISHED };
/** The same when it should be renewed. */
export const DUE: State = { ...LIVING, published: { ...PUBLISHED, renewAt: NOW, expiresAt: NOW + HOUR } };

export interface RoomOptions {
  readonly state?: State;
  readonly config?: Partial<CredentialConfig>;
  readonly token?: string | undefined;
  readonly unreadable?: string;
  /** Answers of the broker, the first one first; the last one again and again. A thrown one is an error. */
  readonly issue?: readonly (IssuedToken | Error)[];
  readonly verify?: Verdict;
  readonly revoke?: Error;
  readonly secret?: StoredSecret | Error;
  /** Which writes AWS refuses, by the number of the write. */
  readonly refuse?: (write: 'token' | 'state', number: number) => Error | undefined;
}

export const issued = (token: string, changes: Partial<IssuedToken> = {}): IssuedToken => ({
  token,
  tokenType: 'Bearer',
  expiresAt: NOW + 24 * HOUR,
  ...changes,
});

/** The use case among ports that only remember what they were asked, in order. */
export function room(options: RoomOptions = {}) {
  const calls: string[] = [];
  const lines: DecisionLine[] = [];
  const told: Refreshed[] = [];
  const config: CredentialConfig = { ...CONFIG, ...options.config };
  let now = NOW;
  let state = options.state ?? LIVING;
  let token = 'token' in options ? options.token : OLD;
  const answers = [...(options.issue ?? [issued(NEW)])];
  const writes = { token: 0, state: 0 };
  const write = (what: 'token' | 'state') => {
    writes[what] += 1;
    const refusal = options.refuse?.(what, writes[what]);
    if (refusal) throw refusal;
  };
  const contract = config.broker === 'kis' ? KIS : KIWOOM;

  const deliver = (message: InboxMessage, messageId = 'm-1') =>
    refresh(
      { message, messageId, deadline: now + 450_000 },
      {
        store: {
          read: async () => {
            calls.push('read');
            return { config, state, ...(options.unreadable && { unreadable: options.unreadable }) };
          },
          readToken: async () => {
            calls.push('read token');
            return token;
          },
          writeToken: async (_id, next) => {
            calls.push(`write token ${next}`);
            write('token');
            token = next;
          },
          writeState: async (_id, next) => {
            calls.push(`write state ${next.attempt?.outcome}${next.dead ? ' dead' : ''}`);
            write('state');
            state = next;
          },
        },
        secrets: {
          read: async () => {
            calls.push('read secret');
            const secret = options.secret ?? {
              key: { appkey: 'FAKE-key', secret: 'FAKE-secret' },
              version: 'v1',
            };
            if (secret instanceof Error) throw secret;
            return secret;
          },
        },
        connect: () => ({
          contract,
          secretFields: { appkey: 'appkey', secret: 'appsecret' },
          issue: async () => {
            calls.push('issue');
            const answer = answers.length > 1 ? answers.shift() : answers[0];
            if (answer === undefined || answer instanceof Error) throw answer;
            return answer;
          },
          revoke: async (_key, revoked) => {
            calls.push(`revoke ${revoked}`);
            if (options.revoke) throw options.revoke;
          },
          verify: async (_key, tried) => {
            calls.push(`verify ${tried}`);
            return options.verify ?? { is: 'alive' };
          },
        }),
        clock: {
          now: () => now,
          sleepUntil: async (instant) => {
            calls.push(`sleep ${(instant - now) / 1000} s`);
            now = instant;
          },
        },
        report: (line) => lines.push(line),
        beforeSleep: (soFar) => told.push(soFar),
      },
    );
  return {
    calls,
    lines,
    told,
    /** What is left when it is over. */
    rest: {
      get state() {
        return state;
      },
      get token() {
        return token;
      },
    },
    deliver,
    tick: () => deliver({ credential: config.id, cause: 'schedule' }),
  };
}
