import { LambdaHost } from '../../simulator/lambda-host.ts';
import { World } from '../../simulator/world.ts';
import { type Calls, countCalls, totalCalls } from '../calls.ts';
import { type Findings, measured } from '../row.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const BROKERS = ['kis', 'kiwoom'] as const;
/**
 * The minimum number of calls: read the parameters, read the secret, issue, write the token, write the state.
 */
const LEAST_CALLS = 5;
/**
 * The additional calls for safety: the live token is read and verified, and the attempt is recorded before
 * the issue call.
 */
const SAFETY_CALLS = 3;

/** Counts the calls of one renewal by the deployed bundle, in simulated time. @param deployed a bundle */
export async function measureRenewal(deployed: string): Promise<Findings> {
  const renewals: { readonly broker: string; readonly calls: Calls }[] = [];
  for (const broker of BROKERS) renewals.push({ broker, calls: await renew(deployed, broker) });
  return {
    rows: renewals.map(({ broker, calls }) =>
      measured(`renewal at ${broker}, calls`, 'the minimum', '', [totalCalls(calls)], [LEAST_CALLS]),
    ),
    bounds: renewals.flatMap(({ broker, calls }) => [
      { what: `renewal at ${broker}, calls`, got: totalCalls(calls), most: LEAST_CALLS + SAFETY_CALLS },
      { what: `renewal at ${broker}, calls of the broker`, got: calls.broker, most: 2 },
      { what: `renewal at ${broker}, reads of the secret`, got: calls.secrets, most: 1 },
    ]),
  };
}

/** @throws Error if the token was not renewed */
async function renew(deployed: string, broker: (typeof BROKERS)[number]): Promise<Calls> {
  const id = `${broker}-main`;
  const credentials = [{ id, broker }];
  const world = await World.start({ start: START, credentials, kiwoom: { reissue: 'supersede' } });
  const host = new LambdaHost({ bundle: deployed, environment: world.environment, clock: world.clock });
  const tick = () => host.invoke(world.event({ credential: id, cause: 'schedule' }), world.timeout(id));
  try {
    await tick();
    const first = world.published(id);
    world.clock.set(first.state?.published?.renewAt ?? Number.NaN);
    const count = countCalls(world);
    await tick();
    const calls = count();
    const next = world.published(id);
    if (next.state?.generation !== 2 || next.token === first.token)
      throw new Error(`the token of ${id} was not renewed: ${JSON.stringify(calls)}`);
    return calls;
  } finally {
    await host.stop();
    await world.stop();
  }
}
