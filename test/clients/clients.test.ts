import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { missingEnvironmentMessage, programOf } from './python.ts';
import { ClientStack, type Credential, ROOT } from './stack.ts';

/** The pause between two calls, in milliseconds, as in a program that requests a price once a second. */
const BETWEEN_CALLS = 1100;

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

describe.concurrent('examples/clients', () => {
  it.for(CLIENTS)(
    'after a rejection of its token, $client with its adapter uses a new token after at most two failed calls, and issues no token',
    async ({ client, credential, wrapper = 'NotReplacedError' }, { expect: check, skip, onTestFinished }) => {
      const python = programOf(client, 'python') ?? skip(missingEnvironmentMessage(client));
      const stack = await ClientStack.start();
      onTestFinished(() => stack.stop());
      const adapter = join(ROOT, 'examples', 'clients', `${client.replaceAll('-', '_')}_adapter.py`);
      const driver = join(import.meta.dirname, 'drive.py');
      const quote = stack.startProgram(python, [driver, adapter], stack.environment(credential));
      check(await quote()).toEqual({ price: 70_000 });

      for (const rejection of REJECTIONS[credential]) {
        stack.broker(credential).set(rejection);
        await stack.kill(credential);
        const replies = await callUntilPrice(quote, () => stack.localStack.waitUntilIdle());
        check(replies.at(-1), JSON.stringify(rejection)).toEqual({ price: 70_000 });
        check(replies.slice(0, -1), JSON.stringify(rejection)).toEqual(
          Array(replies.length - 1).fill({ error: wrapper }),
        );
        check(replies.length - 1, JSON.stringify(rejection)).toBeLessThanOrEqual(2);
      }
      check(stack.hosts.calledPaths.filter((path) => path.includes('oauth2'))).toEqual([]);
      check(stack.hosts.calledPaths.length).toBeGreaterThan(REJECTIONS[credential].length);
      // The refresher issued one token at the start, and one for each rejection.
      check(stack.broker(credential).tokens).toHaveLength(1 + REJECTIONS[credential].length);
    },
  );
});

/**
 * Repeats the call until its reply contains a price. After a failed call, waits until the refresher has
 * handled the report that the client sent.
 */
async function callUntilPrice(
  quote: () => Promise<Readonly<Record<string, unknown>>>,
  untilHandled: () => Promise<void>,
) {
  const replies = [await quote()];
  while (replies.length < 6 && !('price' in (replies.at(-1) ?? {}))) {
    await Promise.all([sleep(BETWEEN_CALLS), untilHandled()]);
    replies.push(await quote());
  }
  return replies;
}
