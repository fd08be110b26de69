import type { Clock } from '../../lambdas/refresher/clock.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import { createWorld, ExploredWorld, type Outcome, type PortCall } from '../explore/explored-world.ts';
import { decideFromStore, findIdlePeriod } from '../explore/idle-ticks.ts';
import type { Span } from '../year/fault-model.ts';
import { type Account, type Container, createContainer, LATENCY } from './account.ts';
import type { BrokerBehavior, LoadOptions } from './load-options.ts';

/** The duration of a broker call, outside and during an outage, in milliseconds. */
const BROKER_CALL_DURATION = { normal: 300, outage: 2000 } as const;
/** The assumed duration of a warm invocation without its AWS and broker calls, in milliseconds. */
const INVOCATION_OVERHEAD = 10;
/** The maximum time from the due time of a renewal to its tick: two check intervals and the wait in the queue. */
const MAX_RENEWAL_DELAY = 15 * 60_000;

/** The quota and the duration of each call to AWS. */
const AWS_CALLS = {
  read: ['reads', LATENCY.read],
  readToken: ['reads', LATENCY.read],
  writeToken: ['writes', LATENCY.write],
  writeState: ['writes', LATENCY.write],
  readSecret: ['secrets', LATENCY.secret],
  checkSecret: ['secrets', LATENCY.secret],
} as const;

/** One credential in an AWS account with quotas. Records when its tokens and metrics were published. */
export class LoadWorld extends ExploredWorld {
  /** The time from `dueSince` of each token to its publication, in milliseconds. */
  readonly waits: number[] = [];
  /** Whether a token expired outside an outage of the broker, before the renewal of the token. */
  expiredOutsideOutage = false;
  /** Whether a token expired during an outage of the broker, before the renewal of the token. */
  expiredInOutage = false;
  ticksWithMetrics = 0;
  ticksWithoutMetrics = 0;
  /** The longest time between two ticks that wrote metrics, in milliseconds. */
  longestPause = 0;
  override readonly clock: Clock = {
    now: () => this.state.now,
    sleepUntil: async (instant) => {
      await this.#account.timeline.until(instant);
      this.state.now = this.#account.timeline.now;
    },
  };
  readonly #account: Account;
  /** The outage of the credential's broker. */
  readonly #outage: Span | undefined;
  #container = createContainer();
  #idleUntil = 0;
  /** The expiry of the published token; 0 without a token. */
  #expiresAt = 0;
  /** The instant at which the next token is due. */
  #dueAt: number;
  #reportedAt: number;

  constructor(behavior: BrokerBehavior, options: LoadOptions, account: Account, outage: Span | undefined) {
    const { checkEverySeconds, renewBeforeSeconds } = options;
    const { now } = account.timeline;
    super(
      createWorld({
        broker: behavior === 'kis' ? 'kis' : 'kiwoom',
        market: 'live',
        now,
        config: { checkEverySeconds, renewBeforeSeconds, maxIssuesPerDay: 8, renewEarly: 'wait' },
        options: behavior === 'kiwoom-supersede' ? { reissue: 'supersede' } : {},
      }),
    );
    this.answerTime = 0;
    this.#outage = outage;
    this.#account = account;
    this.#dueAt = now;
    this.#reportedAt = now;
  }

  /** Starts the simulation with a token that was issued at `issuedAt`, or without a token. */
  async start(issuedAt: number | undefined): Promise<void> {
    if (issuedAt !== undefined) {
      const { now } = this.state;
      this.state.now = issuedAt;
      await this.tick();
      this.state.now = now;
      this.#setDueTime();
      this.#idleUntil = findIdlePeriod(this)?.until ?? 0;
    }
    this.chooseOutcome = (call) => this.#outcome(call);
    this.afterCall = (call) => {
      if (call === 'writeToken') this.#recordPublication();
      else if (call === 'writeState' && this.published.attempt?.outcome === 'published') this.#setDueTime();
    };
  }

