import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { type Session, sessionSchema } from '../lambdas/shared/sessions.ts';
import { parseDuration } from '../lib/config/duration.ts';
import { parseInstant, SECOND } from './time.ts';

/* The parsers of option values; commander reports the errors that they throw. @throws InvalidArgumentError */

export function parsePrefix(text: string): string {
  if (/^\/[\w./-]*[\w.-]$/.test(text)) return text;
  throw new InvalidArgumentError(
    'The value must start with "/" and must not end with "/", such as /broker-tokens.',
  );
}

/** Parses a duration. @returns seconds */
export function parseSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined)
    throw new InvalidArgumentError('The value must be a duration such as "90s", "10m" or "1h".');
  return seconds;
}

export function parseMilliseconds(text: string): number {
  return parseSeconds(text) * SECOND;
}

export function parseInteger(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('The value must be a whole number.');
}

/** Parses a point in time. @returns epoch milliseconds */
export function parseTime(text: string): number {
  const instant = parseInstant(text, Date.now());
  if (instant !== undefined) return instant;
  throw new InvalidArgumentError(
    'The value must be a time such as "14:30" or "2026-11-30 09:00" (KST), "+2h", or ISO 8601 with its zone.',
  );
}

const jsonSession = v.pipe(v.string(), v.parseJson(), sessionSchema);

/**
 * Parses a preset, or a session as JSON. Returns the sessions of earlier `--session` options and the parsed
 * session; for the value `none`, returns an empty list.
 */
export function parseSession(text: string, earlierSessions: readonly Session[] = []): readonly Session[] {
  if (text === 'none') return [];
  const parsed = text.trimStart().startsWith('{')
    ? v.safeParse(jsonSession, text)
    : v.safeParse(sessionSchema, { preset: text });
  if (parsed.success) return [...earlierSessions, parsed.output];
  throw new InvalidArgumentError(
    'The value must be krx, nxt, us, none, or JSON such as {"days":["mon"],"from":"09:00","to":"15:30","timeZone":"Asia/Seoul"}.',
  );
}
