import fc from 'fast-check';
import type { AwsFault } from '../../simulator/aws/faults.ts';
import type { Outage, OutageOption } from '../../simulator/brokers/outage.ts';
import { names } from '../../simulator/world.ts';
import { HOUR, MINUTE } from '../scenario/operation.ts';
import { type Command, Deliver } from './deliver.ts';
import { type Asked, DAY, type Model } from './model.ts';
import type { Setup } from './setups.ts';
import type { Accident, System } from './system.ts';

/** The world changes, and nobody is told. */
class Change implements Command {
  readonly #name: string;
  readonly #change: (model: Model, system: System) => void;
  readonly #possible: (model: Readonly<Model>) => boolean;

  constructor(
    name: string,
    change: (model: Model, system: System) => void,
    possible: (model: Readonly<Model>) => boolean = () => true,
  ) {
    this.#name = name;
    this.#change = change;
    this.#possible = possible;
  }

  check(model: Readonly<Model>): boolean {
    return this.#possible(model);
  }

  async run(model: Model, system: System): Promise<void> {
    this.#change(model, system);
    model.ticksInOrder = 0;
  }

  toString(): string {
    return this.#name;
  }
}

/** Without those that need real time: a call that hangs. */
const OUTAGES: readonly Outage[] = [
  'html',
  'http-500',
  'http-503',
  'redirect',
  'refused',
  'cut',
  'lost',
  'invalid-json',
  'wrong-charset',
];

export const outageEnds = () =>
  new Change(
    'the outage ends',
    (model, { simulator, world }) => {
      simulator.set({ outage: 'none' });
      model.outage = false;
      // Keys that stood refused before it are tried again after an hour at the latest.
      if (model.keysRefused) model.refusedUntil = world.clock.now() + HOUR;
    },
    ({ outage }) => outage,
  );

function outageBegins(outage: OutageOption) {
  return new Change(`an outage begins: ${JSON.stringify(outage)}`, (model, { simulator }) => {
    simulator.set({ outage });
    model.outage = true;
  });
}

export const senses = () =>
  new Change(
    'the broker comes to its senses',
    (model, { simulator, world }) => {
      // What could not be published is asked for again after a quarter of an hour; until its window ends
      // the broker may hand back the token that was made for somebody else.
      const foreign =
        'jti' in simulator.options && simulator.options.jti === 'other' ? model.setup.window : 0;
      model.bePatient(world.clock.now() + foreign + 15 * MINUTE);
      if (model.keysRefused) model.refusedUntil = world.clock.now() + HOUR;
      simulator.set({
        refuseIssue: null,
        ...('jti' in simulator.options && { statedExpiry: 'true', jti: 'own' }),
      });
      model.brokerIsMad = false;
    },
    ({ brokerIsMad }) => brokerIsMad,
  );

const refusesKeys = () =>
  new Change('the broker refuses the right key', (model, { simulator, broker }) => {
    simulator.set({ refuseIssue: broker === 'kis' ? 'EGW00103' : '8001' });
    model.brokerIsMad = true;
  });

function givesNonsense(options: { readonly statedExpiry: 'past' } | { readonly jti: 'other' }) {
  return new Change(
    `the broker's replies make no sense: ${JSON.stringify(options)}`,
    (model, { simulator }) => {
      simulator.set(options);
      model.brokerIsMad = true;
    },
    ({ setup }) => setup.credential.broker === 'kis',
  );
}

const kills = () =>
  new Change('the broker kills the token', (model, { simulator, published }) => {
    if (published.token === undefined || !simulator.isAlive(published.token)) return;
    simulator.kill(published.token);
    model.calm = false;
    model.killedInSilence = true;
  });

export const keyRestored = () =>
  new Change('the right key is stored', (model, system) => {
    system.restoreKey();
    changed(model, 'right');
  });

const keyRotated = () =>
  new Change('another app key is stored', (model, system) => {
    system.rotateKey();
    changed(model, 'right');
    model.untold = true;
  });

const keyUnknown = () =>
  new Change('a key is stored that the broker does not know', (model, { world, broker }) => {
    world.putSecret(broker, { appkey: 'FAKEnobodysAppKey', secret: 'FAKE-nobodys-secret' });
    changed(model, 'unknown to the broker');
  });

const keyBroken = (text: string) =>
  new Change(`no key is stored: ${text}`, (model, { world, broker }) => {
    world.putSecret(broker, text);
    changed(model, 'broken');
  });

/** A new version of the secret is tried at once. */
function changed(model: Model, secret: Model['secret']): void {
  model.secret = secret;
  model.calm = false;
  model.keysRefused = false;
  model.refusedAt = undefined;
  model.refusedUntil = 0;
}

