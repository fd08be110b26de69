import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenReader, TokenReaderError } from 'broker-token-refresher/reader';

const tokens = createTokenReader({ broker: 'kiwoom' });
const host = process.env['KIWOOM_HOST'] ?? 'https://api.kiwoom.com';
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

while (!stopping.signal.aborted) {
  try {
    const response = await tokens.fetch(`${host}/api/dostk/stkinfo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'ka10001' },
      body: '{"stk_cd":"005930"}',
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
    });
    process.stdout.write(`${JSON.stringify(await response.json())}\n`);
  } catch (error) {
    if (stopping.signal.aborted) break;
    // The code of a TokenReaderError states why there is no token. Other errors come from the broker or the
    // network.
    const code = error instanceof TokenReaderError ? error.code : 'Broker';
    process.stderr.write(`${code}: ${error instanceof Error ? error.message : error}\n`);
  }
  await sleep(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
}
