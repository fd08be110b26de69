/**
 * Names that run time and synth time share: parameters, environment variables, metrics.
 */

/** A credential's id: part of parameter names, of the message group and of metric dimensions. */
export const CREDENTIAL_ID_PATTERN = /^[a-z0-9-]{1,40}$/;

export const DEFAULT_PARAMETER_PREFIX = '/broker-tokens';

/** Environment variables of the functions; the stack sets them, the handlers read them. */
export const ENVIRONMENT = {
  parameterPrefix: 'PARAMETER_PREFIX',
  tokenKeyArn: 'TOKEN_KEY_ARN',
  /** `namePrefix` of the stack: the dimension of its metrics. */
  stackName: 'STACK_NAME',
  /** Fleet monitor: group of the schedules of fleet credentials. */
  scheduleGroup: 'SCHEDULE_GROUP',
  /** Fleet monitor: topic of the alarms. */
  alarmTopicArn: 'ALARM_TOPIC_ARN',
} as const;

/** Environment variables of tests and local runs. They are honored only for loopback hosts. */
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

/** String, JSON: the settings that `tokens add` needs. Written by a stack with a fleet. */
export function fleetParameterName(prefix: string): string {
  return `${prefix}/fleet`;
}

/** String, JSON: the levels that the fleet monitor last notified. Written by the fleet monitor. */
export function fleetMonitorParameterName(prefix: string): string {
  return `${prefix}/fleet-monitor`;
}

/** Group of the schedules of fleet credentials, apart from the group of the stack. */
export function fleetScheduleGroup(namePrefix: string): string {
  return `${namePrefix}-fleet`;
}

/**
 * Name of the topic for consumers' reports on a credential. Topics of fleet credentials are created by `tokens add`.
 * @param credential its id, or `*` for the pattern of all names
 */
export function reportTopicName(namePrefix: string, credential: string): string {
  return `${namePrefix}-reports-${credential}.fifo`;
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

/** CloudWatch metrics, emitted as EMF. Each custom metric costs money. */
export const METRICS = {
  namespace: 'BrokerTokens',
  /** Powertools adds this dimension to every metric, so alarms must name it. */
  serviceDimension: 'service',
  service: 'broker-token-refresher',
  /** On every metric: two stacks of an account may have the same credential ids. */
  stackDimension: 'Stack',
  credentialDimension: 'Credential',
  /** Per credential, seconds: 0 without a live token. */
  secondsToExpiry: 'SecondsToExpiry',
  /**
   * Per credential, seconds: as SecondsToExpiry, but `renewBefore` while a live token is kept until its
   * expiry.
   */
  headroom: 'Headroom',
  /** Per credential: 0 healthy, 1 failing, 2 action required. */
  failureLevel: 'FailureLevel',
  /** All credentials, count: issue calls that a broker answered with a token, or never answered. */
  issued: 'Issued',
  /** All credentials, count: invalid inbox messages. */
  refusedMessages: 'RefusedMessages',
  /** All fleet credentials, percent: the smallest remaining share of a margin, 100 at most. */
  fleetHeadroom: 'FleetHeadroom',
  /** All fleet credentials: the highest `FailureLevel` of any of them. */
  fleetFailureLevel: 'FleetFailureLevel',
} as const;

/** Environment variables of the reader; `bindReader` sets them at synth time. */
export const READER_ENVIRONMENT = {
  /** The credential's id; the last one if several are bound. */
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
