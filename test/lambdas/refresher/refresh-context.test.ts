import { expect, it } from 'vitest';
import { type RefreshContext, writeStateIfChanged } from '../../../lambdas/refresher/refresh-context.ts';
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';

const FIRST: State = { ...INITIAL_STATE, generation: 1 };

it('writeStateIfChanged compares the state with the last written state, not with the state at the start of the invocation', async () => {
  const written: State[] = [];
  const writeState = async (_id: string, state: State) => {
    written.push(state);
  };
  const context = {
    facts: { config: { id: 'kis-main' }, state: INITIAL_STATE, done: { calls: 0 } },
    ports: { store: { writeState } },
    storedStateJson: JSON.stringify(INITIAL_STATE),
  } as unknown as RefreshContext;
  const first = await writeStateIfChanged(context, FIRST);
  const repeated = await writeStateIfChanged(first, FIRST);
  await writeStateIfChanged(repeated, INITIAL_STATE);
  expect(written).toEqual([FIRST, INITIAL_STATE]);
});
