import type { SNSMessage } from 'aws-lambda';

/**
 * The maximum length of a text, in characters. The maximum is far below the limits of Telegram (4,096) and
 * Discord (2,000), because a longer text is hard to read on a phone.
 */
const MAX_LENGTH = 800;

/**
 * Matches a state reason that CloudWatch itself wrote. Any other state reason is the text of a test
 * notification.
 */
const CLOUDWATCH_REASON = /^(?:Thresholds? Crossed|Insufficient Data|Unchecked)/;

const STATE_SYMBOLS: Readonly<Record<string, string>> = { OK: '🟢', ALARM: '🔴' };
const LEVEL_TEXTS = ['🟢 healthy', '🟠 failing', '🔴 action required'] as const;

/**
 * Returns a short plain text for a phone. The first line states the most important facts, because a lock
 * screen shows one line. The function formats notifications of CloudWatch alarms and of the fleet monitor,
 * and shortens all other messages. The function never throws, so that a message in an unknown format is
 * delivered, too.
 */
export function phoneText({ Subject, Message }: Pick<SNSMessage, 'Subject' | 'Message'>): string {
  const facts = parseObject(Message);
  const lines = alarmLines(facts) ?? fleetLines(facts) ?? [Subject, Message];
  const text = lines.filter((line) => line).join('\n');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

type Fields = Readonly<Record<string, unknown>>;
type Lines = readonly (string | undefined)[];

/**
 * Formats the notification of an alarm (Amazon CloudWatch User Guide, "Notifying users on alarm changes").
 */
function alarmLines(facts: Fields): Lines | undefined {
  const { AlarmName: name, NewStateValue: state } = facts;
  if (typeof name !== 'string' || typeof state !== 'string') return undefined;
  const credential = dimensionValue(facts['Trigger'], 'Credential');
  // Alarm names have the form <stack>-<credential>-<kind> or <stack>-<kind>. The kind, for example
  // ExpiringSoon, is also the title of a chapter of the runbook.
  const kind = name.slice(name.lastIndexOf('-') + 1);
  const prefix = name.slice(0, -kind.length - 1);
  const stack = prefix.endsWith(`-${credential}`) ? prefix.slice(0, -credential.length - 1) : prefix;
  const [meaning = '', ...commands] = text(facts['AlarmDescription']).split('\n');
  const [firstSentence = ''] = meaning.replace(`${credential}: `, '').split(/(?<=\.) /);
  const reason = text(facts['NewStateReason']);
  const region = text(facts['AlarmArn']).split(':')[3];
  return [
    `${STATE_SYMBOLS[state] ?? '⚪'} ${state}: ${credential ? `${credential} ` : ''}${kind}`,
    `Stack: ${[stack, region].filter(Boolean).join(', ')}`,
    `Alarm: ${name}`,
    CLOUDWATCH_REASON.test(reason) ? undefined : reason,
    ...(state === 'ALARM' ? [firstSentence, ...commands] : []),
  ];
}

/** Formats a notification of the fleet monitor, which lambdas/fleet-monitor/notifications.ts creates. */
function fleetLines(facts: Fields): Lines | undefined {
  const { credential, level } = facts;
  if (typeof credential !== 'string' || typeof level !== 'number' || LEVEL_TEXTS[level] === undefined)
    return undefined;
  const [symbol = '', ...state] = LEVEL_TEXTS[level].split(' ');
  const reason = [text(facts['reason']), text(facts['detail'])].filter(Boolean).join(': ');
  return [
    `${symbol} ${credential}: ${state.join(' ')}`,
    `Prefix: ${text(facts['prefix'])}, ${text(facts['region'])}`,
    ...(level > 0 ? [reason, `Run: ${text(facts['command'])}`] : []),
  ];
}

function dimensionValue(trigger: unknown, dimensionName: string): string {
  const dimensions = (trigger as { readonly Dimensions?: unknown } | undefined)?.Dimensions;
  if (!Array.isArray(dimensions)) return '';
  return text(dimensions.find((each) => each?.name === dimensionName)?.value);
}

function parseObject(json: string): Fields {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
