import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import { CHECK_EVERY } from './model.ts';
import { type Delivered, issues } from './rules.ts';

/** When a rule of a calm day applies, and whether it holds then. */
export interface CalmRule {
  readonly when: (delivered: Delivered) => boolean;
  readonly holds: (delivered: Delivered) => boolean;
}

/**
 * The token was issued in order and nothing has happened since but ticks: then it is known to the call what
 * the next message brings.
 */
export const ON_A_CALM_DAY: Readonly<Record<string, CalmRule>> = {
  'a tick leaves a fresh token alone: one read and nothing else': {
    when: (delivered) => delivered.asked === 'tick' && delivered.accident.is === 'none' && isFresh(delivered),
    holds: ({ seen }) =>
      seen.calls.length === 0 &&
      seen.states.length === 0 &&
      seen.aws.length === seen.invocations &&
      seen.aws.every(({ operation }) => operation === 'GetParameters'),
  },

  'a tick leaves a token alone that the broker keeps to its end': {
    when: ({ asked, model, at, system, lived }) =>
      asked === 'tick' &&
      lived &&
      model.handedBack > 0 &&
      model.setup.keepsToItsEnd &&
      // From here on its end is waited for within the invocation.
      at + CHECK_EVERY + 90_000 < (recordOf(system, model.standing)?.expiresAt ?? 0),
    holds: ({ seen }) => seen.calls.length === 0 && seen.states.length === 0,
  },

  'the state tells when it will be renewed': {
    when: ({ model, token }) => model.calm && token !== undefined,
    holds: ({ model, system }) => {
      const { state } = system.published;
      const record = recordOf(system);
      return record === undefined || !model.calm || state?.published?.renewAt === model.renewAt(record);
    },
  },

  'forced: the broker is asked once, where asking can help, and a new token is published': {
    when: (delivered) =>
      delivered.asked === 'force' &&
      delivered.accident.is === 'none' &&
      delivered.model.inOrder &&
      !delivered.model.budgetMayBeSpent(delivered.at) &&
      isFresh(delivered),
    holds: ({ model, system, seen, at, token }) => {
      const { setup, handedBack } = model;
      const before = system.simulator.tokens.find((each) => each.token === token);
      const last = model.asked.at(-1)?.at ?? 0;
      const mayAsk =
        at >= (before?.issuedAt ?? 0) + setup.window &&
        at - last >= setup.minimumInterval &&
        handedBack === 0;
      const superseded = system.simulator.options;
      const keeps = 'reissue' in superseded && superseded.reissue === 'same-token';
      const changes = mayAsk && !keeps;
      return issues(seen).length === (mayAsk ? 1 : 0) && (system.published.token !== token) === changes;
    },
  },

  'revoked: the living token dies at the broker': {
    when: ({ asked, model, lived, at }) =>
      (asked === 'revoke' || asked === 'pause') &&
      model.inOrder &&
      lived &&
      // Of two calls within a second Kiwoom throttles the second.
      at - model.revokedAt >= 1000,
    holds: ({ system, seen, token }) =>
      seen.calls.filter(({ outcome }) => outcome === 'revoked').length === 1 &&
      !system.simulator.isAlive(token ?? ''),
  },

  'reported: a living token is tried once and kept': {
    when: (delivered) => delivered.asked === 'report' && delivered.model.inOrder && isFresh(delivered),
    holds: ({ seen, system, token }) =>
      seen.calls.every(({ kind }) => kind === 'data') &&
      seen.calls.length === 1 &&
      system.published.token === token,
  },

  'reported: of an old token the broker is asked nothing': {
    when: (delivered) => delivered.asked === 'report of an old token' && isFresh(delivered),
    holds: ({ seen }) => seen.calls.length === 0,
  },
};

function isFresh({ model, system, at, lived }: Delivered): boolean {
  const record = recordOf(system, model.standing);
  return lived && record !== undefined && at < model.renewAt(record);
}

function recordOf(system: Delivered['system'], token = system.published.token) {
  return system.simulator.tokens.find((each) => each.token === token);
}

/** What must hold after the second tick in a row that met everything in order, once no planned try is awaited. */
export const ALL_IS_WELL: Readonly<Record<string, (delivered: Delivered) => boolean>> = {
  'a living token is published': ({ system }) => system.simulator.isAlive(system.published.token ?? ''),

  'token and state belong together, unless the budget of the day is spent': ({ system, model }) => {
    const { token, state } = system.published;
    const match = state?.published?.fingerprint === fingerprint(token ?? '');
    return match || model.budgetMayBeSpent(system.world.clock.now());
  },

  'the token is not held for dead': ({ system }) => !system.published.state?.dead,

  'no attempt is left open, unless the budget of the day is spent': ({ system, model }) =>
    system.published.state?.attempt?.outcome !== 'started' ||
    model.budgetMayBeSpent(system.world.clock.now()),

  'no wish is left, unless the budget of the day is spent': ({ system, model }) =>
    system.published.state?.wanted === undefined || model.budgetMayBeSpent(system.world.clock.now()),

  'what can be renewed early has been, unless the budget of the day is spent': ({ system, model }) => {
    const now = system.world.clock.now();
    const renewAt = system.published.state?.published?.renewAt ?? 0;
    return model.setup.keepsToItsEnd || model.budgetMayBeSpent(now) || now < renewAt + 2 * CHECK_EVERY;
  },

  'the token belongs to the newest key, if somebody said that it had changed': ({ system, model }) =>
    model.untold ||
    model.budgetMayBeSpent(system.world.clock.now()) ||
    recordOf(system)?.appkey === system.simulator.keys.at(-1)?.appkey,

  'the metrics say so': ({ system }) => (system.operation.lastReadings(system.id)?.secondsToExpiry ?? 0) > 0,
};
