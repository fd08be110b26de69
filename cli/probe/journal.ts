import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { BROKERS, MARKETS } from '../../lambdas/shared/credential.ts';
import { CommandFailedError } from '../cli-error.ts';

/** The parts of a measurement, in order. A part that was broken off begins again. */
export const STEPS = ['base', 'again', 'refusal', 'window', 'later', 'revoke'] as const;
export type ProbeStep = (typeof STEPS)[number];

const instant = v.pipe(v.number(), v.finite());
const print = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));

const entrySchema = v.object({
  step: v.picklist(STEPS),
  kind: v.picklist(['issue', 'verify', 'revoke']),
  /** When the call began and ended; epoch milliseconds. Without an end it was cut off. */
  at: instant,
  end: v.optional(instant),
  /** `token`, `revoked`, a verdict of the verify call, or how the call failed; `unknown` until it ends. */
  outcome: v.string(),
  code: v.optional(v.string()),
  status: v.optional(v.number()),
  /** Fingerprint of the token that came, or that was tried or revoked. */
  print: v.optional(print),
  issuedAt: v.optional(instant),
  expiresAt: v.optional(instant),
  /** As the reply says, seconds. */
  expiresIn: v.optional(v.number()),
});

const journalSchema = v.object({
  probe: v.literal(1),
  credential: v.string(),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  /** Tells app keys apart without telling them. */
  key: print,
  startedAt: instant,
  /** The probe itself has paused the credential, and resumes it. */
  paused: v.boolean(),
  quick: v.boolean(),
  provokeRefusals: v.boolean(),
  done: v.array(v.picklist(STEPS)),
  entries: v.array(entrySchema),
});

/** One call to the broker, without anything secret. */
export type JournalEntry = v.InferOutput<typeof entrySchema>;

/** All that a probe did and saw: it goes on from here, and concludes from here. No secret, no token. */
export type Journal = v.InferOutput<typeof journalSchema>;

/** Longer than a call can take: an end that nobody saw lies before it. */
const UNKNOWN_END = 15_000;

export function endOf({ at, end }: JournalEntry): number {
  return end ?? at + UNKNOWN_END;
}

export function keyPrint(appkey: string): string {
  return createHash('sha256').update(`app key ${appkey}`).digest('hex').slice(0, 12);
}

/** @throws CommandFailedError if there is a file, and it is no journal */
export function loadJournal(path: string): Journal | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailedError(
      `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
      'Pass another --file.',
    );
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), journalSchema), text);
  if (parsed.success) return parsed.output;
  throw new CommandFailedError(
    `${path} is not what a probe writes.`,
    'Delete it to begin anew, or pass another --file.',
  );
}

/** Never half a file: what a crash leaves is the one before. */
export function saveJournal(path: string, journal: Journal): void {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(journal, undefined, 1)}\n`, { mode: 0o600 });
  renameSync(part, path);
}

/**
 * Keeps a second probe from this journal: both would call with one key.
 * @returns gives it back
 * @throws CommandFailedError while another process that is alive has it
 */
export function lockJournal(path: string): () => void {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  for (let tries = 0; ; tries += 1) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(lock, 'utf8'));
      if (tries > 0 || isAlive(holder))
        throw new CommandFailedError(
          `Another probe has ${path}: process ${holder}.`,
          'Let it go on, or end it first.',
        );
      // Left behind by one that was killed.
      rmSync(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
