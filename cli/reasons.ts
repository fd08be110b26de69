import type { Decision, DueReason } from '../lambdas/decision/facts.ts';
import { MAX_REVOCATIONS } from '../lambdas/decision/gate.ts';
import { renewalRulesOf } from '../lambdas/decision/health.ts';
import { marginOf } from '../lambdas/decision/renewal.ts';
import { brokerContractOf, type Credential } from './credentials.ts';
import { BROKER_DISPLAY_NAME, describeAttempt, endSentence } from './labels.ts';
import type { Prediction } from './predict.ts';
import { at, formatSpan } from './time.ts';

export type Reason = DueReason | Decision['reason'];

interface ReasonSubject {
  readonly credential: Credential;
  readonly now: number;
}

const broker = ({ credential }: ReasonSubject): string => BROKER_DISPLAY_NAME[credential.config.broker];

const published = ({ credential }: ReasonSubject) => credential.state.published;

const timeText = (instant: number | undefined, { now }: ReasonSubject): string =>
  instant === undefined ? 'at an unknown time' : at(instant, now);

const REASON_SENTENCES: Readonly<Record<Reason, (subject: ReasonSubject) => string>> = {
  Interrupted: () => 'The state parameter is damaged, so a new token is needed.',
  Missing: () => 'No token has been published yet.',
  CredentialsChanged: () =>
    'The published token was issued for a different app key, secret, broker or market than the current one.',
  ParameterLost: () => 'The token parameter does not contain the published token, which cannot be restored.',
  TokenDead: (subject) =>
    `The published token is dead: ${broker(subject)} rejects it.${describeReturnedToken(subject)}`,
  Forced: () => 'A new token was requested.',
  Expired: (subject) => `The published token expired ${timeText(published(subject)?.expiresAt, subject)}.`,
  NearExpiry: (subject) =>
    `The published token expires ${timeText(published(subject)?.expiresAt, subject)}, and its renewal has been due since ${timeText(published(subject)?.renewAt, subject)}.`,
  NearExpiryFailOpen: (subject) =>
    `The published token expires ${timeText(published(subject)?.expiresAt, subject)}. No time outside the trading sessions remains for the renewal, so the refresher renews the token within a session.`,

  Fresh: (subject) =>
    `The published token is live, and its renewal is not due before ${timeText(published(subject)?.renewAt, subject)}.`,
  StillAlive: (subject) =>
    `${broker(subject)} accepts the published token. A program whose calls are rejected uses another outbound IP address or an earlier token.`,
  Unverified: (subject) =>
    `The published token may be dead, and the last verification at ${broker(subject)} gave no result.`,
  AlreadyReplaced: () => 'The consumer reported a token that has already been replaced.',

  Paused: () => 'The token was revoked on request: no token is issued until the credential is resumed.',
  CredentialsRejected: (subject) => {
    const { code, retryAt } = subject.credential.state.refused ?? {};
    if (code === 'Unconfigured') return 'The secret holds no usable app key.';
    return `${broker(subject)} rejected the app key (${code ?? 'no code'}). The refresher tries it again ${timeText(retryAt, subject)}, or earlier if the secret changes or on a refresh.`;
  },
  RevokePending: (subject) =>
    `A revocation is pending: ${broker(subject)} has not confirmed it. The refresher revokes the token again at each tick.`,

  TooSoon: (subject) =>
    `${broker(subject)} accepts one issue call in ${formatSpan(brokerContractOf(subject.credential).minimumInterval)}, and the last one ended ${timeText(subject.credential.state.lastCallAt, subject)}.`,
  BrokerUnhealthy: (subject) =>
    `${broker(subject)} does not answer. While there is time to wait, the refresher sends no call that could invalidate the live token.`,
  WouldReuse: (subject) => {
    const { reuseWindow } = brokerContractOf(subject.credential);
    const reuseWindowText =
      reuseWindow === undefined ? '' : ` for ${formatSpan(reuseWindow)} after its issue`;
    const revocationText = subject.credential.state.revokeUseless
      ? ', even after a confirmed revocation'
      : '';
    return `${broker(subject)} returns the same token${reuseWindowText}${revocationText}.`;
  },
  AwaitExpiry: (subject) =>
    `${broker(subject)} returned the same token instead of a new one. The token is kept until it expires ${timeText(published(subject)?.expiresAt, subject)}, and is replaced then.`,
  BudgetSpent: ({ credential }) =>
    `The limit of ${credential.config.maxIssuesPerDay} issue calls in 24 hours (maxIssuesPerDay) is reached. Without a live token, or with less than half of the renewal margin left, the refresher still makes one call per check interval.`,
  BackingOff: ({ credential }) => {
    const { attempt } = credential.state;
    const lastResult = attempt === undefined ? 'the last attempt failed' : describeAttempt(attempt);
    return endSentence(`The refresher waits before it tries again. The last result was: ${lastResult}`);
  },

  Suspect: () =>
    'The published token may be dead, because a consumer reported it or the result of a call is not known. The refresher verifies it first.',
  SecretVersion: () =>
    'The secret has a new version with the same app key. The refresher verifies the token first.',
  BeforeCall: () =>
    'The next issue call can invalidate the live token, so the refresher first verifies that the broker answers.',
  ParameterChanged: () =>
    'The token parameter does not contain the published token, so the refresher writes the parameter again.',
  Requested: (subject) =>
    `The revocation of the token was requested, and ${broker(subject)} has not confirmed it.`,
};

