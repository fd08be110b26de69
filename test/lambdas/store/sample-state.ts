import type { PublishedToken, State } from '../../../lambdas/shared/state.ts';
import { publishedToken } from '../../sample-state.ts';

export const AT = Date.UTC(2026, 10, 21);
export const PUBLISHED_TOKEN: PublishedToken = publishedToken('FAKE-token', AT);

/** A state with a published token. */
export const STATE: State = {
  generation: 41,
  published: PUBLISHED_TOKEN,
  lastCallAt: AT,
  calledWith: 'abcdef012345',
  issues: [AT],
  attempt: { at: AT, cause: 'schedule', messageId: 'm-1', kind: 'issue', outcome: 'published', failures: 0 },
  verifiedAt: AT,
};

/** The content of the state parameter for `STATE`. */
export const JSON_STATE = {
  version: 2,
  generation: 41,
  fingerprint: PUBLISHED_TOKEN.fingerprint,
  tokenType: 'Bearer',
  issuedAt: '2026-11-21T00:00:00.000Z',
  expiresAt: '2026-11-22T00:00:00.000Z',
  renewAt: '2026-11-21T23:00:00.000Z',
  tokenVersion: 1,
  health: 'live',
  issuedFor: PUBLISHED_TOKEN.issuedFor,
  lastCallAt: '2026-11-21T00:00:00.000Z',
  calledWith: 'abcdef012345',
  issues: ['2026-11-21T00:00:00.000Z'],
  attempt: {
    at: '2026-11-21T00:00:00.000Z',
    cause: 'schedule',
    messageId: 'm-1',
    kind: 'issue',
    outcome: 'published',
    failures: 0,
  },
  verifiedAt: '2026-11-21T00:00:00.000Z',
};
