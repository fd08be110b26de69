import { HOUR, SECOND } from '../time.ts';
import { endOf, type Journal, type JournalEntry } from './journal.ts';

/** What was measured; what is absent was not. Seconds, unless a name says otherwise. */
export interface ProbeFindings {
  /** Of a token that was seen new. */
  readonly lifeSeconds?: number;
  /** The broker's clock minus ours, by the token's own stamp. */
  readonly brokerClockAheadSeconds?: number;
  readonly interval: {
    /** A call so long after the last one was answered. */
    readonly answeredAfterSeconds?: number;
    /** A call so long after the last one was refused. */
    readonly refusedAfterSeconds?: number;
    readonly refusal?: { readonly code?: string; readonly status?: number };
    /** A refused call begins the interval anew. */
    readonly refusalRestarts?: boolean;
  };
  /** Asking again while a token lives. */
  readonly again?: {
    readonly afterSeconds: number;
    readonly token: 'same' | 'new';
    readonly expiry?: 'kept' | 'moved';
    readonly oldToken?: TokenLife;
    /** `expires_in` of the same token: its whole life, or what was left. */
    readonly expiresIn?: 'whole life' | 'what is left' | 'neither';
  };
  /** How long the same token comes back. */
  readonly reuse?: {
    readonly sameAfterSeconds?: number;
    readonly newAfterSeconds?: number;
    readonly oldToken?: TokenLife;
  };
  readonly revoke?: {
    readonly confirmed: boolean;
    readonly tokenAfterwards: TokenLife;
    /** What a second revocation of the same token is answered with. */
    readonly secondTime: string;
    readonly next?: 'new' | 'the same, alive' | 'the same, dead';
  };
}

export type TokenLife = 'alive' | 'dead' | 'unknown';

/** What the calls of a journal say. Pure: the same calls, the same words. */
export function analyze(journal: Journal): ProbeFindings {
  const calls = journal.entries;
  const issues = calls.filter(({ kind }) => kind === 'issue');
  const tokens = issues.filter(({ outcome }) => outcome === 'token');
  const life = lifeOf(tokens);
  return {
    // The end is told in whole seconds, and of an opaque token the begin is when we asked.
    ...(life !== undefined && { lifeSeconds: 10 * Math.round(life / (10 * SECOND)) }),
    ...clockOf(tokens),
    interval: intervalOf(issues),
    ...againOf(calls, tokens, life),
    ...reuseOf(calls, tokens),
    ...revokeOf(calls, tokens),
  };
}

/** Only a token that was seen new tells: of one that was handed back nobody knows how old it is, unless it says so. */
function lifeOf(tokens: readonly JournalEntry[]): number | undefined {
  const lives = tokens.flatMap((token, index) => {
    if (token.expiresAt === undefined) return [];
    if (token.issuedAt !== undefined) return [token.expiresAt - token.issuedAt];
    const before = tokens.slice(0, index);
    const isNew = before.length > 0 && !before.some(({ print }) => print === token.print);
    return isNew ? [token.expiresAt - token.at] : [];
  });
  return lives.at(-1);
}

function clockOf(tokens: readonly JournalEntry[]): Pick<ProbeFindings, 'brokerClockAheadSeconds'> {
  const fresh = tokens.filter(
    (token, index) =>
      token.issuedAt !== undefined && !tokens.slice(0, index).some(({ print }) => print === token.print),
  );
  // The first one may be a token that was handed back: its stamp is old.
  const [newest] = fresh.length > 1 ? fresh.slice(1) : fresh;
  if (newest?.issuedAt === undefined) return {};
  const ahead = newest.issuedAt - (newest.at + endOf(newest)) / 2;
  return Math.abs(ahead) < HOUR ? { brokerClockAheadSeconds: Math.round(ahead / SECOND) } : {};
}

/** Between two calls that follow each other; after a refused one it is not known from where the broker counts. */
function intervalOf(issues: readonly JournalEntry[]): ProbeFindings['interval'] {
  const gaps = issues.flatMap((issue, index) => {
    const before = issues[index - 1];
    if (before === undefined || before.outcome !== 'token') return [];
    return [{ gap: (issue.at - endOf(before)) / SECOND, outcome: issue.outcome }];
  });
  const answered = gaps.flatMap(({ gap, outcome }) => (outcome === 'token' ? [gap] : []));
  const refused = gaps.flatMap(({ gap, outcome }) => (outcome === 'throttled' ? [gap] : []));
  const refusal = issues.find(({ outcome }) => outcome === 'throttled');
  const restarts = restartsOf(issues);
  const afterRefusal = answeredAfterRefusal(issues);
  const least = Math.min(...answered, ...afterRefusal);
  return {
    ...(Number.isFinite(least) && { answeredAfterSeconds: Math.round(least * 10) / 10 }),
    ...(refused.length > 0 && { refusedAfterSeconds: Math.round(Math.max(...refused) * 10) / 10 }),
    ...(refusal !== undefined && {
      refusal: {
        ...(refusal.code !== undefined && { code: refusal.code }),
        ...(refusal.status !== undefined && { status: refusal.status }),
      },
    }),
    ...(restarts !== undefined && { refusalRestarts: restarts }),
  };
}

