import * as v from 'valibot';
import type { FailureLevel } from '../decision/failure-level.ts';
import type { CredentialHealth } from './check-fleet.ts';

/** The failure level in the last notification of each unhealthy credential. */
type NotifiedLevels = Readonly<Record<string, 1 | 2>>;

/** A notification that a credential is failing, requires action, or is healthy again. */
export interface Notification extends CredentialHealth {
  readonly previousLevel: FailureLevel;
}

/** This number of levels fits in a standard parameter (4 KB) if every id has 40 characters. */
const MAX_STORED_LEVELS = 80;

const levelsSchema = v.object({
  version: v.literal(1),
  notified: v.record(v.string(), v.picklist([1, 2])),
});

/** If the parameter is missing or damaged, the notifications of unhealthy credentials are repeated. */
function parseNotifiedLevels(text: string | undefined): NotifiedLevels {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), levelsSchema), text);
  return parsed.success ? parsed.output.notified : {};
}

function formatNotifiedLevels(notifiedLevels: NotifiedLevels): string {
  return JSON.stringify({ version: 1, notified: notifiedLevels });
}

/**
 * Returns one notification for each transition since the last check: healthy → failing → action required →
 * healthy. A level that falls from 2 to 1 causes no notification. If more than 80 credentials are unhealthy,
 * further credentials cause no notification, because the parameter cannot store their levels. Pure.
 */
function notificationsOf(
  health: readonly CredentialHealth[],
  notifiedLevels: NotifiedLevels,
): readonly Notification[] {
  const changes = health
    .map((credential): Notification => ({ ...credential, previousLevel: notifiedLevels[credential.id] ?? 0 }))
    .filter(({ level, previousLevel }) => (level === 0 ? previousLevel > 0 : level > previousLevel));
  const isNew = ({ previousLevel }: Notification) => previousLevel === 0;
  const freeEntries = MAX_STORED_LEVELS - Object.keys(notifiedLevels).length;
  return [
    ...changes.filter((each) => !isNew(each)),
    ...changes.filter(isNew).slice(0, Math.max(0, freeEntries)),
  ];
}

/** Returns the levels to store, without paused and removed credentials. Pure. */
function levelsToStore(
  health: readonly CredentialHealth[],
  notifiedLevels: NotifiedLevels,
  published: readonly Notification[],
): NotifiedLevels {
  const checkedIds = new Set(health.map(({ id }) => id));
  const levels = { ...notifiedLevels, ...Object.fromEntries(published.map(({ id, level }) => [id, level])) };
  const entries = Object.entries(levels).filter(([id, level]) => checkedIds.has(id) && level > 0);
  return Object.fromEntries(entries) as NotifiedLevels;
}

const LEVEL_LABELS = ['healthy', 'failing', 'action required'] as const;

/**
 * Returns the message for Amazon SNS (`MessageStructure: json`): text for email, the custom schema of Amazon
 * Q Developer in chat applications for HTTPS, and JSON for Lambda and SQS. Source: Amazon Q Developer in chat
 * applications Administrator Guide, "Custom notifications".
 */
export function messageOf(
  { id, level, previousLevel, reason, detail }: Notification,
  { prefix, region }: { readonly prefix: string; readonly region: string },
): { readonly subject: string; readonly message: string } {
  const subject = `Broker token ${id}: ${LEVEL_LABELS[level]}`;
  const command = `npm run tokens -- status ${id}`;
  const lines = [
    `Fleet credential "${id}": ${LEVEL_LABELS[previousLevel]} → ${LEVEL_LABELS[level]} (${prefix}/${id}, ${region}).`,
    ...(level === 0 ? [] : [`Reason: ${reason}${detail ? ` (${detail})` : ''}.`, `Diagnose: ${command}`]),
  ];
  const facts = { credential: id, prefix, region, level, previousLevel, reason, detail, command };
  const json = JSON.stringify(facts);
  const chatMessage = {
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', title: subject, description: lines.join('\n') },
  };
  const text = lines.join('\n');
  return {
    subject,
    message: JSON.stringify({
      default: text,
      email: text,
      https: JSON.stringify(chatMessage),
      lambda: json,
      sqs: json,
    }),
  };
}

export interface NotifyPorts {
  readonly prefix: string;
  readonly region: string;
  /** Reads the parameter with the notified levels; undefined if it does not exist. @throws AwsError */
  readonly read: () => Promise<string | undefined>;
  /** @throws AwsError */
  readonly write: (text: string) => Promise<void>;
  /** Publishes one message with `MessageStructure: json`. @throws AwsError */
  readonly publish: (subject: string, message: string) => Promise<void>;
}

/**
 * Publishes one message for each transition and stores the new levels. After a failure, the function stores
 * the levels of the published messages, and the next check publishes the remaining messages. A crash can
 * repeat a message, but cannot lose one.
 * @throws AwsError
 */
export async function notify(health: readonly CredentialHealth[], ports: NotifyPorts): Promise<void> {
  const stored = await ports.read();
  const notifiedLevels = parseNotifiedLevels(stored);
  const published: Notification[] = [];
  try {
    for (const notification of notificationsOf(health, notifiedLevels)) {
      const { subject, message } = messageOf(notification, ports);
      await ports.publish(subject, message);
      published.push(notification);
    }
  } finally {
    const text = formatNotifiedLevels(levelsToStore(health, notifiedLevels, published));
    if (text !== (stored ?? formatNotifiedLevels({}))) await ports.write(text);
  }
}
