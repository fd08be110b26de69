import type { StoredSecret } from '../store/secrets.ts';
import { knownDead } from './outcome.ts';
import type { Run } from './run.ts';

/**
 * A rejection is checked before it is believed: the refresher tries the published token itself, with
 * the broker's harmless call. One report must not cost the owner a working token.
 */
export async function checkReport(run: Run, { key }: StoredSecret): Promise<void> {
  const token = await run.ports.store.readToken(run.id);
  // No token in the parameter is as good as a dead one for whoever reads it.
  const verdict = token === undefined ? { is: 'dead' as const } : await run.client.verify(key, token);
  if (verdict.is !== 'dead') {
    run.verdict = verdict.is;
    return;
  }
  const { brokerCode, message } = verdict;
  run.report({ action: 'keep', reason: 'Rejected' }, { brokerCode, message });
  if (run.asks === 'rejected') run.asks = 'schedule';
  await run.write(knownDead(run.state));
}