/** Answered, refused, and then a call that is allowed unless the refused one counts. */
function restartsOf(issues: readonly JournalEntry[]): boolean | undefined {
  for (let index = 2; index < issues.length; index += 1) {
    const [first, refused, next] = [issues[index - 2], issues[index - 1], issues[index]];
    if (first?.outcome !== 'token' || refused?.outcome !== 'throttled' || next === undefined) continue;
    if (refused.step !== 'refusal' || next.step !== 'refusal') continue;
    if (next.outcome === 'token') return false;
    if (next.outcome === 'throttled') return true;
  }
  return undefined;
}

/** From whichever call the broker counts, the one that was refused is the later one. */
function answeredAfterRefusal(issues: readonly JournalEntry[]): number[] {
  return issues.flatMap((issue, index) => {
    const refused = issues[index - 1];
    if (issue.outcome !== 'token' || refused?.outcome !== 'throttled') return [];
    const counted = issues.slice(0, index).findLast(({ outcome }) => outcome === 'token');
    return counted === undefined ? [] : [(issue.at - endOf(counted)) / SECOND];
  });
}

function againOf(
  calls: readonly JournalEntry[],
  tokens: readonly JournalEntry[],
  life: number | undefined,
): Pick<ProbeFindings, 'again'> {
  const second = tokens.findLast(({ step }) => step === 'again');
  const first = second && tokens[tokens.indexOf(second) - 1];
  if (second === undefined || first === undefined) return {};
  const same = second.print === first.print;
  return {
    again: {
      afterSeconds: Math.round((second.at - endOf(first)) / SECOND),
      token: same ? 'same' : 'new',
      ...(same && { expiry: second.expiresAt === first.expiresAt ? ('kept' as const) : ('moved' as const) }),
      ...(!same && { oldToken: lifeAfter(calls, first, second) }),
      ...(same && second.expiresIn !== undefined && { expiresIn: meaningOf(second, second.expiresIn, life) }),
    },
  };
}

/** A minute after issue the two differ by a minute; a call takes seconds. */
function meaningOf(
  { at, expiresAt = 0 }: JournalEntry,
  expiresIn: number,
  life: number | undefined,
): 'whole life' | 'what is left' | 'neither' {
  const left = (expiresAt - at) / SECOND;
  const whole = life === undefined ? Number.NaN : life / SECOND;
  if (Math.abs(expiresIn - whole) <= 2) return 'whole life';
  return Math.abs(expiresIn - left) <= 20 ? 'what is left' : 'neither';
}

function reuseOf(
  calls: readonly JournalEntry[],
  tokens: readonly JournalEntry[],
): Pick<ProbeFindings, 'reuse'> {
  const long = tokens.filter(({ step }) => step === 'window' || step === 'later');
  if (long.length === 0) return {};
  let same: number | undefined;
  let fresh: number | undefined;
  let oldToken: TokenLife | undefined;
  for (const token of long) {
    const before = tokens[tokens.indexOf(token) - 1];
    if (before === undefined) continue;
    const issuedAt = before.issuedAt ?? tokens.find(({ print }) => print === before.print)?.at ?? before.at;
    const age = Math.round((token.at - issuedAt) / SECOND);
    if (token.print === before.print) same = Math.max(same ?? 0, age);
    else {
      fresh = age;
      oldToken = lifeAfter(calls, before, token);
    }
  }
  return {
    reuse: {
      ...(same !== undefined && { sameAfterSeconds: same }),
      ...(fresh !== undefined && { newAfterSeconds: fresh }),
      ...(oldToken !== undefined && { oldToken }),
    },
  };
}

/** What the old token was when it was tried after the new one had come. */
function lifeAfter(calls: readonly JournalEntry[], old: JournalEntry, next: JournalEntry): TokenLife {
  const tried = calls
    .slice(calls.indexOf(next))
    .find(({ kind, print }) => kind === 'verify' && print === old.print);
  return lifeIn(tried);
}

function lifeIn(entry: JournalEntry | undefined): TokenLife {
  return entry?.outcome === 'alive' || entry?.outcome === 'dead' ? entry.outcome : 'unknown';
}

function revokeOf(
  calls: readonly JournalEntry[],
  tokens: readonly JournalEntry[],
): Pick<ProbeFindings, 'revoke'> {
  const [first, second] = calls.filter(({ kind }) => kind === 'revoke').slice(-2);
  if (first === undefined || second === undefined || first.print !== second.print) return {};
  const tried = calls
    .slice(calls.indexOf(first))
    .find(({ kind, print }) => kind === 'verify' && print === first.print);
  const next = tokens.find(({ at }) => at > second.at);
  const nextTried = next && calls.slice(calls.indexOf(next)).find(({ kind }) => kind === 'verify');
  return {
    revoke: {
      confirmed: first.outcome === 'revoked' && first.code === undefined,
      tokenAfterwards: lifeIn(tried),
      secondTime: second.code ?? (second.outcome === 'revoked' ? 'accepted' : second.outcome),
      ...(next !== undefined && {
        next:
          next.print !== first.print
            ? ('new' as const)
            : lifeIn(nextTried) === 'alive'
              ? ('the same, alive' as const)
              : ('the same, dead' as const),
      }),
    },
  };
}
