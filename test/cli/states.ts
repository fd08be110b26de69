import { DAY, HOUR } from '../../cli/time.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import type { SimulatedCloud } from './cloud.ts';

/** Creates the state of a live token that was issued at `issuedAt`. */
export function tokenIssuedAt(
  issuedAt: number,
  { broker, market, secretArn }: Pick<CredentialConfig, 'broker' | 'market' | 'secretArn'>,
  life: number = DAY,
): PublishedToken {
  return {
    fingerprint: '352fd9b303ab',
    tokenType: 'Bearer',
    issuedAt,
    expiresAt: issuedAt + life,
    renewAt: issuedAt + life - HOUR,
    tokenVersion: 1,
    health: 'live',
    issuedFor: {
      broker,
      market,
      secretArn,
      secretVersion: 'v1',
      appKey: '0123456789ab',
      tokenKeyArn: 'arn:fake-key',
    },
  };
}

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

/** Changes the stored state and its published token. */
export function changeState(
  cloud: SimulatedCloud,
  id: string,
  changes: Partial<State>,
  token: Partial<PublishedToken> = {},
): void {
  const { published, ...state } = cloud.state(id);
  if (published === undefined) throw new Error(`${id} has no token`);
  const text = formatState({ ...state, ...changes, published: { ...published, ...token } });
  cloud.refresher.world.aws.putParameter(names(id).state, text);
}
