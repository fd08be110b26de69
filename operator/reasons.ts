import type { Decision, HoldReason, WaitReason } from '../lambdas/refresher/decide.ts';
import type { DueReason, KeepReason } from '../lambdas/refresher/due.ts';
import { marginOf } from '../lambdas/refresher/renewal.ts';
import { type Credential, contractOf } from './credentials.ts';
import { at, span } from './time.ts';
import { BROKER_NAME, OUTCOME } from './words.ts';

interface Told {
  readonly credential: Credential;
  readonly now: number;
}

type Sentence = (told: Told) => string;

const broker = ({ credential }: Told): string => BROKER_NAME[credential.config.broker];

const published = ({ credential }: Told) => credential.state.published;

const moment = (instant: number | undefined, { now }: Told): string =>
  instant === undefined ? 'an unknown time' : at(instant, now);

/** Why nothing is to be done. */
const KEEP: Readonly<Record<KeepReason, Sentence>> = {
  Fresh: (told) =>
    `The published token works, and its renewal is not due before ${moment(published(told)?.renewAt, told)}.`,
  Rejected: () =>
    'Somebody reported that the token was rejected: the refresher first tries it at the broker itself.',
  AlreadyReplaced: () => 'The reported token was replaced already.',
  StillAlive: (told) =>
    `A report said that the token was rejected, but ${broker(told)} takes it from the refresher: the reporter most likely leaves by another address, or keeps an old token.`,
  Unverified: () =>
    'A report said that the token was rejected, and the broker could not be asked: the next tick asks again.',
};

/** Why a new token is wanted. */
const DUE: Readonly<Record<DueReason, Sentence>> = {
  Missing: () => 'No token has been published yet.',
  Interrupted: ({ credential }) =>
    credential.unreadable === undefined
      ? 'The last attempt was cut short, and nobody knows how it ended: the broker is asked again.'
      : 'The state parameter was damaged: the broker is asked again.',
  TokenDead: () => 'The published token is known not to work any more.',
  CredentialsChanged: () => 'The secret was changed since this token was issued.',
  Forced: () => 'Somebody asked for a new token.',
  Expired: (told) => `The published token expired ${moment(published(told)?.expiresAt, told)}.`,
  NearExpiry: (told) =>
    `The published token ends ${moment(published(told)?.expiresAt, told)}, and its renewal has been due since ${moment(published(told)?.renewAt, told)}.`,
  NearExpiryFailOpen: (told) =>
    `The published token ends ${moment(published(told)?.expiresAt, told)}. No instant outside of the sessions was left for its renewal, and a change within one is better than a dead token.`,
};

/** Why the broker is not asked yet. */
const WAIT: Readonly<Record<WaitReason, Sentence>> = {
  TooSoon: (told) =>
    `${broker(told)} takes one call in ${span(contractOf(told.credential).minimumInterval)}, and the last one was ${moment(told.credential.state.lastCallAt, told)}.`,
  WouldReuse: (told) => {
    const window = contractOf(told.credential).reuseWindow;
    const came = told.credential.state.attempt?.outcome === 'unchanged' ? ' It just did.' : '';
    return `${broker(told)} hands back the same token${window === undefined ? '' : ` for ${span(window)} after its issue`}.${came}`;
  },
  AwaitExpiry: (told) =>
    `${broker(told)} handed back the same token when asked, so it seems to keep one to its end: ${moment(published(told)?.expiresAt, told)}.`,
  BudgetSpent: ({ credential }) =>
    `The ${credential.config.maxIssuesPerDay} issue calls of 24 hours (maxIssuesPerDay) are spent. With less than half of the margin left, or no living token, one call per look is made all the same.`,
  BackingOff: ({ credential }) => {
    const outcome = credential.state.attempt?.outcome;
    return `Last time ${outcome === undefined ? 'it failed' : OUTCOME[outcome]}: it is not asked at every look.`;
  },
};

/** Why only a person can go on. */
const HOLD: Readonly<Record<HoldReason, Sentence>> = {
  Paused: () => 'It was revoked on request and is paused: nothing is issued until somebody resumes it.',
  CredentialsRejected: (told) =>
    `${broker(told)} refused the key (${told.credential.state.attempt?.brokerCode ?? 'no code'}). It is asked again at once when the secret changes, or by a refresh.`,
};

/** The reasons of a decision as sentences: why a token is due, or is not; and why the broker is not asked yet. */
export function because(decision: Decision, credential: Credential, now: number): readonly string[] {
  const told = { credential, now };
  switch (decision.action) {
    case 'keep':
      return [KEEP[decision.reason](told)];
    case 'issue':
      return [DUE[decision.reason](told)];
    case 'wait':
      return [DUE[decision.due](told), WAIT[decision.reason](told)];
    case 'hold':
      return [
        decision.due === 'Rejected' ? KEEP.Rejected(told) : DUE[decision.due](told),
        HOLD[decision.reason](told),
      ];
  }
}

/** Why the broker may not be asked, without why a token is wanted. */
export function obstacle(
  decision: Decision & { action: 'wait' | 'hold' },
  credential: Credential,
  now: number,
): string {
  const told = { credential, now };
  return decision.action === 'wait' ? WAIT[decision.reason](told) : HOLD[decision.reason](told);
}

/** What a look does, as `…` in "the next look …". */
export function deed(decision: Decision, credential: Credential): string {
  const { config } = credential;
  switch (decision.action) {
    case 'keep':
      return decision.reason === 'Rejected'
        ? `tries the token at ${BROKER_NAME[config.broker]}`
        : 'keeps the token';
    case 'issue':
      return config.renewEarly === 'revoke' && decision.reason.startsWith('NearExpiry')
        ? 'revokes the token and asks for a new one'
        : `asks ${BROKER_NAME[config.broker]} for a new token`;
    case 'wait':
      return 'waits: a new token is due, but may not be asked for yet';
    case 'hold':
      return decision.reason === 'Paused' ? 'leaves it paused' : 'holds: a person is needed';
  }
}

/** How long before its end this token is renewed, milliseconds. */
export function marginFor({ config, state }: Credential): number | undefined {
  return state.published && marginOf(state.published, config.renewBeforeSeconds * 1000);
}
