import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { decide } from '../../lambdas/decision/decide.ts';
import { type Decision, type Facts, factsFromStore } from '../../lambdas/decision/facts.ts';
import type { ExploredWorld } from './explored-world.ts';

export interface StoredDecision {
  readonly facts: Facts;
  readonly decision: Decision;
}

/**
 * Returns the decision of a tick that has read only the parameters, or also the version of the secret.
 */
export function decideFromStore(world: ExploredWorld, secretVersion?: string): StoredDecision {
  const { config } = world.state;
  const contract = BROKERS_BY_ID[config.broker].contract(config);
  const now = world.clock.now();
  const facts = { ...factsFromStore({ config, contract, state: world.published }, now), secretVersion };
  return { facts, decision: decide(facts, now) };
}

/**
 * Returns the instant until which every tick decides `keep Fresh`, or undefined if a simulation must not skip
 * the next tick. The hourly check of the secret finds no change before this instant, because the state names
 * the current version of the secret.
 */
export function findIdlePeriod(world: ExploredWorld): (StoredDecision & { until: number }) | undefined {
  const { config, secrets, token } = world.state;
  const secretVersion = secrets[config.secretArn]?.current;
  const { published } = world.published;
  if (published?.tokenVersion !== token?.version) return undefined;
  if (published?.issuedFor.secretVersion !== secretVersion) return undefined;
  const { facts, decision } = decideFromStore(world, secretVersion);
  if (decision.action !== 'keep' || decision.reason !== 'Fresh' || !decision.until) return undefined;
  return { facts, decision, until: decision.until };
}
