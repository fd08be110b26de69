import type { BrokerId, CredentialConfig } from '../../lambdas/shared/credential.ts';

/** A variant of the simulated broker: an observed or possible behavior of the real broker. */
export interface Behavior {
  readonly name: string;
  readonly broker: BrokerId;
  readonly market?: CredentialConfig['market'];
  readonly options: object;
  readonly config?: Partial<CredentialConfig>;
}

const DAY = 86_400;

/** The broker behaviors that the exploration covers (docs/testing.md § Bounded exploration). */
export const BEHAVIORS: readonly Behavior[] = [
  { name: 'kis', broker: 'kis', options: {} },
  { name: 'kis-live', broker: 'kis', market: 'live', options: {}, config: { renewBeforeSeconds: 3600 } },
  { name: 'kis-same-until-expiry', broker: 'kis', options: { reuseWindowSeconds: DAY } },
  { name: 'kis-sliding', broker: 'kis', options: { slidingWindow: true } },
  { name: 'kis-returns-dead', broker: 'kis', options: { reuseDead: 'always' } },
  { name: 'kis-invalidates-old', broker: 'kis', options: { newTokenKillsOld: true } },
  { name: 'kis-unknown-for-60s', broker: 'kis', options: { newTokenDelaySeconds: 60 } },
  { name: 'kis-no-verdict', broker: 'kis', options: { refuseData: 'EGW00201' } },
  { name: 'kis-smallest-budget', broker: 'kis', options: {}, config: { maxIssuesPerDay: 2 } },
  { name: 'kiwoom-same', broker: 'kiwoom', options: {} },
  { name: 'kiwoom-supersede', broker: 'kiwoom', options: { reissue: 'supersede' } },
  { name: 'kiwoom-wait', broker: 'kiwoom', options: {}, config: { renewEarly: 'wait' } },
  { name: 'kiwoom-returns-dead', broker: 'kiwoom', options: { reuseDead: 'killed' } },
  { name: 'kiwoom-revoke-no-op', broker: 'kiwoom', options: { ignoreRevoke: true } },
  { name: 'kiwoom-8015', broker: 'kiwoom', options: { deadRevoke: '8015', reuseDead: 'killed' } },
  { name: 'kiwoom-unknown-for-60s', broker: 'kiwoom', options: { newTokenDelaySeconds: 60 } },
  { name: 'kiwoom-no-verdict', broker: 'kiwoom', options: { refuseData: '8104' } },
  { name: 'kiwoom-short-life', broker: 'kiwoom', options: { tokenLifeSeconds: 15_720 } },
];

/** Returns the broker behavior with this name. @throws Error if no behavior has this name */
export function behaviorOf(name: string): Behavior {
  const behavior = BEHAVIORS.find((each) => each.name === name);
  if (behavior === undefined) throw new Error(`there is no behavior "${name}"`);
  return behavior;
}
