import { createTokenReader } from '../../../reader/index.ts';

/** One for the life of the container, with what `bindReader` put into the environment. */
const tokens = createTokenReader({ broker: 'kiwoom' });

/** A function that trades: asks for one quote with the current token. */
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
