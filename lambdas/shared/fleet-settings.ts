import * as v from 'valibot';

const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));
const arn = v.pipe(v.string(), v.regex(/^arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:.+$/));

const fleetSchema = v.object({
  version: v.literal(1),
  /** The refresher may read secrets whose names start with this text. */
  secretPrefix: v.pipe(v.string(), v.nonEmpty()),
  /** The group of the schedules of fleet credentials. It is deleted with the stack. */
  scheduleGroup: v.pipe(v.string(), v.nonEmpty()),
  /** EventBridge Scheduler sends ticks with this role. */
  schedulerRoleArn: arn,
  inboxArn: arn,
  /** The ARN of the report topic of each fleet credential, with `*` in place of its id. */
  reportTopicArn: v.pipe(arn, v.endsWith('-reports-*.fifo')),
  /** The key that encrypts the report topics. */
  tokenKeyArn: arn,
  checkEverySeconds: seconds,
  /** By default, the value for the broker and market. */
  renewBeforeSeconds: v.optional(seconds),
  responseTimeSeconds: seconds,
  /** `fixed`: the refresher uses a static outbound IP address, which can be registered with a broker. */
  egress: v.picklist(['public', 'fixed']),
});

/** The settings that `tokens add` needs. The stack writes them into the parameter `<prefix>/fleet`. */
export type FleetSettings = Readonly<v.InferOutput<typeof fleetSchema>>;

/** Returns undefined for an invalid text. */
export function parseFleet(text: string): FleetSettings | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), fleetSchema), text);
  return parsed.success ? parsed.output : undefined;
}

export function formatFleet(settings: FleetSettings): string {
  return JSON.stringify(settings);
}
