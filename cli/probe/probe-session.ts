import type {
  AppKey,
  Broker,
  BrokerReply,
  BrokerRequest,
  IssuedToken,
} from '../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../lambdas/brokers/broker-error.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import { CommandFailedError } from '../cli-error.ts';
import { fixFor, OUTCOME } from '../labels.ts';
import { kst, MINUTE, span } from '../time.ts';
import { endOf, type Journal, type JournalEntry, type ProbeStep } from './journal.ts';

/** What a measurement needs of the world. */
export interface ProbePorts {
  readonly broker: Broker;
  readonly call: (request: BrokerRequest) => Promise<BrokerReply>;
  readonly now: () => number;
  /** @throws InterruptedError */
  readonly sleepUntil: (instant: number, why: string) => Promise<void>;
  /** Looked at before each call: nobody else may use the key. @throws CommandFailedError */
  readonly stillAlone: () => Promise<void>;
  /** The last issue call that somebody else made with this key, as far as is known. */
  readonly lastCallElsewhere?: number | undefined;
  readonly save: (journal: Journal) => void;
  readonly say: (text: string) => void;
}

/** Time between two issue calls: what the documents say, and what is tried when that is refused. */
export interface Gaps {
  readonly usual: number;
  readonly long: number;
}

/** A token in hand, for this run only: it is never written down. */
export interface InHand {
  readonly token: string;
  readonly print: string;
  /** When the broker issued it, as far as is known. */
  readonly issuedAt: number;
}

const TRIES_IN_AN_OUTAGE = 6;
const OUTAGE_PAUSE = 5 * MINUTE;

/** Calls to the broker, each written down before and after, none earlier than the rules allow. */
export class ProbeSession {
  readonly #ports: ProbePorts;
  readonly #key: AppKey;
  readonly #gaps: Gaps;
  readonly journal: Journal;
  step: ProbeStep = 'base';
  /** The newest token that the broker gave. */
  inHand: InHand | undefined;

  constructor(ports: ProbePorts, key: AppKey, gaps: Gaps, journal: Journal) {
    this.#ports = ports;
    this.#key = key;
    this.#gaps = gaps;
    this.journal = journal;
  }

  get now(): number {
    return this.#ports.now();
  }

