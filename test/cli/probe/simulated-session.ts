import { analyze, type ProbeFindings } from '../../../cli/probe/analyze.ts';
import { type Journal, keyPrint } from '../../../cli/probe/journal.ts';
import { ProbeSession } from '../../../cli/probe/probe-session.ts';
import { GAPS, runSteps, type Scope } from '../../../cli/probe/probe-steps.ts';
import type { BrokerReply, BrokerRequest } from '../../../lambdas/brokers/broker.ts';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';
import { BROKER } from '../../../lambdas/brokers/endpoints.ts';
import { type KisOptions, KisSimulator } from '../../../simulator/brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { KIS_KEY, KIWOOM_KEY } from '../../../simulator/world.ts';

/** Saturday 2026-11-21 09:00 KST. */
export const START = Date.UTC(2026, 10, 21);

export const WHOLE: Scope = { quick: false, provokeRefusals: true };

/** A broker on this desk: its clock moves when the probe sleeps, so hours pass in milliseconds. */
export class Desk {
  readonly clock: ManualClock;
  readonly broker: KisSimulator | KiwoomSimulator;
  readonly kind: 'kis' | 'kiwoom';
  readonly saved: string[] = [];
  readonly slept: number[] = [];
  /** Called before each call; throws where the probe is to be ended. */
  stillAlone: () => Promise<void> = async () => {};
  journal: Journal;

  private constructor(
    kind: 'kis' | 'kiwoom',
    broker: KisSimulator | KiwoomSimulator,
    clock: ManualClock,
    scope: Scope,
  ) {
    this.kind = kind;
    this.broker = broker;
    this.clock = clock;
    this.journal = {
      probe: 1,
      credential: `${kind}-paper`,
      broker: kind,
      market: 'paper',
      key: keyPrint(this.#key.appkey),
      startedAt: clock.now(),
      paused: true,
      ...scope,
      done: [],
      entries: [],
    };
  }

  static kis(options: Partial<KisOptions> = {}, scope: Scope = WHOLE): Desk {
    const clock = new ManualClock(START);
    return new Desk(
      'kis',
      new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY], options }),
      clock,
      scope,
    );
  }

  static kiwoom(options: Partial<KiwoomOptions> = {}, scope: Scope = WHOLE): Desk {
    const clock = new ManualClock(START);
    return new Desk(
      'kiwoom',
      new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options }),
      clock,
      scope,
    );
  }

  get #key() {
    return this.kind === 'kis' ? KIS_KEY : KIWOOM_KEY;
  }

  /** One run, as one process makes it: what was in its hand is gone with it. */
  async run(): Promise<ProbeFindings> {
    const bench = new ProbeSession(
      {
        broker: BROKER[this.kind],
        call: (request) => this.#call(request),
        now: () => this.clock.now(),
        sleepUntil: async (instant) => {
          this.slept.push(Math.max(0, instant - this.clock.now()));
          this.clock.set(Math.max(this.clock.now(), instant));
        },
        stillAlone: () => this.stillAlone(),
        save: (journal) => {
          const text = JSON.stringify(journal);
          this.saved.push(text);
          this.journal = JSON.parse(text) as Journal;
        },
        say: () => {},
      },
      this.#key,
      GAPS[this.kind],
      this.journal,
    );
    await runSteps(bench, this.kind, this.journal);
    return analyze(this.journal);
  }

  /** A call takes 40 ms there and 40 ms back. */
  async #call({ method, path, headers, body = '' }: BrokerRequest): Promise<BrokerReply> {
    this.clock.advance(40);
    const reply = this.broker.handle({ method, path, headers, body, remoteAddress: '127.0.0.1' });
    this.clock.advance(40);
    if (reply.delivery === 'lost' || reply.delivery === 'hang')
      throw new BrokerError('unavailable', 'no answer', { mayHaveActed: true });
    return { status: reply.status, body: reply.body };
  }
}
