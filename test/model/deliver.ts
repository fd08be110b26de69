import type fc from 'fast-check';
import { expect } from 'vitest';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { MINUTE } from '../scenario/operation.ts';
import { type Asked, CHECK_EVERY, type Model } from './model.ts';
import { ALWAYS, broken, type Delivered } from './rules.ts';
import { ALL_IS_WELL, ON_A_CALM_DAY } from './rules-in-order.ts';
import type { Accident, System } from './system.ts';

export type Command = fc.AsyncCommand<Model, System>;

/** A message is delivered, with or without an accident, and everything that must hold then is looked at. */
export class Deliver implements Command {
  readonly #asked: Asked;
  readonly #accident: Accident;

  constructor(asked: Asked, accident: Accident) {
    this.#asked = asked;
    this.#accident = accident;
  }

  check({ announced }: Readonly<Model>): boolean {
    return this.#asked !== 'report of an old token' || announced.generation > 1;
  }

  async run(model: Model, system: System): Promise<void> {
    const { clock } = system.world;
    if (this.#asked === 'tick') nextTick(model, system);
    const { token = '' } = system.published;
    const before = { at: clock.now(), token: token || undefined, lived: system.simulator.isAlive(token) };
    const planned = Math.max(model.patience, model.refusedUntil);
    const seen = await system.deliver(messageOf(this.#asked, system), this.#accident);
    const delivered: Delivered = {
      model,
      system,
      seen,
      asked: this.#asked,
      accident: this.#accident,
      ...before,
    };
    const problems = broken(ALWAYS, delivered);
    const inOrder = this.#accident.is === 'none' || this.#accident.is === 'twice';
    if (model.calm && inOrder) {
      for (const [sentence, { when, holds }] of Object.entries(ON_A_CALM_DAY))
        if (when(delivered) && !holds(delivered)) problems.push(sentence);
    }
    model.enter(system, this.#asked, seen, inOrder);
    if (this.#accident.is === 'AWS') model.bePatient(clock.now() + 15 * MINUTE);
    if (model.paused !== undefined && (system.published.state?.paused ?? false) !== model.paused)
      problems.push(`the state says whether it is paused: ${model.paused}`);
    if (model.ticksInOrder >= 2 && before.at > planned && model.paused === false && !model.killedInSilence)
      problems.push(...broken(ALL_IS_WELL, delivered));
    expect(problems).toEqual([]);
  }

  toString(): string {
    const { is } = this.#accident;
    return is === 'none' ? this.#asked : `${this.#asked} (${JSON.stringify(this.#accident)})`;
  }
}

function messageOf(asked: Asked, { id: credential, published }: System): InboxMessage {
  const { generation = 0 } = published.state ?? {};
  switch (asked) {
    case 'tick':
      return { credential, cause: 'schedule' };
    case 'force':
      return { credential, cause: 'forced' };
    case 'new secret':
      return { credential, cause: 'credentials-changed' };
    case 'revoke':
      return { credential, cause: 'revoke' };
    case 'pause':
      return { credential, cause: 'revoke', reissue: false };
    case 'report':
      return { credential, cause: 'rejected', generation: Math.max(1, generation) };
    case 'report of a token to come':
      return { credential, cause: 'rejected', generation: generation + 3 };
    case 'report of an old token':
      return { credential, cause: 'rejected', generation: generation - 1 };
  }
}

/** The scheduler's next tick; those of a time that passed are lost. */
function nextTick(model: Model, { world: { clock } }: System): void {
  const now = clock.now();
  const planned = Math.min(model.nextTick ?? now, now + CHECK_EVERY);
  const missed = Math.max(0, Math.floor((now - planned) / CHECK_EVERY));
  const due = planned + missed * CHECK_EVERY;
  clock.set(Math.max(now, due));
  model.nextTick = due + CHECK_EVERY;
}
