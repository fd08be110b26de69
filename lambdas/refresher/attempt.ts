import type { IssuedToken } from '../brokers/broker.ts';
import { BrokerError } from '../brokers/errors.ts';
import { fingerprint } from '../shared/fingerprint.ts';
import type { State } from '../shared/state.ts';
import { AwsTrouble } from '../store/errors.ts';
import type { StoredSecret, Unconfigured } from '../store/secrets.ts';
import type { Decision } from './decide.ts';
import { insist } from './insist.ts';
import {
  type AttemptStamp,
  cameBackBefore,
  failed,
  judge,
  published,
  started,
  unchanged,
  unconfigured,
  unpublished,
} from './outcome.ts';
import type { RenewalRules } from './renewal.ts';
import type { Run } from './run.ts';
import { wishTakenUp } from './wish.ts';

/** Steps 4 to 8: one issue call, whatever comes of it. No failure touches the published token. */
export async function attemptIssue(run: Run, decision: Decision & { action: 'issue' }): Promise<void> {
  const secret = run.secret;
  if (secret === undefined) throw new Error('an issue call was decided without the secret');
  const stamp = run.stamp(secret.version);
  const before = takeUp(run);

  await run.write(started(before, stamp));
  run.calls += 1;
  run.touched = true;
  const { after, token } = await callAndPublish(run, before, stamp, secret);
  if (after.issues !== before.issues) run.issued += 1;
  // What was found out before the call says nothing of a token that it may have ended.
  if (after.doubted) run.verdict = undefined;
  const state = { ...after, last: run.answer(decision.action, decision.reason) };
  const { outcome, brokerCode, message, retryAt } = state.attempt ?? {};
  run.state = state;
  run.report({ ...decision, until: retryAt ?? state.published?.renewAt }, { outcome, brokerCode, message });
  await insist(run, () => run.write(state));

  if (token === undefined || !before.dead || cameBackBefore(before)) return;
  if (!(await putBack(run, token))) await revokeForEverybody(run, secret, token);
}

/**
 * Somebody deleted or changed the parameter: what was found dead there is not the token that came back. That one is put
 * there again rather than revoked, and tried like any that is in doubt.
 * @returns false if it was there, or AWS does not let us
 */
async function putBack(run: Run, token: string): Promise<boolean> {
  const { store } = run.ports;
  try {
    if ((await store.readToken(run.id)) === token) return false;
    await insist(run, () => store.writeToken(run.id, token));
    await insist(run, () => run.write({ ...run.state, dead: undefined, doubted: true }));
    return true;
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    return false;
  }
}

/** The secret kept us from calling the broker: no call, an attempt all the same, and an alarm. */
export async function recordUnconfigured(run: Run, error: Unconfigured): Promise<void> {
  const { decision } = run;
  const before = takeUp(run);
  const state = unconfigured(before, run.stamp(error.secretVersion), error.message);
  const last = run.answer(decision.action, decision.reason);
  run.state = { ...state, last };
  run.report(decision, { outcome: 'unconfigured', message: state.attempt?.message });
  await run.write(run.state);
}

/** From here on the state carries what the message asked for, so that a crash does not lose it. */
function takeUp(run: Run): State {
  const { state } = run;
  const paused = run.asks === 'forced' ? undefined : state.paused;
  const doubted = run.verdict === 'alive' ? undefined : state.doubted;
  const before = { ...state, paused, doubted, wanted: wishTakenUp(run.facts, run.now) };
  run.asks = 'schedule';
  return before;
}

interface Ending {
  readonly after: State;
  readonly token?: string;
}

async function callAndPublish(
  run: Run,
  before: State,
  stamp: AttemptStamp,
  { key }: StoredSecret,
): Promise<Ending> {
  let issued: IssuedToken;
  try {
    issued = await run.client.issue(key);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { after: failed(before, stamp, error, run.now) };
  }

  const end = run.now;
  const print = fingerprint(issued.token);
  const verdict = judge(issued, print, before, stamp.secretVersion, rulesOf(run), end);
  if (verdict.outcome === 'malformed') {
    const error = new BrokerError('malformed', verdict.why, { mayHaveActed: true });
    return { after: failed(before, stamp, error, end) };
  }
  if (verdict.outcome === 'unchanged') {
    const { next, doubtful } = verdict;
    const after = unchanged(before, stamp, next, run.client.contract, end, doubtful);
    return { after, token: issued.token };
  }

  try {
    await insist(run, () => run.ports.store.writeToken(run.id, issued.token));
  } catch (error) {
    if (!(error instanceof AwsTrouble)) throw error;
    // From now: storing it may have been tried for minutes.
    return { after: unpublished(before, stamp, error.message, run.now) };
  }
  return { after: published(before, stamp, verdict.next, end) };
}

/** A dead token that comes back is dead for everybody; that it may fail changes nothing of what follows. */
async function revokeForEverybody(run: Run, { key }: StoredSecret, token: string): Promise<void> {
  try {
    await run.client.revoke(key, token);
    run.report({ action: 'revoke', reason: 'TokenDead' }, { outcome: 'revoked' });
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const { kind, brokerCode, message } = error;
    run.report({ action: 'revoke', reason: 'TokenDead' }, { outcome: kind, brokerCode, message });
  }
}

function rulesOf({ config, client }: Run): RenewalRules {
  return {
    renewBefore: config.renewBeforeSeconds * 1000,
    checkEvery: config.checkEverySeconds * 1000,
    sessions: config.sessions,
    reuseWindow: client.contract.reuseWindow,
  };
}
