import { BROKER_URL_ENVIRONMENT } from '../../lambdas/shared/names.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { World } from '../../simulator/world.ts';
import { type Calls, countCalls } from '../calls.ts';
import { counted, type Findings } from '../row.ts';
import { startTlsProxy, type TlsProxy } from '../tls-proxy.ts';
import { renewByTheShortestWay } from './shortest.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const SHORTEST = 'the least that renews and tells';
const BROKERS = ['kis', 'kiwoom'] as const;

interface RenewalCost {
  readonly calls: Calls;
  /** HTTP, both ways, all services together. */
  readonly bytes: number;
}

/**
 * What one renewal costs in calls and bytes: the deployed bundle, in simulated time, and the shortest way to the same.
 * @param deployed a bundle
 */
export async function measureRenewal(deployed: string): Promise<Findings> {
  const costs = [];
  for (const broker of BROKERS) costs.push({ broker, ...(await renewals(deployed, broker)) });
  return {
    rows: costs.flatMap(({ broker, ours, least }) => [
      counted(`renewal at ${broker}, calls`, SHORTEST, '', total(ours.calls), total(least.calls)),
      counted(`renewal at ${broker}, HTTP both ways`, SHORTEST, 'KB', ours.bytes / 1024, least.bytes / 1024),
    ]),
    bounds: costs.flatMap(({ broker, ours, least }) => [
      // Three more: the live token is read and verified, and the attempt is stamped before the call.
      { what: `renewal at ${broker}, calls`, got: total(ours.calls), most: total(least.calls) + 3 },
      { what: `renewal at ${broker}, calls of the broker`, got: ours.calls.broker, most: 2 },
      { what: `renewal at ${broker}, reads of the secret`, got: ours.calls.secrets, most: 1 },
      { what: `renewal at ${broker}, bytes by the least`, got: ours.bytes / least.bytes, most: 1.65 },
    ]),
  };
}

async function renewals(deployed: string, broker: (typeof BROKERS)[number]) {
  const id = `${broker}-main`;
  const world = await World.start({
    start: START,
    credentials: [{ id, broker }],
    // A broker that gives a new token before the old one ends: otherwise there is no renewal to measure.
    kiwoom: { reissue: 'supersede' },
  });
  const brokerUrl = BROKER_URL_ENVIRONMENT[broker].paper;
  const proxies = {
    aws: await startTlsProxy(world.environment['AWS_ENDPOINT_URL'] ?? '', { tls: false }),
    broker: await startTlsProxy(world.environment[brokerUrl] ?? '', { tls: false }),
  };
  const environment = {
    ...world.environment,
    AWS_ENDPOINT_URL: proxies.aws.url,
    [brokerUrl]: proxies.broker.url,
  };
  const host = new LambdaHost({ bundle: deployed, environment, clock: world.clock });
  const tick = async () => {
    await host.invoke(world.event({ credential: id, cause: 'schedule' }), world.timeout(id));
  };
  try {
    await tick();
    const ours = await renewed(world, id, proxies, tick);
    const least = await renewed(world, id, proxies, async () => {
      const { state } = world.published(id);
      if (state === undefined) throw new Error('no state to begin with');
      const next = { ...state, generation: state.generation + 1 };
      await renewByTheShortestWay(world.config(id), next, environment);
    });
    return { ours, least };
  } finally {
    await host.stop();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
    await world.stop();
  }
}

/** Lets the time of the next renewal come, and has it done. @throws Error if it was not done */
async function renewed(
  world: World,
  id: string,
  proxies: Readonly<Record<string, TlsProxy>>,
  renew: () => Promise<void>,
): Promise<RenewalCost> {
  const before = world.published(id);
  world.clock.set(before.state?.published?.renewAt ?? Number.NaN);
  for (const proxy of Object.values(proxies)) proxy.clearBytes();
  const books = countCalls(world);
  await renew();
  const calls = books();
  const after = world.published(id);
  if (after.state?.generation !== (before.state?.generation ?? 0) + 1 || after.token === before.token)
    throw new Error(`${id} was not renewed: ${JSON.stringify(calls.operations)}`);
  const bytes = Object.values(proxies).reduce(
    (sum, proxy) => sum + proxy.bytes.sent + proxy.bytes.received,
    0,
  );
  return { calls, bytes };
}

function total({ ssm, secrets, broker }: Calls): number {
  return ssm + secrets + broker;
}
