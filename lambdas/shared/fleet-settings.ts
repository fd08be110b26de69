import * as v from 'valibot';

const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));
const arn = v.pipe(v.string(), v.regex(/^arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:.+$/));

const fleetSchema = v.object({
  version: v.literal(1),
  /** The refresher may read secrets whose names start with this text. */
  secretPrefix: v.pipe(v.string(), v.nonEmpty()),
  scheduleGroup: v.pipe(v.string(), v.nonEmpty()),
  /** The ARN of the role with which EventBridge Scheduler sends ticks to the inbox. */
  schedulerRoleArn: arn,
  inboxArn: arn,
  /** The ARN of the report topic of each fleet credential, with `*` in place of the credential id. */
  reportTopicArn: v.pipe(arn, v.endsWith('-reports-*.fifo')),
  /** The ARN of the KMS key that encrypts the report topics. */
  tokenKeyArn: arn,
  checkEverySeconds: seconds,
  /** The renewal margin. The default depends on the broker and the market. */
  renewBeforeSeconds: v.optional(seconds),
  /** The time that an operator needs between the first alarm and the expiry of a token. */
  responseTimeSeconds: seconds,
  /** `fixed`: The refresher uses a static outbound IP address, which can be registered with a broker. */
  egress: v.picklist(['public', 'fixed']),
});

/** The settings that `tokens add` needs, which the stack writes to the parameter `<prefix>/fleet`. */
export type FleetSettings = Readonly<v.InferOutput<typeof fleetSchema>>;

/** Returns undefined if the text is invalid. */
export function parseFleetSettings(text: string): FleetSettings | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), fleetSchema), text);
  return parsed.success ? parsed.output : undefined;
}

export function formatFleetSettings(settings: FleetSettings): string {
  return JSON.stringify(settings);
}
