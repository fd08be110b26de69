import type { AppKey } from '../brokers/broker.ts';
import type { Step } from '../decision/facts.ts';
import { stateAfterUnusableSecret } from '../decision/issue-result.ts';
import { stateAfterSecretChange, stateAfterSecretRead } from '../decision/transitions.ts';
import { fingerprint } from '../shared/fingerprint.ts';
import { withFallback } from '../store/aws-error.ts';
import { UnconfiguredError } from '../store/secrets.ts';
import { currentCallStart, log, publishedTokenOf, type RefreshContext } from './refresh-context.ts';

/** Reads the version of the secret, because the event of a secret change may have been lost. */
export async function checkSecret(context: RefreshContext): Promise<RefreshContext> {
  const { facts, ports } = context;
  const secretVersion = await withFallback(ports.secrets.currentVersion(facts.config.secretArn), undefined);
  const isChanged =
    secretVersion !== undefined && secretVersion !== publishedTokenOf(context).issuedFor.secretVersion;
  const state = isChanged ? stateAfterSecretChange(facts.state, ports.clock.now()) : facts.state;
  return { ...context, facts: { ...facts, state, secretVersion: secretVersion ?? '' } };
}

/** Reads the app key, or records in the state that the secret contains no usable key. */
export async function readSecret(context: RefreshContext, step: Step): Promise<RefreshContext> {
  const { facts, ports } = context;
  const { secretArn } = facts.config;
  const { secretFields } = ports.connect(facts.config);
  const start = currentCallStart(context);
  try {
    const { key, version } = await ports.secrets.read(secretArn, secretFields);
    const keyPair = fingerprint(`${key.appkey}\n${key.secret}`);
    const secret = { version, appKey: fingerprint(key.appkey), keyPair };
    const state = stateAfterSecretRead(facts, secret, start.at);
    return { ...context, key, facts: { ...facts, secret, state } };
  } catch (error) {
    if (!(error instanceof UnconfiguredError)) throw error;
    const secret = { version: error.secretVersion };
    const state = stateAfterUnusableSecret(facts.state, secret, start, error.message);
    log(context, step, { outcome: 'unconfigured', message: error.message });
    return { ...context, facts: { ...facts, secret, state } };
  }
}

/** The app key that issued the published token. @throws UnconfiguredError, AwsError */
export async function issuingKey(context: RefreshContext): Promise<AppKey> {
  const { facts, key, ports } = context;
  const { issuedFor } = publishedTokenOf(context);
  if (key !== undefined && facts.secret?.keyPair === issuedFor.keyPair) return key;
  const { secretFields } = ports.connect(issuedFor);
  const version = issuedFor.secretVersion || undefined;
  return (await ports.secrets.read(issuedFor.secretArn, secretFields, version)).key;
}
