import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { State } from '../../lambdas/shared/state.ts';
import {
  type Asked,
  CHECK_EVERY,
  DAY,
  isRefusal,
  isToken,
  type Model,
  RENEW_BEFORE,
  TOLERANCE,
} from './model.ts';
import type { Accident, Seen, System } from './system.ts';

/** One delivery, and the model as it was before it. */
export interface Delivered {
  readonly model: Model;
  readonly system: System;
  readonly asked: Asked;
  readonly accident: Accident;
  readonly at: number;
  /** Before it: the token in the parameter, and whether the broker took it. */
  readonly token: string | undefined;
  readonly lived: boolean;
  readonly seen: Seen;
}

/** What must hold after any delivery, whatever happened before and on the way: sentence → holds. */
export const ALWAYS: Readonly<Record<string, (delivered: Delivered) => boolean>> = {
  'nothing is thrown but by a killed function': ({ seen }) => seen.defects.length === 0,

  'a message is given up only when AWS kept refusing': ({ seen, accident }) =>
    seen.end === 'answered' || accident.is === 'AWS',

  'no two issue calls are closer than the minimum interval': ({ model, seen }) => {
    const { minimumInterval } = model.setup;
    return pairs([...model.asked.slice(-1), ...model.timed(seen)]).every(
      ([before, call]) =>
        call.at - before.at >= minimumInterval ||
        // Of a clock that was turned back nobody can tell how long ago the last call was.
        before.at > call.at + TOLERANCE ||
        call.truly - before.truly >= minimumInterval,
    );
  },

  'one invocation makes at most three issue calls': ({ seen }) => issues(seen).length <= 3 * seen.invocations,

  'a token is alive when it is published': ({ seen, token }) =>
    seen.publications.every((each) => each.alive || each.token === token),

  'no older token follows a newer one': ({ seen, system, token }) => {
    const order = [token, ...seen.publications.map((each) => each.token)].map((each) =>
      system.simulator.tokens.findIndex((record) => record.token === each),
    );
    return pairs(order).every(([before, after]) => before <= after);
  },

  'the generation counts the tokens that were announced, and each had been published': ({
    model,
    seen,
    token,
  }) => {
    const known = [token, ...seen.publications.map((each) => each.token)].map(
      (each) => each && fingerprint(each),
    );
    let { generation, print } = model.announced;
    return seen.states.every((state) => {
      const next = state.published?.fingerprint;
      const isNew = next !== print;
      const right = state.generation === (isNew ? generation + 1 : generation);
      ({ generation, print } = { generation: state.generation, print: next });
      return right && (!isNew || known.includes(next));
    });
  },

  'a published token is not replaced by nothing': ({ system, token }) =>
    token === undefined || system.published.token !== undefined,

  'no token is asked for under a pause': ({ model, seen, asked }) =>
    !(asked === 'pause' || (model.paused === true && asked !== 'force' && asked !== 'revoke')) ||
    issues(seen).length === 0,

  'no broker is called without a key': ({ model, seen }) =>
    model.secret !== 'broken' || seen.calls.length === 0,

  'refused keys are left alone for five minutes, unless somebody forces': ({
    model,
    seen,
    asked,
    accident,
  }) => {
    // After an interrupted attempt nobody knows how it ended.
    if (accident.is !== 'none' && accident.is !== 'twice') return true;
    // What the broker said in an outage was not heard. Who asks to revoke asks for a new token, too.
    const forgotten = asked === 'force' || asked === 'revoke' || asked === 'pause';
    const refusals = model.outage ? [] : issues(seen).filter(({ outcome }) => isRefusal(outcome));
    const known = model.refusedAt === undefined || forgotten ? [] : [model.refusedAt];
    return pairs([...known, ...refusals.map(({ at }) => at)]).every(
      ([before, at]) => at - before >= CHECK_EVERY,
    );
  },

  'beyond the budget of the day a call is made only in an emergency, and at most at every tick': ({
    model,
    seen,
  }) => {
    const before = model.asked.map(({ at }) => at);
    const issued = [...model.issued];
    return issues(seen).every(({ at, outcome, state }) => {
      const counted = issued.filter((each) => each > at - DAY && each <= at + TOLERANCE).length;
      const last = before.at(-1) ?? Number.NEGATIVE_INFINITY;
      before.push(at);
      if (isToken(outcome)) issued.push(at);
      if (counted < model.budget) return true;
      return (
        leftOf(state, at) < RENEW_BEFORE / 2 && (at - last >= 0.75 * CHECK_EVERY || last > at + TOLERANCE)
      );
    });
  },
};

function leftOf(state: State | undefined, at: number): number {
  return state?.published === undefined || state.dead ? 0 : Math.max(0, state.published.expiresAt - at);
}

export function issues(seen: Seen) {
  return seen.calls.filter(({ kind }) => kind === 'issue');
}

function pairs<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.slice(1).map((each, index) => [list[index] ?? each, each] as const);
}

/** @returns the sentences that do not hold */
export function broken<T>(rules: Readonly<Record<string, (subject: T) => boolean>>, subject: T): string[] {
  return Object.entries(rules).flatMap(([sentence, holds]) => (holds(subject) ? [] : [sentence]));
}
