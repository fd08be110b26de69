import { join } from 'node:path';
import { describe, it } from 'vitest';
import { startLineProgram } from '../deploy/line-program.ts';
import { missingEnvironmentMessage, programPath } from './python.ts';
import { ClientStack } from './stack.ts';

/**
 * The columns are the client, the number of its issue calls at its start, the number of its issue calls for
 * two price requests with a rejected token, and whether these price requests succeed.
 */
const CLIENTS = {
  'kis-paper': [
    ['python-kis', 1, 1, true],
    ['mojito2', 1, 0, false],
    ['pykis', 1, 0, false],
    ['kis-agent', 1, 0, false],
  ],
  'kiwoom-paper': [
    ['kwcli', 1, 1, true],
    ['kiwoom-client', 1, 1, true],
    ['kiwoom-rest-api', 1, 0, false],
    ['pyheroapi', 1, 0, false],
    // This client cannot read the 14 digits of expires_dt, so each price request issues a token again and
    // fails.
    ['pykiwoom-rest', 1, 2, false],
  ],
} as const;

/**
 * These tests show that the clients need adapters, and that the test setup detects issue calls of a client.
 */
describe.concurrent('without its adapter, the third-party client', () => {
  it.for([...CLIENTS['kis-paper'], ...CLIENTS['kiwoom-paper']])(
    '%s sends %d issue call(s) at the start and %d after the broker rejected the token',
    async ([client, atStart, afterwards, succeeds], { expect: check, skip, onTestFinished }) => {
      const python = programPath(client, 'python') ?? skip(missingEnvironmentMessage(client));
      const stack = await ClientStack.start();
      onTestFinished(() => stack.stop());
      const { kis, kiwoom } = stack.localStack;
      // The minimum interval is 0, because the client calls the broker shortly after the refresher.
      kis.set({ deadCode: 'EGW00123', minimumIntervalSeconds: 0, reuseDead: 'never' });
      kiwoom.set({ reissue: 'supersede', tokenCallInterval: 0 });
      const isKis = CLIENTS['kis-paper'].some(([name]) => name === client);
      const credential = isKis ? 'kis-paper' : 'kiwoom-paper';
      const environment = { ...stack.environment(credential), CLIENT: client.replaceAll('-', '_') };
      const driver = ['drive.py', 'unmodified.py'].map((file) => join(import.meta.dirname, file));
      const program = startLineProgram(python, driver, environment);
      onTestFinished(() => void program.kill());

      const first = await program.send();
      check(stack.tokenCalls()).toHaveLength(atStart);
      check('price' in first).toBe(client !== 'pykiwoom-rest');
      // At Kiwoom, the token that the client issued has invalidated the published token.
      if (!isKis) check(kiwoom.isAlive(stack.published(credential))).toBe(false);
      const broker = stack.broker(credential);
      for (const { token } of broker.tokens) broker.kill(token);
      const replies = [await program.send(), await program.send()];
      check(stack.tokenCalls()).toHaveLength(atStart + afterwards);
      check(replies.map((reply) => 'price' in reply)).toEqual([succeeds, succeeds]);
    },
  );
});
