/**
 * Every name that run time and synth time both use: parameters, environment, metrics.
 * One module, so that the stack and the function cannot disagree.
 */

/** A credential's id: part of parameter names, of the message group and of metric dimensions. */
export const CREDENTIAL_ID = /^[a-z0-9-]{1,40}$/;

export const DEFAULT_PARAMETER_PREFIX = '/broker-tokens';

/** Environment variables of the functions; the stack sets them, the handlers read them. */
export const ENVIRONMENT = {
  parameterPrefix: 'PARAMETER_PREFIX',
  tokenKeyArn: 'TOKEN_KEY_ARN',
  /** `namePrefix` of the stack: the dimension of its metrics. */
  stackName: 'STACK_NAME',
  /** Of the fleet monitor: the group of the schedules of added credentials. */
  scheduleGroup: 'SCHEDULE_GROUP',
} as const;

/** Environment of tests and local runs only: honoured only if the host is loopback. */
export const BROKER_URL_ENVIRONMENT = {
  kis: { live: 'BROKER_URL_KIS_LIVE', paper: 'BROKER_URL_KIS_PAPER' },
  kiwoom: { live: 'BROKER_URL_KIWOOM_LIVE', paper: 'BROKER_URL_KIWOOM_PAPER' },
} as const;

export interface ParameterNames {
  /** SecureString: the bare access token. Written by the function. */
  readonly token: string;
  /** String, JSON without any secret. Written by the function. */
  readonly state: string;
  /** String, JSON. Written by the stack, or by `tokens add`. */
  readonly config: string;
}

/** The three parameters of one credential, e.g. `/broker-tokens/kis-main/token`. */
export function parameterNames(prefix: string, credential: string): ParameterNames {
  const base = `${prefix}/${credential}`;
  return { token: `${base}/token`, state: `${base}/state`, config: `${base}/config` };
}

/** String, JSON: what `tokens add` has to know. Written by a stack that takes added credentials. */
export function fleetParameterName(prefix: string): string {
  return `${prefix}/fleet`;
}

/** Schedules of added credentials are in a group of their own, beside that of the stack. */
export function fleetScheduleGroup(namePrefix: string): string {
  return `${namePrefix}-fleet`;
}

/** Names of the queues of a refresher. */
export function queueNames(namePrefix: string): { readonly inbox: string; readonly deadLetters: string } {
  return { inbox: `${namePrefix}-inbox.fifo`, deadLetters: `${namePrefix}-dead-letters.fifo` };
}

/** Every alarm of a refresher. Its name ends with one of these, which are chapters of docs/runbook.md, too. */
export const ALARMS = {
  credential: ['ExpiringSoon', 'RefreshFailing', 'ActionRequired'],
  service: ['FunctionErrors', 'RefusedMessages', 'DeadLetters', 'InboxStalled', 'SchedulerDropped'],
  fleet: ['FleetExpiringSoon', 'FleetRefreshFailing', 'FleetActionRequired', 'FleetSchedulerDropped'],
  network: ['NatInstanceDown'],
} as const;
export type AlarmChapter = (typeof ALARMS)[keyof typeof ALARMS][number];

/** Tag that the function puts on the parameters it creates. */
export const CREDENTIAL_TAG = 'broker-tokens:credential';

/** CloudWatch metrics, emitted as EMF. A custom metric costs its owner money: no more than these. */
export const METRICS = {
  namespace: 'BrokerTokens',
  /** Powertools puts this dimension on every metric; alarms must name it. */
  serviceDimension: 'service',
  service: 'broker-token-refresher',
  /** On every metric: two stacks of an account may have the same credential ids. */
  stackDimension: 'Stack',
  credentialDimension: 'Credential',
  /** Per credential, seconds: 0 without a live token. */
  secondsToExpiry: 'SecondsToExpiry',
  /** Per credential, seconds: as SecondsToExpiry, but `renewBefore` while a living token only waits for its own end. */
  headroom: 'Headroom',
  /** Per credential: 0 healthy, 1 failing, 2 action required. */
  failureLevel: 'FailureLevel',
  /** All credentials, count: issue calls that a broker answered with a token, or never answered. */
  issued: 'Issued',
  /** All credentials, count: inbox messages that made no sense. */
  refusedMessages: 'RefusedMessages',
  /** All added credentials, percent: the least share of its margin that any of them has left, 100 at most. */
  fleetHeadroom: 'FleetHeadroom',
  /** All fleet credentials: the highest `FailureLevel` of any of them. */
  fleetFailureLevel: 'FleetFailureLevel',
} as const;

/** What the reader takes from the environment of a consumer; set by `bindReader` at synth. */
export const READER_ENVIRONMENT = {
  /** The credential's id; of several bound ones the last. */
  credential: 'BROKER_TOKENS_CREDENTIAL',
  prefix: 'BROKER_TOKENS_PREFIX',
} as const;

/** ARN of a credential's report topic: `kis-main` → `BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN`. */
export function reportTopicVariable(credential: string): string {
  return `BROKER_TOKENS_REPORT_TOPIC_${variablePart(credential)}`;
}

/** ARN of the secret with a credential's app key: `kis-main` → `BROKER_TOKENS_APP_KEY_KIS_MAIN`. */
export function appKeyVariable(credential: string): string {
  return `BROKER_TOKENS_APP_KEY_${variablePart(credential)}`;
}

function variablePart(credential: string): string {
  return credential.toUpperCase().replaceAll('-', '_');
}
