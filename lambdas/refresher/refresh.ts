import { AwsTrouble } from '../store/errors.ts';
import { Unconfigured } from '../store/secrets.ts';
import { attemptIssue, recordUnconfigured } from './attempt.ts';
import { checkReport } from './check-report.ts';
import { type Decision, livesAt } from './decide.ts';
import { sleepThrough } from './nap.ts';
import type { Delivery, Ports, Refreshed } from './ports.ts';
import { revokeEarly, revokeIfAsked } from './revoke.ts';
import { Run } from './run.ts';
import { wishAfter } from './wish.ts';

/** Issue calls in one invocation at most. */
const MOST_CALLS = 3;

/**
 * The use case: one message, one look at one credential, at most three issue calls.
 * Every step may be the last one before a crash, and every step may be repeated: the next ticks
 * converge (docs/architecture.md § A refresh, step by step).
 *
 * 1 read config and state → 2 decide → 3 read the secret where it matters, decide again →
 * 4 stamp the attempt → 5 call the broker → 6 judge the reply → 7 put the token → 8 put the state.
 * @throws UnknownCredential, UnreadableConfig, AwsTrouble before anything is known of the credential
 */
export async function refresh(delivery: Delivery, ports: Ports): Promise<Refreshed> {
  const run = new Run(ports, delivery, await ports.store.read(delivery.message.credential));
  try {
    await look(run);
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    return { ...resultOf(run), failure: { trouble: error, retry: !run.touched } };
  }
  return resultOf(run);
}

async function look(run: Run): Promise<void> {
  try {
    await revokeIfAsked(run);
    while (await oneRound(run)) await run.readAgain();
    await remember(run);
  } catch (error) {
    if (!(error instanceof Unconfigured)) throw error;
    await recordUnconfigured(run, error);
  }
}

/** Decides and acts until there is nothing more to do now; true after a sleep, when everything starts again. */
async function oneRound(run: Run): Promise<boolean> {
  for (;;) {
    const decision = await decideWithSecret(run);
    const mayCall = run.calls < MOST_CALLS;
    if (decision.action === 'issue' && mayCall) {
      const early = await revokeEarly(run, decision);
      if (early === 'refused') return false;
      if (early === 'not needed') await attemptIssue(run, decision);
      continue;
    }
    run.report(decision);
    const nextTick = run.begun + run.config.checkEverySeconds * 1000;
    const { deadline } = run.delivery;
    const until = mayCall ? sleepThrough(decision, run.state, { nextTick, deadline }) : undefined;
    if (until === undefined) return false;
    if (livesAt(run.state, run.now)) run.ports.beforeSleep?.(resultOf(run));
    await run.ports.clock.sleepUntil(until);
    return true;
  }
}

/** Steps 2 and 3: the secret is read only where the decision depends on it. */
async function decideWithSecret(run: Run): Promise<Decision> {
  const first = run.decide();
  const needed =
    run.asks === 'credentials-changed' ||
    first.action === 'issue' ||
    first.reason === 'CredentialsRejected' ||
    (first.action === 'keep' && first.reason === 'Rejected');
  if (!needed) return first;
  run.secret ??= await run.ports.secrets.read(run.config.secretArn, run.client.secretFields);
  const second = run.decide();
  if (second.action !== 'keep' || second.reason !== 'Rejected') return second;
  await checkReport(run, run.secret);
  return run.decide();
}

/** Writes down what this message was answered, and what of it is still wanted. An idle tick writes nothing. */
async function remember(run: Run): Promise<void> {
  const { state, decision } = run;
  const wanted = wishAfter(run.facts, decision, run.now);
  // What could not be read stays as it is until an attempt replaces it: it is why the next tick asks.
  const doubted = run.verdict === 'alive' ? undefined : state.doubted;
  const news = wanted !== state.wanted || doubted !== state.doubted;
  if (run.unreadable || (!run.owesAnswer && !news)) return;
  const paused = run.asks === 'forced' ? undefined : state.paused;
  const last = run.owesAnswer ? run.answer(decision.action, decision.reason) : state.last;
  await run.write({ ...state, wanted, doubted, paused, last });
}

function resultOf({ config, state, decision, issued }: Run): Refreshed {
  return { config, state, decision, issued };
}