  /** What the time between two calls has to be, by what was seen so far. */
  get gap(): number {
    const refused = this.#issues.some(
      ({ outcome }, index) => outcome === 'throttled' && this.#since(index) >= this.#gaps.usual,
    );
    return refused ? this.#gaps.long : this.#gaps.usual;
  }

  sleepUntil(instant: number, why: string): Promise<void> {
    return this.#ports.sleepUntil(instant, why);
  }

  /** Asks for a token as soon as the rules allow. @throws CommandFailedError if the broker will not */
  async issue(why: string): Promise<JournalEntry> {
    for (let outages = 0, refusals = 0; ; ) {
      const last = this.#issues.at(-1);
      const before = Math.max(last === undefined ? 0 : endOf(last), this.#ports.lastCallElsewhere ?? 0);
      if (before > 0) await this.sleepUntil(before + this.gap, why);
      const entry = await this.issueNow(why);
      if (entry.outcome === 'token') return entry;
      if (entry.outcome === 'throttled' && refusals < 1) refusals += 1;
      else if (entry.outcome === 'unavailable' && outages < TRIES_IN_AN_OUTAGE) {
        outages += 1;
        await this.sleepUntil(this.now + OUTAGE_PAUSE, 'The broker gives no usable answer: asked again');
      } else throw this.#gaveUp(entry);
    }
  }

  /** Asks for a token at once, too early perhaps. */
  async issueNow(why: string): Promise<JournalEntry> {
    await this.#ports.stillAlone();
    this.#ports.say(why);
    const { broker } = this.#ports;
    let issued: IssuedToken | undefined;
    const entry = await this.#recorded('issue', broker.issueRequest(this.#key), (reply) => {
      issued = broker.readIssueReply(reply, this.#key);
      const { issuedAt, expiresAt, token } = issued;
      return {
        outcome: 'token',
        print: fingerprint(token),
        issuedAt,
        expiresAt,
        expiresIn: expiresInOf(reply),
      };
    });
    if (issued !== undefined && entry.print !== undefined) {
      const known = this.inHand?.print === entry.print ? this.inHand.issuedAt : this.#firstSeen(entry.print);
      this.inHand = {
        token: issued.token,
        print: entry.print,
        issuedAt: issued.issuedAt ?? known ?? entry.at,
      };
    }
    return entry;
  }

  /** The harmless call: is this token taken? A broker that does not say is asked a few times. */
  async verify({ token, print }: InHand): Promise<JournalEntry> {
    const { broker } = this.#ports;
    const secrets = [this.#key.appkey, this.#key.secret, token];
    let entry: JournalEntry;
    let tries = 0;
    do {
      if (tries > 0)
        await this.sleepUntil(this.now + 10_000, 'The broker did not say whether the token works');
      tries += 1;
      entry = await this.#recorded(
        'verify',
        broker.verifyRequest(this.#key, token),
        (reply) => {
          const { verdict, brokerCode } = broker.readVerifyReply(reply, secrets);
          return { outcome: verdict, print, ...(brokerCode !== undefined && { code: brokerCode }) };
        },
        { print },
      );
    } while (entry.outcome !== 'alive' && entry.outcome !== 'dead' && tries < 3);
    return entry;
  }

  async revoke({ token, print }: InHand): Promise<JournalEntry> {
    const { broker } = this.#ports;
    const secrets = [this.#key.appkey, this.#key.secret, token];
    const request = broker.revokeRequest(this.#key, token);
    return this.#recorded(
      'revoke',
      request,
      (reply) => {
        broker.readRevokeReply(reply, secrets);
        return { outcome: 'revoked', print, ...codeIn(reply) };
      },
      { print },
    );
  }

  /** Marks a step as done: it is not made again. */
  finish(step: ProbeStep): void {
    this.journal.done.push(step);
    this.#ports.save(this.journal);
  }

  async #recorded(
    kind: JournalEntry['kind'],
    request: BrokerRequest,
    read: (reply: BrokerReply) => Omit<JournalEntry, 'step' | 'kind' | 'at' | 'end'>,
    known: Partial<JournalEntry> = {},
  ): Promise<JournalEntry> {
    // Written down first: after a crash, a call that nobody saw the end of still counts.
    const begun: JournalEntry = { step: this.step, kind, at: this.now, outcome: 'unknown', ...known };
    const index = this.journal.entries.push(begun) - 1;
    this.#ports.save(this.journal);
    const ended = await this.#made(request, read);
    const entry: JournalEntry = { ...begun, ...ended, end: this.now };
    this.journal.entries[index] = entry;
    this.#ports.save(this.journal);
    return entry;
  }

  async #made(
    request: BrokerRequest,
    read: (reply: BrokerReply) => Omit<JournalEntry, 'step' | 'kind' | 'at' | 'end'>,
  ): Promise<Partial<JournalEntry> & { outcome: string }> {
    let status: number | undefined;
    try {
      const reply = await this.#ports.call(request);
      status = reply.status;
      return { ...read(reply), status };
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      const code = error.brokerCode;
      return {
        outcome: error.kind,
        ...(code !== undefined && { code }),
        ...(status !== undefined && { status }),
      };
    }
  }

  get #issues(): JournalEntry[] {
    return this.journal.entries.filter(({ kind }) => kind === 'issue');
  }

  /** Time from the end of the call before. */
  #since(index: number): number {
    const entry = this.#issues[index];
    const before = this.#issues[index - 1];
    return entry === undefined || before === undefined ? 0 : entry.at - endOf(before);
  }

  #firstSeen(print: string): number | undefined {
    return this.journal.entries.find((entry) => entry.kind === 'issue' && entry.print === print)?.at;
  }

  #gaveUp(entry: JournalEntry): CommandFailedError {
    const code = entry.code === undefined ? '' : ` (${entry.code})`;
    if (entry.outcome === 'throttled')
      return new CommandFailedError(
        `The broker refuses the call${code} even ${span(this.gap)} after the last one (${kst(entry.at).slice(11)} KST).`,
        'Somebody else uses this key? Stop that, and go on later with the same command.',
      );
    const kind = entry.outcome as 'rejected' | 'unavailable' | 'malformed';
    return new CommandFailedError(
      `${OUTCOME[kind]}${code}.`,
      fixFor(kind, entry.code) ?? 'Go on later with the same command: it remembers how far it came.',
    );
  }
}

function expiresInOf({ body }: BrokerReply): number | undefined {
  const value = (JSON.parse(body) as { readonly expires_in?: unknown }).expires_in;
  return typeof value === 'number' ? value : undefined;
}

/** What a revocation that counts as one was answered with, where that is an error's code all the same. */
function codeIn({ body }: BrokerReply): { readonly code?: string } {
  const code = /\[(\d{4}):|"(EGW\d{5})"/.exec(body);
  const found = code?.[1] ?? code?.[2];
  return found === undefined ? {} : { code: found };
}
