/** The id of a credential is part of parameter names, of message groups and of metric dimensions. */
export const CREDENTIAL_ID_PATTERN = /^[a-z0-9-]{1,40}$/;

export const DEFAULT_PARAMETER_PREFIX = '/broker-tokens';

/** Environment variables of the functions. The stack sets them, and the handlers read them. */
export const ENVIRONMENT = {
  parameterPrefix: 'PARAMETER_PREFIX',
  tokenKeyArn: 'TOKEN_KEY_ARN',
  /** The `namePrefix` of the stack, which is the dimension of its metrics. */
  stackName: 'STACK_NAME',
  /** Fleet monitor: the group of the schedules of fleet credentials. */
  scheduleGroup: 'SCHEDULE_GROUP',
  /** Fleet monitor: the topic of the alarms. */
  alarmTopicArn: 'ALARM_TOPIC_ARN',
} as const;

/** Environment variables of tests and local runs. They are honored only for loopback hosts. */
export const BROKER_URL_ENVIRONMENT = {
  kis: { live: 'BROKER_URL_KIS_LIVE', paper: 'BROKER_URL_KIS_PAPER' },
  kiwoom: { live: 'BROKER_URL_KIWOOM_LIVE', paper: 'BROKER_URL_KIWOOM_PAPER' },
} as const;

export interface ParameterNames {
  /** The name of the SecureString parameter with the access token. The refresher writes it. */
  readonly token: string;
  /** The name of the String parameter with the state as JSON, without secrets. The refresher writes it. */
  readonly state: string;
  /** String with JSON. The name of the config parameter, which the stack or `tokens add` writes. */
  readonly config: string;
}

/** The names of the three parameters of one credential, e.g. `/broker-tokens/kis-main/token`. */
export function parameterNames(prefix: string, credential: string): ParameterNames {
  const base = `${prefix}/${credential}`;
  return { token: `${base}/token`, state: `${base}/state`, config: `${base}/config` };
}

/** The name of the String parameter with the settings for `tokens add`. A stack with a fleet writes it. */
export function fleetParameterName(prefix: string): string {
  return `${prefix}/fleet`;
}

/** The name of the String parameter with the levels that the fleet monitor last notified. */
export function fleetMonitorParameterName(prefix: string): string {
  return `${prefix}/fleet-monitor`;
}

/** The group of the schedules of fleet credentials. The credentials of the stack have their own group. */
export function fleetScheduleGroup(namePrefix: string): string {
  return `${namePrefix}-fleet`;
}

/**
 * The name of the topic for consumers' reports on a credential. Topics of fleet credentials are created by
 * `tokens add`.
 * @param credential its id, or `*` for the pattern of all names
 */
export function reportTopicName(namePrefix: string, credential: string): string {
  return `${namePrefix}-reports-${credential}.fifo`;
}

/** The names of the queues of a stack. */
export function queueNames(namePrefix: string): { readonly inbox: string; readonly deadLetters: string } {
  return { inbox: `${namePrefix}-inbox.fifo`, deadLetters: `${namePrefix}-dead-letters.fifo` };
}

/** The alarms of a stack. The name of an alarm ends with one of these. Each has a chapter in the runbook. */
export const ALARMS = {
  credential: ['ExpiringSoon', 'RefreshFailing', 'ActionRequired'],
  service: ['FunctionErrors', 'RefusedMessages', 'DeadLetters', 'InboxStalled', 'SchedulerDropped'],
  fleet: ['FleetExpiringSoon', 'FleetRefreshFailing', 'FleetActionRequired', 'FleetSchedulerDropped'],
  network: ['NatInstanceDown'],
} as const;
export type AlarmChapter = (typeof ALARMS)[keyof typeof ALARMS][number];

/** Path and anchor of an alarm's chapter in the runbook: `docs/runbook.md#deadletters`. */
export function runbookChapter(chapter: string): string {
  const document = chapter.startsWith('Fleet') ? 'runbook-fleet' : 'runbook';
  return `docs/${document}.md#${chapter.toLowerCase()}`;
}

/** The tag that the refresher sets on the parameters that it creates. */
export const CREDENTIAL_TAG = 'broker-tokens:credential';

/** The CloudWatch metrics, written as EMF. Each custom metric costs money. */
export const METRICS = {
  namespace: 'BrokerTokens',
  /** Powertools adds this dimension to every metric, so alarms must name it. */
  serviceDimension: 'service',
  service: 'broker-token-refresher',
  /** A dimension of every metric, because two stacks in one account may have the same credential ids. */
  stackDimension: 'Stack',
  credentialDimension: 'Credential',
  /** Per credential, in seconds; 0 without a live token. */
  secondsToExpiry: 'SecondsToExpiry',
  /**
   * Per credential, in seconds: SecondsToExpiry, but `renewBefore` while a live token is kept until its
   * expiry.
   */
  headroom: 'Headroom',
  /** Per credential: 0 healthy, 1 failing, 2 action required. */
  failureLevel: 'FailureLevel',
  /** All credentials: the number of issue calls that a broker answered with a token, or never answered. */
  issued: 'Issued',
  /** All credentials: the number of invalid inbox messages. */
  refusedMessages: 'RefusedMessages',
  /** All fleet credentials, in percent: the smallest remaining share of a margin, 100 at most. */
  fleetHeadroom: 'FleetHeadroom',
  /** All fleet credentials: the highest `FailureLevel` of any of them. */
  fleetFailureLevel: 'FleetFailureLevel',
} as const;

/** Environment variables of the reader. `bindReader` sets them at synth time. */
export const READER_ENVIRONMENT = {
  /**
   * The id of the bound credential. Several ids are joined by a comma, which a reader rejects as a default.
   */
  credential: 'BROKER_TOKENS_CREDENTIAL',
  prefix: 'BROKER_TOKENS_PREFIX',
} as const;

/** The variable with the ARN of the report topic: `kis-main` → `BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN`. */
export function reportTopicVariable(credential: string): string {
  return `BROKER_TOKENS_REPORT_TOPIC_${variableSuffix(credential)}`;
}

/**
 * The variable with the ARN of the secret with the app key: `kis-main` → `BROKER_TOKENS_APP_KEY_KIS_MAIN`.
 */
export function appKeyVariable(credential: string): string {
  return `BROKER_TOKENS_APP_KEY_${variableSuffix(credential)}`;
}

function variableSuffix(credential: string): string {
  return credential.toUpperCase().replaceAll('-', '_');
}
