import type { BrokerId, CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { PublishedToken, State } from '../../../lambdas/shared/state.ts';
import { formatState, parseState } from '../../../lambdas/store/state-codec.ts';
import {
  createWorld,
  ExploredWorld,
  type Outcome,
  type PortCall,
  SECRET_ARN,
  secretText,
} from '../../../simulator/explore/explored-world.ts';
import { HOUR, kst, SECOND } from '../decision/facts.ts';

/**
 * START is on a Wednesday evening, and not in the first ten minutes of an hour, because ticks check the
 * version of the secret in these ten minutes.
 */
export const START = kst('20:30', '2026-11-18');
export const TICK_INTERVAL = 300 * SECOND;

export interface WorldSetting {
  readonly options?: object;
  readonly config?: Partial<CredentialConfig>;
}

/** A world without a token. */
export function createEmptyWorld(broker: BrokerId, setting: WorldSetting = {}): ExploredWorld {
  return new ExploredWorld(createWorld({ broker, now: START, ...setting }));
}

/** Creates a world whose first token was published at START. */
export async function createWorldWithToken(
  broker: BrokerId,
  setting: WorldSetting = {},
): Promise<ExploredWorld> {
  const world = createEmptyWorld(broker, setting);
  await world.tick();
  return world;
}

/** Creates a world whose first token was published an hour ago. */
export const createIdleWorld = async (broker: BrokerId = 'kis', setting: WorldSetting = {}) =>
  later(await createWorldWithToken(broker, setting), HOUR);

/** Creates a KIS world whose broker rejects the published token, which is `age` old. */
export async function createDeadTokenWorld(age = HOUR, options: object = {}): Promise<ExploredWorld> {
  const world = later(await createWorldWithToken('kis', { options }), age);
  world.broker().kill(world.token ?? '');
  return world;
}

/** The report of a consumer that the broker rejects the first token. */
export const REPORT = { cause: 'rejected', generation: 1 } as const;

/** Creates a world whose clock is at `renewAt` of its first token. */
export async function createWorldAtRenewal(
  broker: BrokerId,
  setting: WorldSetting = {},
): Promise<ExploredWorld> {
  const world = await createWorldWithToken(broker, setting);
  world.state.now = publishedTokenIn(world).renewAt;
  return world;
}

export function publishedTokenIn(world: ExploredWorld): PublishedToken {
  const { published } = world.published;
  if (published === undefined) throw new Error('no token is published');
  return published;
}

export function later(world: ExploredWorld, milliseconds: number): ExploredWorld {
  world.state.now += milliseconds;
  return world;
}

/** Changes the text of the state parameter, as a program other than the refresher could. */
export function damageState(world: ExploredWorld, change: (json: Record<string, unknown>) => object): void {
  const json = JSON.parse(formatState(world.published));
  world.state.state = parseState(JSON.stringify(change(json)));
}

/** Sets the outcomes of the first calls of each port method; all further calls succeed. */
export function setCallOutcomes(
  world: ExploredWorld,
  outcomes: Partial<Record<PortCall, readonly Outcome[]>>,
): void {
  const callCounts: Partial<Record<PortCall, number>> = {};
  world.chooseOutcome = (call) => {
    const index = callCounts[call] ?? 0;
    callCounts[call] = index + 1;
    return outcomes[call]?.[index] ?? 'ok';
  };
}

export const alwaysFail =
  (call: PortCall, outcome: Outcome) =>
  (each: PortCall): Outcome =>
    each === call ? outcome : 'ok';

/** Records the stored state at the start of a call, as a crash during the call would leave it. */
export function recordStateBefore(world: ExploredWorld, recorded: PortCall): { state?: State } {
  const record: { state?: State } = {};
  world.chooseOutcome = (call) => {
    if (call === recorded) record.state = world.published;
    return 'ok';
  };
  return record;
}

/** Stores this version of the secret, and makes it the current version. */
export function storeSecret(world: ExploredWorld, version: string, text: string): void {
  const secret = world.state.secrets[SECRET_ARN];
  if (secret === undefined) throw new Error('no secret');
  secret.values[version] = text;
  secret.current = version;
}

export { HOUR, SECRET_ARN, secretText };

/** Formats each decision of the last delivery as `action reason: result`. */
export function decisionLines({ lines }: ExploredWorld): readonly string[] {
  return lines.map(({ action, reason, outcome, verdict }) => {
    const result = outcome ?? verdict;
    return `${action} ${reason}${result === undefined ? '' : `: ${result}`}`;
  });
}

/** The decisions of the last delivery as one text. */
export const decisionsIn = (world: ExploredWorld): string => decisionLines(world).join(', ');

/** The times of the issue calls that the broker received. */
export function issueCallTimes(world: ExploredWorld): readonly number[] {
  return world
    .broker()
    .calls.filter(({ kind }) => kind === 'issue')
    .map(({ at }) => at);
}
