import type { ProbeFindings } from '../../../cli/probe/findings.ts';
import { ProbeSession } from '../../../cli/probe/probe-session.ts';
import { type ProbeScope, runSteps } from '../../../cli/probe/probe-steps.ts';
import { BrokerError } from '../../../lambdas/brokers/broker-error.ts';
import type { Transport } from '../../../lambdas/brokers/client.ts';
import { type KisOptions, KisSimulator } from '../../../simulator/brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { KIS_KEY, KIWOOM_KEY } from '../../../simulator/world.ts';

/** The time at which each simulated probe starts: Saturday 2026-11-21 09:00 KST. */
const START = Date.UTC(2026, 10, 21);

export const ALL_STEPS: ProbeScope = { quick: false, provokeRejections: true };

/** Runs the probe against a simulated broker. The simulated clock advances when the probe sleeps. */
export class SimulatedProbe {
  readonly clock = new ManualClock(START);
  readonly broker: KisSimulator | KiwoomSimulator;
  readonly kind: 'kis' | 'kiwoom';
  /** The durations for which the probe slept, in milliseconds. */
  readonly sleepDurations: number[] = [];
  /** The probe calls this function before each issue call. */
  requirePaused: () => Promise<void> = async () => {};
  session: ProbeSession;
  readonly #scope: ProbeScope;

  private constructor(
    kind: 'kis' | 'kiwoom',
    create: (clock: ManualClock) => KisSimulator | KiwoomSimulator,
    scope: ProbeScope,
  ) {
    this.kind = kind;
    this.broker = create(this.clock);
    this.#scope = scope;
    this.session = this.#newSession();
  }

  static kis(options: Partial<KisOptions> = {}, scope: ProbeScope = ALL_STEPS): SimulatedProbe {
    const settings = { market: 'paper', keys: [KIS_KEY], options } as const;
    return new SimulatedProbe('kis', (clock) => new KisSimulator({ clock, ...settings }), scope);
  }

  static kiwoom(options: Partial<KiwoomOptions> = {}, scope: ProbeScope = ALL_STEPS): SimulatedProbe {
    const settings = { market: 'paper', keys: [KIWOOM_KEY], options } as const;
    return new SimulatedProbe('kiwoom', (clock) => new KiwoomSimulator({ clock, ...settings }), scope);
  }

  /** Runs all steps in a new session. */
  async run(): Promise<ProbeFindings> {
    this.session = this.#newSession();
    let findings: ProbeFindings = { interval: {} };
    for await (const each of runSteps(this.session, this.#scope)) findings = each;
    return findings;
  }

  #newSession(): ProbeSession {
    const ports = {
      send: this.#send,
      clock: {
        now: () => this.clock.now(),
        sleepUntil: async (instant: number) => {
          this.sleepDurations.push(instant - this.clock.now());
          this.clock.set(instant);
        },
      },
      signal: new AbortController().signal,
      requirePaused: () => this.requirePaused(),
      show: () => {},
      lastCallAt: undefined,
    };
    const key = this.kind === 'kis' ? KIS_KEY : KIWOOM_KEY;
    return new ProbeSession(ports, { broker: this.kind, market: 'paper' }, key);
  }

  /** Sends a request to the simulated broker. The request and its reply take 40 ms each. */
  readonly #send: Transport = async ({ method, path, headers, body = '' }) => {
    this.clock.advance(40);
    const reply = this.broker.handle({ method, path, headers, body, remoteAddress: '127.0.0.1' });
    this.clock.advance(40);
    if (reply.delivery === 'lost' || reply.delivery === 'hang')
      throw new BrokerError('unavailable', 'no answer', { mayHaveActed: true });
    return { status: reply.status, body: reply.body };
  };
}
