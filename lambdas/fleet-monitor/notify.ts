import type { CredentialHealth } from './check-fleet.ts';
import {
  formatNotifiedLevels,
  levelsToStore,
  messageOf,
  type Notification,
  notificationsOf,
  parseNotifiedLevels,
} from './notifications.ts';

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
