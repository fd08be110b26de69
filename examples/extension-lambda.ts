import { createTokenReader, extensionSource } from 'broker-token-refresher/reader';

// The extension is reached over HTTP on localhost, so the bundle needs no SDK.
const tokens = createTokenReader({ source: extensionSource(), broker: 'kiwoom' });

export async function handler(): Promise<{ readonly authorization: string }> {
  return { authorization: await tokens.authorization() };
}