  /** Handles one tick in an execution environment. */
  async handle(from: Container): Promise<void> {
    this.#container = from;
    this.state.now = this.#account.timeline.now;
    const areMetricsWritten = await (this.state.now < this.#idleUntil ? this.#idle() : this.#refresh());
    await this.#account.wait(INVOCATION_OVERHEAD);
    if (areMetricsWritten) this.ticksWithMetrics += 1;
    else this.ticksWithoutMetrics += 1;
    if (areMetricsWritten) this.#recordMetrics();
  }

  /** The instant since which the next token is due; the end of the outage for a token due in the outage. */
  get dueSince(): number {
    const outage = this.#outage;
    // If a token is due shortly before the outage, the tick that renews the token can be during the outage.
    const mayBeRenewedInOutage =
      outage !== undefined && outage.from - MAX_RENEWAL_DELAY <= this.#dueAt && this.#dueAt < outage.to;
    return mayBeRenewedInOutage ? outage.to : this.#dueAt;
  }

  /** Returns the number of issue calls that returned a token after the instant `since`. */
  countIssueCalls(since: number): number {
    return this.broker().calls.filter(
      ({ kind, token, at }) => kind === 'issue' && token !== undefined && at >= since,
    ).length;
  }

  /** Records the current periods without a live token or without metrics. */
  close(): void {
    this.#recordExpiry();
    this.#recordMetrics();
  }

  /** Simulates a tick that only reads from AWS. @returns whether the tick writes its metrics */
  async #idle(): Promise<boolean> {
    const { action } = decideFromStore(this).decision;
    if ((await this.#outcome('read')) !== 'ok') return false;
    // The refresher ignores a throttled DescribeSecret call, so the tick still writes its metrics.
    if (action === 'check-secret') await this.#outcome('checkSecret');
    return true;
  }

  /** Runs the refresher. @returns whether it writes its metrics */
  async #refresh(): Promise<boolean> {
    try {
      const { failure } = await this.tick();
      if (failure === undefined) this.#idleUntil = findIdlePeriod(this)?.until ?? 0;
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  }

  /** Simulates the duration of a call, and returns its outcome. */
  async #outcome(call: PortCall): Promise<Outcome> {
    const account = this.#account;
    if (call === 'issue' || call === 'revoke' || call === 'verify') {
      const isInOutage = this.#isInOutage(account.timeline.now);
      await account.wait(BROKER_CALL_DURATION[isInOutage ? 'outage' : 'normal']);
      this.state.now = account.timeline.now;
      return isInOutage ? 'unavailable' : 'ok';
    }
    if (call === 'writeToken') account.kms.take(account.timeline.now);
    const [quota, latency] = AWS_CALLS[call];
    const isServed = await account.call(account[quota], latency, this.#container);
    this.state.now = account.timeline.now;
    return isServed ? 'ok' : 'throttled';
  }

  #setDueTime(): void {
    const { renewAt, expiresAt } = this.published.published ?? { renewAt: this.#dueAt, expiresAt: 0 };
    this.#dueAt = renewAt;
    this.#expiresAt = expiresAt;
  }

  #recordPublication(): void {
    this.#recordExpiry();
    this.#expiresAt = this.broker().find(this.token ?? '')?.expiresAt ?? 0;
    this.waits.push(Math.max(0, this.state.now - this.dueSince));
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #recordExpiry(): void {
    if (this.#expiresAt === 0 || this.#expiresAt >= this.#account.timeline.now) return;
    if (this.#isInOutage(this.#expiresAt)) this.expiredInOutage = true;
    else this.expiredOutsideOutage = true;
  }

  #isInOutage(instant: number): boolean {
    return this.#outage !== undefined && this.#outage.from <= instant && instant < this.#outage.to;
  }

  #recordMetrics(): void {
    const { now } = this.#account.timeline;
    this.longestPause = Math.max(this.longestPause, now - this.#reportedAt);
    this.#reportedAt = now;
  }
}
