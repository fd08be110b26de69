import { stateAfterRestore } from '../decision/transitions.ts';
import { fingerprint } from '../shared/fingerprint.ts';
import { withFallback } from '../store/aws-error.ts';
import type { StoredToken } from '../store/parameters.ts';
import { log, publishedTokenOf, type RefreshContext } from './refresh-context.ts';
import { retryWrite } from './retry-write.ts';

/** Writes the published token again if its parameter was overwritten or has a different KMS key. */
export async function restore(context: RefreshContext): Promise<RefreshContext> {
  const { facts, ports, delivery } = context;
  const { id } = facts.config;
  const step = { action: 'restore', reason: 'ParameterChanged' } as const;
  const token = await withFallback(readPublishedToken(context), undefined, (error) => error.permanent);
  if (token === undefined) {
    log(context, step, { message: 'the published token can no longer be read' });
    return { ...context, facts: { ...facts, parameter: 'lost' } };
  }
  const { tokenKeyArn } = publishedTokenOf(context).issuedFor;
  const isTokenInPlace = token.current && tokenKeyArn === facts.tokenKeyArn;
  const write = () => ports.store.writeToken(id, token.value);
  const version = isTokenInPlace ? token.version : await retryWrite(ports.clock, delivery.deadline, write);
  const factsAfterRestore = { parameter: 'ours' as const, state: stateAfterRestore(facts, version) };
  const next = { ...context, facts: { ...facts, ...factsAfterRestore } };
  log(next, step, { message: isTokenInPlace ? 'the parameter holds the published token' : 'written again' });
  return next;
}

/** Reads the current version of the parameter, or the version that the refresher wrote. @throws AwsError */
export async function readPublishedToken(
  context: RefreshContext,
): Promise<(StoredToken & { readonly current: boolean }) | undefined> {
  const { facts, ports } = context;
  const { id } = facts.config;
  const { fingerprint: publishedFingerprint, tokenVersion } = publishedTokenOf(context);
  const isPublished = (token: StoredToken | undefined): token is StoredToken =>
    token !== undefined && fingerprint(token.value) === publishedFingerprint;
  const currentToken = await ports.store.readToken(id);
  if (isPublished(currentToken)) return { ...currentToken, current: true };
  if (tokenVersion === undefined || currentToken === undefined) return undefined;
  const lastWrittenToken = await ports.store.readToken(id, tokenVersion);
  return isPublished(lastWrittenToken) ? { ...lastWrittenToken, current: false } : undefined;
}
