import * as v from 'valibot';

/**
 * The settings that `tokens add` needs: the content of the parameter `<prefix>/fleet`, written by the stack.
 */
export interface FleetSettings {
  readonly version: 1;
  /** The refresher may read secrets whose names start with this text. */
  readonly secretPrefix: string;
  /** Group of the schedules of fleet credentials. It is deleted with the stack. */
  readonly scheduleGroup: string;
  /** EventBridge Scheduler sends ticks with this role. */
  readonly schedulerRoleArn: string;
  readonly inboxArn: string;
  /** ARN of the report topic of each fleet credential, with `*` in place of its id. */
  readonly reportTopicArn: string;
  /** The key that encrypts the report topics. */
  readonly tokenKeyArn: string;
  /** Seconds, as in the configuration of the stack. */
  readonly checkEverySeconds: number;
  /** Absent: the default of the broker and market. */
  readonly renewBeforeSeconds?: number | undefined;
  readonly responseTimeSeconds: number;
  /** `fixed`: the refresher uses a static outbound IP address, which can be registered with a broker. */
  readonly egress: 'public' | 'fixed';
}

const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));
const arn = v.pipe(v.string(), v.regex(/^arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:.+$/));

const fleetSchema = v.object({
  version: v.literal(1),
  secretPrefix: v.pipe(v.string(), v.nonEmpty()),
  scheduleGroup: v.pipe(v.string(), v.nonEmpty()),
  schedulerRoleArn: arn,
  inboxArn: arn,
  reportTopicArn: v.pipe(arn, v.endsWith('-reports-*.fifo')),
  tokenKeyArn: arn,
  checkEverySeconds: seconds,
  renewBeforeSeconds: v.optional(seconds),
  responseTimeSeconds: seconds,
  egress: v.picklist(['public', 'fixed']),
});

/** Undefined if the text is not what the stack writes. */
export function parseFleet(text: string): FleetSettings | undefined {
  try {
    const parsed = v.safeParse(fleetSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

export function formatFleet(settings: FleetSettings): string {
  return JSON.stringify(settings);
}