/** Returns a sentence about the revocation of a dead token that the broker returned again; otherwise `""`. */
function describeReturnedToken(subject: ReasonSubject): string {
  const { revocations = 0, revokedAt } = published(subject) ?? {};
  if (revokedAt !== undefined)
    return subject.credential.state.revokeUseless
      ? ` ${broker(subject)} returned it after its confirmed revocation.`
      : '';
  if (revocations === 0) return '';
  if (revocations >= MAX_REVOCATIONS)
    return ` ${broker(subject)} returned it, and confirmed none of ${revocations} revocations.`;
  return ` ${broker(subject)} returned it and has not confirmed its revocation, so the refresher revokes it again at each tick.`;
}

export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASON_SENTENCES, text);
}

export function reasonSentence(reason: Reason, credential: Credential, now: number): string {
  return REASON_SENTENCES[reason]({ credential, now });
}

/** Explains first whether a new token is needed, and then what the refresher does before the issue call. */
export function describeReasons({ decision, due }: Prediction, credential: Credential, now: number) {
  const hasDueReason = due !== undefined && decision.reason !== 'Paused';
  const reasons = new Set<Reason>([...(hasDueReason ? [due] : []), decision.reason]);
  return [...reasons].map((reason) => reasonSentence(reason, credential, now));
}

/** Describes the action of the next tick, as a phrase that completes "the next tick …". */
export function describeAction({ action, reason }: Decision, { config }: Credential): string {
  const name = BROKER_DISPLAY_NAME[config.broker];
  if (action === 'hold' && reason === 'CredentialsRejected') return 'holds: action required';
  if (action === 'hold' && reason === 'Paused') return 'leaves it paused';
  if (action === 'verify' && reason === 'BeforeCall')
    return `verifies the token at ${name} and requests a new one`;
  const actionTexts: Readonly<Record<Decision['action'], string>> = {
    keep: 'keeps the token',
    'check-secret': 'compares the version of the secret',
    'read-secret': 'reads the secret',
    restore: 'writes the token parameter again',
    verify: `verifies the token at ${name}`,
    revoke: `revokes the token at ${name}`,
    issue: `requests a new token from ${name}`,
    wait: 'waits: a new token is needed, but cannot be requested yet',
    hold: 'keeps the revocation pending',
  };
  return actionTexts[action];
}

/** The renewal margin of the published token, in milliseconds. */
export function renewalMarginOf(credential: Credential): number | undefined {
  const { config, state } = credential;
  const rules = renewalRulesOf({ config, contract: brokerContractOf(credential) });
  return state.published && marginOf(state.published, rules);
}