export const clockIs = (off: number) =>
  new Change(`the function's clock is ${off / 1000} s ahead`, (model, { simulator, world }) => {
    const before = model.clockOff;
    if (off === before) return;
    // What was older than a day has been forgotten, although it is younger by the clock that was put back.
    model.issued = model.issued.filter((at) => at > world.clock.now() - DAY);
    world.clock.advance(off - before);
    // All of the simulated world has one clock: the broker's stays where it was.
    simulator.set({ clockAhead: -off });
    model.clockOff = off;
    model.clockWasOff = true;
    model.calm = false;
    model.refusedAt = undefined;
    model.patience += Math.max(0, off - before);
    model.refusedUntil += Math.max(0, off - before);
    // A token that seemed to have ended already is asked for again after a quarter of an hour.
    model.bePatient(world.clock.now() + 15 * MINUTE);
  });

const timePasses = (by: number) =>
  new Change(`${by / 1000} s pass`, (_model, { world }) => world.clock.advance(by));

type Mark = 'its renewal' | 'its end' | 'the end of its window';

/** To the instants at which something changes, and just past them. */
function timePassesTo(mark: Mark, off: number) {
  return new Change(`time passes to ${mark} ${off} ms`, (model, { simulator, world, published }) => {
    const record = simulator.tokens.find(({ token }) => token === published.token);
    if (record === undefined) return;
    const instant = {
      'its renewal': model.renewAt(record),
      'its end': record.expiresAt,
      'the end of its window': record.issuedAt + model.setup.window,
    }[mark];
    world.clock.set(Math.max(world.clock.now(), instant + model.clockOff + off));
  });
}

const few = fc.integer({ min: 0, max: 2 * MINUTE });

function accidents(id: string): fc.Arbitrary<Accident> {
  const { state, token, config } = names(id);
  const fault = (operation: string, kinds: readonly AwsFault['kind'][], name?: string) =>
    fc.record({
      kind: fc.constantFrom(...kinds),
      operation: fc.constant(operation),
      ...(name !== undefined && { name: fc.constant(name) }),
      times: fc.constantFrom(1, 2, 99),
    });
  const refusals = ['throttling', 'access-denied', 'internal-error', 'no-answer'] as const;
  const writes = [...refusals, 'written-but-error', 'written-but-no-answer'] as const;
  const faults: fc.Arbitrary<AwsFault> = fc.oneof(
    fault('GetParameters', refusals, config),
    fault('GetParameter', [...refusals, 'kms-error', 'kms-access-denied'], token),
    fault('PutParameter', writes, state),
    fault('PutParameter', [...writes, 'kms-error', 'kms-access-denied'], token),
    fault('GetSecretValue', [...refusals, 'kms-error']),
  );
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant<Accident>({ is: 'none' }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('twice' as const), again: few }) },
    {
      weight: 3,
      arbitrary: fc.record({
        is: fc.constant('killed' as const),
        at: fc.integer({ min: 0, max: 16 }),
        again: fc.constantFrom(1000, 15 * MINUTE),
      }),
    },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('AWS' as const), fault: faults }) },
    { weight: 1, arbitrary: fc.constant<Accident>({ is: 'stale read' }) },
  );
}

const REQUESTS: readonly Asked[] = [
  'force',
  'report',
  'report',
  'report of an old token',
  'report of a token to come',
  'new secret',
  'revoke',
  'pause',
];

/** Any sequence of what may happen to one credential. */
export function anyCommands({ credential }: Setup) {
  const accident = accidents(credential.id);
  const tick = accident.map((each): Command => new Deliver('tick', each));
  const plainTick = fc.constant<Command>(new Deliver('tick', { is: 'none' }));
  const request = fc
    .tuple(fc.constantFrom(...REQUESTS), accident)
    .map(([asked, each]): Command => new Deliver(asked, each));
  const passing = fc.oneof(
    few.map(timePasses),
    fc.integer({ min: 0, max: 8 * HOUR }).map(timePasses),
    fc
      .tuple(
        fc.constantFrom<Mark>('its renewal', 'its end', 'the end of its window'),
        fc.constantFrom(-6 * MINUTE, -1, 0, 1, 1000, MINUTE),
      )
      .map(([mark, off]) => timePassesTo(mark, off)),
  );
  const outage = fc
    .tuple(fc.constantFrom(...OUTAGES), fc.constantFrom('all', 'issue', 'revoke', 'data'))
    .map(([which, of]): Command => outageBegins(of === 'all' ? which : { [of]: which }));
  const secret = fc.constantFrom<Command>(
    keyRestored(),
    keyRotated(),
    keyUnknown(),
    keyBroken('{"appkey":"<your app key>","appsecret":"","secretkey":""}'),
    keyBroken('FAKE, and no JSON'),
  );
  const madness = fc.constantFrom<Command>(
    refusesKeys(),
    givesNonsense({ statedExpiry: 'past' }),
    givesNonsense({ jti: 'other' }),
  );
  const clock = fc.constantFrom(0, 0, 20_000, -20_000, 20 * MINUTE, -20 * MINUTE).map(clockIs);
  const mended = fc.constantFrom<Command>(outageEnds(), senses(), keyRestored(), clockIs(0));
  return fc.commands(
    [
      ...[tick, tick, plainTick, plainTick, plainTick, request, request, request, passing, passing, passing],
      ...[outage, secret, madness, clock, fc.constant(kills()), mended, mended],
    ],
    { maxCommands: 40, size: 'max' },
  );
}
