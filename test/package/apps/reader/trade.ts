import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTokenReader, extensionSource } from 'broker-token-refresher/reader';

/** Answers as the AWS Parameters and Secrets Lambda Extension does. */
const extension = createServer(({ url = '' }, response) => {
  if (url.includes('token')) response.end(JSON.stringify({ Parameter: { Value: 'FAKE-TOKEN' } }));
  else response.writeHead(400).end('{"__type":"ParameterNotFound"}');
});

extension.listen(0, 'localhost', async () => {
  const { port } = extension.address() as AddressInfo;
  const reader = createTokenReader({ credential: 'kis-main', source: extensionSource({ port }) });
  process.stdout.write(await reader.authorization());
  extension.close();
  extension.closeAllConnections();
});
