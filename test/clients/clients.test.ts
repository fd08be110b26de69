import { join } from 'node:path';
import { describe, it } from 'vitest';
import { startLineProgram } from '../deploy/line-program.ts';
import { missingEnvironmentMessage, programPath } from './python.ts';
import { ClientStack, type Credential, ROOT } from './stack.ts';

/**
 * The error codes and reply formats with which each broker rejects a token in an HTTP data call. The
 * WebSocket format is not included.
 */
const REJECTIONS = {
  'kis-paper': [{ deadCode: 'EGW00121' }, { deadCode: 'EGW00122' }, { deadCode: 'EGW00123' }],
  'kiwoom-paper': [
    { refusalForm: 'brackets' },
    { refusalForm: 'number' },
    { refusalForm: 'text' },
    { refusalForm: 'http-401' },
    { refusalForm: 'http-401-bare' },
  ],
} as const;

interface Client {
  readonly client: string;
  readonly credential: Credential;
  /** The name of the error class with which the client wraps `NotReplacedError`. */
  readonly wrapper?: string;
}

const CLIENTS: readonly Client[] = [
  { client: 'python-kis', credential: 'kis-paper' },
  { client: 'mojito2', credential: 'kis-paper' },
  { client: 'pykis', credential: 'kis-paper' },
  { client: 'kis-agent', credential: 'kis-paper', wrapper: 'APIException' },
  { client: 'kwcli', credential: 'kiwoom-paper' },
  { client: 'kiwoom-client', credential: 'kiwoom-paper' },
  { client: 'kiwoom-rest-api', credential: 'kiwoom-paper' },
  { client: 'pyheroapi', credential: 'kiwoom-paper' },
  { client: 'pykiwoom-rest', credential: 'kiwoom-paper' },
];

describe.concurrent('with its adapter in examples/clients, the third-party client', () => {
  it.for(CLIENTS)(
    '$client uses a new published token after at most two failed calls, and issues no token itself',
    async ({ client, credential, wrapper = 'NotReplacedError' }, { expect: check, skip, onTestFinished }) => {
      const python = programPath(client, 'python') ?? skip(missingEnvironmentMessage(client));
      const stack = await ClientStack.start();
      onTestFinished(() => stack.stop());
      const adapter = join(ROOT, 'examples', 'clients', `${client.replaceAll('-', '_')}_adapter.py`);
      const driver = join(import.meta.dirname, 'drive.py');
      const program = startLineProgram(python, [driver, adapter], stack.environment(credential));
      onTestFinished(() => void program.kill());
      const requestPrice = () => program.send();
      check(await requestPrice()).toEqual({ price: 70_000 });

      for (const rejection of REJECTIONS[credential]) {
        stack.broker(credential).set(rejection);
        await stack.kill(credential);
        const { failed, last } = await stack.requestUntilPrice(requestPrice);
        check(last, JSON.stringify(rejection)).toEqual({ price: 70_000 });
        check(failed, JSON.stringify(rejection)).toEqual(failed.map(() => ({ error: wrapper })));
        check(failed.length, JSON.stringify(rejection)).toBeLessThanOrEqual(2);
      }
      check(stack.tokenCalls()).toEqual([]);
      check(stack.hosts.calledPaths.length).toBeGreaterThan(REJECTIONS[credential].length);
      // The refresher issued one token at the start, and one for each rejection.
      check(stack.broker(credential).tokens).toHaveLength(1 + REJECTIONS[credential].length);
    },
  );
});
