import { createTokenReader, extensionSource } from 'broker-token-refresher/reader';

// The reader calls the extension over HTTP on localhost, so the bundle needs no AWS SDK.
const tokens = createTokenReader({ source: extensionSource(), broker: 'kiwoom' });

export async function handler(): Promise<{ readonly authorization: string }> {
  return { authorization: await tokens.authorization() };
}
