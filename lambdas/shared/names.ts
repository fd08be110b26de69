/** The id of a credential is part of parameter names, of message groups and of metric dimensions. */
export const CREDENTIAL_ID_PATTERN = /^[a-z0-9-]{1,40}$/;

export const DEFAULT_PARAMETER_PREFIX = '/broker-tokens';

/** The environment variables of the Lambda functions, which the stack sets and the handlers read. */
export const ENVIRONMENT = {
  parameterPrefix: 'PARAMETER_PREFIX',
  tokenKeyArn: 'TOKEN_KEY_ARN',
  /** The `namePrefix` of the stack, which is the value of the metric dimension `Stack`. */
  namePrefix: 'NAME_PREFIX',
  /** For the fleet monitor: the schedule group of the fleet credentials. */
  scheduleGroup: 'SCHEDULE_GROUP',
  /** For the fleet monitor: the ARN of the SNS topic for alarms. */
  alarmTopicArn: 'ALARM_TOPIC_ARN',
} as const;

/** Variables that replace broker URLs in tests and local runs. Only loopback URLs are allowed. */
export const BROKER_URL_ENVIRONMENT = {
  kis: { live: 'BROKER_URL_KIS_LIVE', paper: 'BROKER_URL_KIS_PAPER' },
  kiwoom: { live: 'BROKER_URL_KIWOOM_LIVE', paper: 'BROKER_URL_KIWOOM_PAPER' },
} as const;

export type ParameterNames = Readonly<ReturnType<typeof parameterNames>>;

/** The names of the three parameters of one credential, for example `/broker-tokens/kis-main/token`. */
export function parameterNames(prefix: string, credential: string) {
  const base = `${prefix}/${credential}`;
  return {
    /** A SecureString with the access token, which the refresher writes. */
    token: `${base}/token`,
    /** A String with the state as JSON, without secrets, which the refresher writes. */
    state: `${base}/state`,
    /** A String with the config as JSON, which the stack or `tokens add` writes. */
    config: `${base}/config`,
  };
}

/** The name of the String parameter with the settings for `tokens add`, which a stack with a fleet writes. */
export function fleetParameterName(prefix: string): string {
  return `${prefix}/fleet`;
}

/** The name of the String parameter with the failure levels of the last notifications. */
export function fleetMonitorParameterName(prefix: string): string {
  return `${prefix}/fleet-monitor`;
}

/** The schedule group of fleet credentials. The credentials in cdk.json have a different schedule group. */
export function fleetScheduleGroup(namePrefix: string): string {
  return `${namePrefix}-fleet`;
}

/**
 * The SNS topic to which consumers report rejected tokens.
 * @param credential the id of the credential, or `*` for the pattern of all names
 */
export function reportTopicName(namePrefix: string, credential: string): string {
  return `${namePrefix}-reports-${credential}.fifo`;
}

/** The names of the SQS queues of a stack. */
export function queueNames(namePrefix: string) {
  return { inbox: `${namePrefix}-inbox.fifo`, deadLetters: `${namePrefix}-dead-letters.fifo` };
}

/** The endings of the alarm names of a stack. The runbook contains a chapter for each ending. */
export const ALARMS = {
  credential: ['ExpiringSoon', 'RefreshFailing', 'ActionRequired'],
  service: ['FunctionErrors', 'RefusedMessages', 'DeadLetters', 'InboxStalled', 'SchedulerDropped'],
  fleet: ['FleetExpiringSoon', 'FleetRefreshFailing', 'FleetActionRequired', 'FleetSchedulerDropped'],
  network: ['NatInstanceDown'],
} as const;
export type AlarmChapter = (typeof ALARMS)[keyof typeof ALARMS][number];

/** For example `docs/runbook.md#deadletters`. */
export function runbookChapterPath(chapter: string): string {
  const document = chapter.startsWith('Fleet') ? 'runbook-fleet' : 'runbook';
  return `docs/${document}.md#${chapter.toLowerCase()}`;
}

/** The key of the tag that the refresher sets on the parameters that it creates. */
export const CREDENTIAL_TAG = 'broker-tokens:credential';

/** The CloudWatch metrics, written as EMF. AWS charges for each custom metric. */
export const METRICS = {
  namespace: 'BrokerTokens',
  /** Powertools adds this dimension to every metric, so alarms must contain this dimension. */
  serviceDimension: 'service',
  service: 'broker-token-refresher',
  /** Every metric has this dimension, because two stacks in one account may have the same credential ids. */
  stackDimension: 'Stack',
  credentialDimension: 'Credential',
  /** The time until the token of a credential expires, in seconds; 0 without a live token. */
  secondsToExpiry: 'SecondsToExpiry',
  /** Like `SecondsToExpiry`, but at least `renewBefore` while a token is kept until its expiry. */
  headroom: 'Headroom',
  /** The health of a credential: 0 is healthy, 1 is failing, 2 is action required. */
  failureLevel: 'FailureLevel',
  /** The number of issue calls, of all credentials, that returned a token or were never answered. */
  issued: 'Issued',
  /** The number of invalid inbox messages of all credentials. */
  refusedMessages: 'RefusedMessages',
  /** The smallest share of a renewal margin that a fleet credential has left, in percent; 100 at most. */
  fleetHeadroom: 'FleetHeadroom',
  /** The highest `FailureLevel` of all fleet credentials. */
  fleetFailureLevel: 'FleetFailureLevel',
} as const;

/** The environment variables of the reader library, which `bindReader` sets at synth time. */
export const READER_ENVIRONMENT = {
  /** The ids of the function's credentials, joined by commas; a single id is the default credential. */
  credential: 'BROKER_TOKENS_CREDENTIAL',
  prefix: 'BROKER_TOKENS_PREFIX',
} as const;

/** The variable for the ARN of the report topic, for example `BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN`. */
export function reportTopicVariable(credential: string): string {
  return `BROKER_TOKENS_REPORT_TOPIC_${variableSuffix(credential)}`;
}

/** The variable for the ARN of the app key secret, for example `BROKER_TOKENS_APP_KEY_KIS_MAIN`. */
export function appKeyVariable(credential: string): string {
  return `BROKER_TOKENS_APP_KEY_${variableSuffix(credential)}`;
}

function variableSuffix(credential: string): string {
  return credential.toUpperCase().replaceAll('-', '_');
}
