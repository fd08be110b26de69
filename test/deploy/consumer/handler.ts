import { createTokenReader } from '../../../reader/index.ts';

/** One per container, with the environment that `bindReader` sets. */
const tokens = createTokenReader({ broker: 'kiwoom' });

/** Requests one quote with the current token. */
export async function handler(): Promise<{
  readonly returnCode: number;
  readonly generation: number | undefined;
}> {
  const response = await tokens.fetch(`${process.env['BROKER']}/api/dostk/stkinfo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'ka10001' },
    body: '{"stk_cd":"005930"}',
  });
  const { return_code } = (await response.json()) as { readonly return_code: number };
  return { returnCode: return_code, generation: (await tokens.get()).generation };
}
