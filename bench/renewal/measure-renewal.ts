import { LambdaHost } from '../../simulator/lambda-host.ts';
import { LoopbackWorld } from '../../simulator/world.ts';
import { type CallCounts, countCalls, totalCalls } from '../calls.ts';
import { createRow, type Measurements } from '../row.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const BROKERS = ['kis', 'kiwoom'] as const;
/**
 * The minimum number of calls in a renewal: read the parameters, read the secret, issue the token, write the
 * token, write the state.
 */
const MIN_CALLS_PER_RENEWAL = 5;
/**
 * The number of additional calls that make a renewal safe: the refresher reads and verifies the live token,
 * and records the attempt before the issue call.
 */
const SAFETY_CALLS_PER_RENEWAL = 3;

/**
 * Counts the calls of one renewal by the deployed bundle, in simulated time.
 * @param deployed the path of the bundle
 */
export async function measureRenewal(deployed: string): Promise<Measurements> {
  const rows: Measurements['rows'][number][] = [];
  const bounds: Measurements['bounds'][number][] = [];
  for (const broker of BROKERS) {
    const calls = await countRenewalCalls(deployed, broker);
    const name = `renewal at ${broker}, calls`;
    rows.push(createRow(name, 'the minimum', '', [totalCalls(calls)], [MIN_CALLS_PER_RENEWAL]));
    bounds.push(
      [name, totalCalls(calls), MIN_CALLS_PER_RENEWAL + SAFETY_CALLS_PER_RENEWAL],
      [`${name} of the broker`, calls.broker, 2],
      [`renewal at ${broker}, reads of the secret`, calls.secrets, 1],
    );
  }
  return { rows, bounds };
}

/** @throws Error if the token was not renewed */
async function countRenewalCalls(deployed: string, broker: (typeof BROKERS)[number]): Promise<CallCounts> {
  const id = `${broker}-main`;
  const credentials = [{ id, broker }];
  const world = await LoopbackWorld.start({ start: START, credentials, kiwoom: { reissue: 'supersede' } });
  const host = new LambdaHost({ bundle: deployed, environment: world.environment, clock: world.clock });
  const tick = () => host.invoke(world.event({ credential: id, cause: 'schedule' }), world.timeout(id));
  try {
    await tick();
    const firstPublication = world.published(id);
    world.clock.set(firstPublication.state?.published?.renewAt ?? Number.NaN);
    const countSinceStart = countCalls(world);
    await tick();
    const calls = countSinceStart();
    const renewedPublication = world.published(id);
    if (renewedPublication.state?.generation !== 2 || renewedPublication.token === firstPublication.token)
      throw new Error(`the token of ${id} was not renewed: ${JSON.stringify(calls)}`);
    return calls;
  } finally {
    await host.stop();
    await world.stop();
  }
}
