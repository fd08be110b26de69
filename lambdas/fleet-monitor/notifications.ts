import * as v from 'valibot';
import type { FailureLevel } from '../decision/failure-level.ts';
import type { CredentialHealth } from './check-fleet.ts';

/** The failure level in the last notification of each unhealthy credential. */
export type NotifiedLevels = Readonly<Record<string, 1 | 2>>;

/** A notification that a credential is failing, requires action, or is healthy again. */
export interface Notification extends CredentialHealth {
  readonly previousLevel: FailureLevel;
}

/** The maximum number of levels that fit in a standard parameter (4 KB) if every id has 40 characters. */
const MAX_STORED_LEVELS = 80;

const levelsSchema = v.object({
  version: v.literal(1),
  notified: v.record(v.string(), v.picklist([1, 2])),
});

/**
 * Parses the parameter with the failure levels of the last notifications. If the parameter is missing or
 * damaged, the fleet monitor repeats the notifications of unhealthy credentials.
 */
export function parseNotifiedLevels(text: string | undefined): NotifiedLevels {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), levelsSchema), text);
  return parsed.success ? parsed.output.notified : {};
}

export function formatNotifiedLevels(notifiedLevels: NotifiedLevels): string {
  return JSON.stringify({ version: 1, notified: notifiedLevels });
}

/**
 * Returns one notification for each transition since the last check: healthy → failing → action required →
 * healthy. A level that falls from 2 to 1 causes no notification. If more than 80 credentials are unhealthy,
 * further credentials cause no notification, because the parameter cannot store their levels. Pure.
 */
export function notificationsOf(
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

/**
 * Returns the levels to store after the published notifications, without paused and removed credentials.
 * Pure.
 */
export function levelsToStore(
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
