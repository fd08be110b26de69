import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach } from 'vitest';
import { formatConfig } from '../../../lambdas/shared/credential.ts';
import { parameterNames } from '../../../lambdas/shared/names.ts';
import { ParameterStore } from '../../../lambdas/store/parameters.ts';
import { CONFIG, healthyState } from '../../sample-state.ts';

export const PARAMETER_NAMES = parameterNames('/bt', 'kis-main');
export const config = { Name: PARAMETER_NAMES.config, Value: formatConfig(CONFIG), Version: 1 };
export const NOON = Date.parse('2026-11-20T12:00:00+09:00');
export const HEALTHY_STATE = healthyState(NOON);

/** Creates a ParameterStore with a mocked SSM client for each test, and a clock that the test sets. */
export function createStoreHarness() {
  const ssm = mockClient(SSMClient);
  const now = (): number => world.now;
  const world = { ssm, now: NOON, store: newStore(now) };
  beforeEach(() => {
    ssm.reset();
    world.now = NOON;
    world.store = newStore(now);
  });
  afterAll(() => ssm.restore());
  return world;
}

function newStore(now: () => number): ParameterStore {
  const ssm = new SSMClient({ region: 'ap-northeast-2' });
  return new ParameterStore({ ssm, prefix: '/bt', tokenKeyArn: 'arn:aws:kms:fake', now });
}

type StoreHarness = ReturnType<typeof createStoreHarness>;

/** Sets the result of GetParameters: the config, a state with version 7, and the token, if they are given. */
export function mockGetParameters(
  { ssm }: Pick<StoreHarness, 'ssm'>,
  state: string | undefined,
  tokenVersion?: number,
  more: object = {},
): void {
  const token = { Name: PARAMETER_NAMES.token, Value: 'AQICAFAKE', Version: tokenVersion };
  const found = [
    ...(tokenVersion === undefined ? [] : [token]),
    ...(state === undefined ? [] : [{ Name: PARAMETER_NAMES.state, Value: state, Version: 7, ...more }]),
    config,
  ];
  ssm.on(GetParametersCommand).resolves({ Parameters: found });
}

export const error = (name: string) => Object.assign(new Error(`${name} happened`), { name });

export const putInputsOf = ({ ssm }: Pick<StoreHarness, 'ssm'>) =>
  ssm.commandCalls(PutParameterCommand).map((call) => call.args[0].input);

/** Describes each PutParameter call by its parameter and by whether it creates the parameter with tags. */
export const writesOf = (world: Pick<StoreHarness, 'ssm'>) =>
  putInputsOf(world).map(({ Name, Tags, Overwrite }) => {
    const name = Name?.split('/').at(-1);
    return Overwrite
      ? `overwrite ${name}${Tags ? ' with tags' : ''}`
      : `create ${name}${Tags ? '' : ' without tags'}`;
  });
