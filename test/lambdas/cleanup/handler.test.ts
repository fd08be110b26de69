import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import type { RunningServer } from '../../../simulator/http.ts';

const TOKEN = '/broker-tokens/kis-main/token';
const STATE = '/broker-tokens/kis-main/state';
const CONFIG = '/broker-tokens/kis-main/config';
const aws = new FakeAws({ clock: { now: () => Date.parse('2026-11-23T09:00:00+09:00') } });

let fakeAws: RunningServer;
/** The server that receives the answers instead of CloudFormation. */
let cloudFormation: Server;
let status = 200;
let answers: { method: string | undefined; type: string | undefined; body: unknown }[] = [];
let handler: (event: unknown) => Promise<void>;

beforeAll(async () => {
  fakeAws = await aws.listen();
  vi.stubEnv('AWS_ENDPOINT_URL', fakeAws.url);
  // When the module is imported, it creates its AWS clients and reads the environment variables.
  ({ handler } = await import('../../../lambdas/cleanup/handler.ts'));
  cloudFormation = createServer(async (request, response) => {
    const { method, headers } = request;
    answers.push({ method, type: headers['content-type'], body: await json(request) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  cloudFormation.close();
  await fakeAws.close();
});

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  aws.clear();
  answers = [];
  status = 200;
  aws.putParameter(TOKEN, 'FAKE-token', 'SecureString');
  aws.putParameter(STATE, '{}');
  aws.putParameter(CONFIG, '{}');
});

function request(RequestType: string, Keep = 'false') {
  const { port } = cloudFormation.address() as AddressInfo;
  return {
    RequestType,
    ResponseURL: `http://127.0.0.1:${port}/answer?X-Amz-Signature=FAKE-signature`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ...(RequestType !== 'Create' && { PhysicalResourceId: TOKEN }),
    ResourceType: 'Custom::BrokerTokenParameters',
    ResourceProperties: { ServiceToken: 'arn', Parameters: [TOKEN, STATE], Keep },
  };
}

const SUCCESS = {
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Logical',
  PhysicalResourceId: TOKEN,
  Status: 'SUCCESS',
};

test('for a Delete request, the cleanup function deletes token and state, keeps the config, and sends SUCCESS to CloudFormation', async () => {
  await handler(request('Delete'));
  expect(aws.parameterNames()).toEqual([CONFIG]);
  // The content type is empty, because CloudFormation signs the URL for an empty content type.
  expect(answers).toEqual([{ method: 'PUT', type: '', body: SUCCESS }]);
});

test('the cleanup function sends SUCCESS for a repeated Delete request whose parameters no longer exist', async () => {
  await handler(request('Delete'));
  await handler(request('Delete'));
  expect(answers.map(({ body }) => body)).toEqual([SUCCESS, SUCCESS]);
});

test.for([
  ['Create', 'false'],
  ['Update', 'false'],
  ['Delete', 'true'],
] as const)('the cleanup function deletes nothing for a %s request with Keep: %s', async ([type, keep]) => {
  await handler(request(type, keep));
  expect(aws.parameterNames()).toHaveLength(3);
  expect(answers.map(({ body }) => body)).toEqual([SUCCESS]);
});

test('the cleanup function fails if CloudFormation rejects its answer, and the error does not contain the URL', async () => {
  status = 403;
  await expect(handler(request('Delete'))).rejects.toThrow(/^CloudFormation rejected the answer: HTTP 403$/);
});

test('the cleanup function rejects an event without a response URL', async () => {
  await expect(handler({ Records: [] })).rejects.toThrow();
});

test('the log of the cleanup function contains parameter names, but no parameter values and no response URL', async () => {
  await handler(request('Delete'));
  const logged = vi.mocked(process.stdout.write).mock.calls.join('');
  expect(logged).toContain(TOKEN);
  expect(logged).not.toMatch(/FAKE/);
});
