import { DAY, HOUR } from '../../cli/time.ts';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import type { SimulatedCloud } from './cloud.ts';
import { tokenIssuedAt } from './sample-credential.ts';

export interface StateChanges extends Partial<State> {
  /** The age of the token, in milliseconds. @default an hour */
  readonly age?: number;
  /** The lifetime of the token, in milliseconds. @default a day */
  readonly life?: number;
  readonly token?: Partial<PublishedToken>;
}

/** Stores a token parameter, and a state parameter that contains the version of the token parameter. */
export function storeState(
  cloud: SimulatedCloud,
  id: string,
  { age = HOUR, life = DAY, token, ...changes }: StateChanges = {},
): void {
  const { world } = cloud.refresher;
  const issuedAt = cloud.clock.now() - age;
  world.aws.putParameter(names(id).token, 'FAKE-token', 'SecureString');
  const tokenVersion = world.aws.parameter(names(id).token)?.version;
  const state: State = {
    generation: 41,
    published: { ...tokenIssuedAt(issuedAt, world.config(id), life), tokenVersion, ...token },
    issues: [issuedAt],
    ...changes,
  };
  world.aws.putParameter(names(id).state, formatState(state));
}

/** Changes the stored state and its published token. @returns a function that restores the state */
export function changeState(
  cloud: SimulatedCloud,
  id: string,
  changes: Partial<State>,
  token: Partial<PublishedToken> = {},
): () => void {
  const before = cloud.state(id);
  const put = (state: State) => cloud.refresher.world.aws.putParameter(names(id).state, formatState(state));
  put({ ...before, ...changes, published: before.published && { ...before.published, ...token } });
  return () => put(before);
}
