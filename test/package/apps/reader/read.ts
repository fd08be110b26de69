import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createTokenReader } from 'broker-token-refresher/reader';

/** Answers GetParameters as Parameter Store does. */
const parameterStore = createServer((request, response) => {
  request.resume();
  const Parameters = [{ Name: '/broker-tokens/kis-main/token', Value: 'FAKE-TOKEN' }];
  response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ Parameters }));
});

parameterStore.listen(0, 'localhost', async () => {
  const { port } = parameterStore.address() as AddressInfo;
  const settings = {
    region: 'ap-northeast-2',
    endpoint: `http://localhost:${port}`,
    credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
  };
  const reader = createTokenReader({
    credential: 'kis-main',
    client: new SSMClient(settings),
    reportClient: new SNSClient(settings),
  });
  process.stdout.write(await reader.authorization());
  parameterStore.close();
  parameterStore.closeAllConnections();
});
