import type { AwsFault } from '../../../simulator/aws/faults.ts';
import { KIS_KEY, names } from '../../../simulator/world.ts';
import { type Fault, ID } from './fault.ts';
import type { RowName } from './rows.ts';

const HOUR = 60 * 60 * 1000;
const { token, state, config } = names(ID.kis);

const aws = (name: string, row: RowName, fault: AwsFault): Fault => ({
  name: `AWS: ${name}`,
  broker: 'kis',
  row,
  strike: ({ world }) => {
    world.aws.faults.add(fault);
  },
});

const secret = (name: string, row: RowName, text: string): Fault => ({
  name: `Secret: ${name}`,
  broker: 'kis',
  row,
  strike: ({ world }) => world.putSecret('kis', text),
});

const clock = (name: string, row: RowName, by: number): Fault => ({
  name: `Time: ${name}`,
  broker: 'kis',
  row,
  strike: ({ world }) => world.clock.set(world.clock.now() + by),
});

/** Faults of everything but the broker. */
export const AWS_FAULTS: readonly Fault[] = [
  aws('reading the parameters is throttled', 'nothing can be read', {
    kind: 'throttling',
    operation: 'GetParameters',
  }),
  aws('reading the parameters is denied', 'nothing can be read', {
    kind: 'access-denied',
    operation: 'GetParameters',
  }),
  aws('reading the parameters fails', 'nothing can be read', {
    kind: 'internal-error',
    operation: 'GetParameters',
  }),
  aws('reading the parameters gets no answer', 'nothing can be read', {
    kind: 'no-answer',
    operation: 'GetParameters',
  }),
  {
    name: 'AWS: a read sees what was there before the last write',
    broker: 'kis',
    row: 'stale read',
    strike: ({ world }) => {
      // Only the state is behind: the configuration has been written twice with the same text.
      world.aws.putParameter(config, world.aws.parameter(config)?.value ?? '');
      world.aws.faults.add({ kind: 'stale-read', operation: 'GetParameters', times: 1 });
    },
  },
  aws('writing the state is throttled', 'AWS in trouble after the verify call', {
    kind: 'throttling',
    operation: 'PutParameter',
    name: state,
  }),
  aws('writing the state is denied', 'AWS refuses', {
    kind: 'access-denied',
    operation: 'PutParameter',
    name: state,
  }),
  aws('the state is written, and answered with an error', 'AWS in trouble after the verify call', {
    kind: 'written-but-error',
    operation: 'PutParameter',
    name: state,
  }),
  aws('the state is written, and not answered', 'AWS in trouble after the verify call', {
    kind: 'written-but-no-answer',
    operation: 'PutParameter',
    name: state,
  }),
  aws('writing the token is throttled', 'unpublished, after minutes', {
    kind: 'throttling',
    operation: 'PutParameter',
    name: token,
  }),
  aws('writing the token is denied', 'unpublished', {
    kind: 'access-denied',
    operation: 'PutParameter',
    name: token,
  }),
  aws('writing the token fails', 'unpublished, after minutes', {
    kind: 'internal-error',
    operation: 'PutParameter',
    name: token,
  }),
  aws('the token is written, and answered with an error', 'unpublished, it seems', {
    kind: 'written-but-error',
    operation: 'PutParameter',
    name: token,
  }),
  aws('the token is written, and not answered', 'unpublished, it seems', {
    kind: 'written-but-no-answer',
    operation: 'PutParameter',
    name: token,
  }),
  aws('the key of the tokens is disabled', 'unpublished', {
    kind: 'kms-error',
    operation: 'PutParameter',
    name: token,
  }),
  aws('the key of the tokens may not be used', 'unpublished', {
    kind: 'kms-access-denied',
    operation: 'PutParameter',
    name: token,
  }),
  aws('reading the secret is throttled', 'AWS in trouble', {
    kind: 'throttling',
    operation: 'GetSecretValue',
  }),
  aws('reading the secret is denied', 'unconfigured, denied by AWS', {
    kind: 'access-denied',
    operation: 'GetSecretValue',
  }),
  aws('reading the secret fails', 'AWS in trouble', { kind: 'internal-error', operation: 'GetSecretValue' }),
  aws('the key of the secret is disabled', 'unconfigured, denied by AWS', {
    kind: 'kms-error',
    operation: 'GetSecretValue',
  }),
  aws('the token has more versions than it may have', 'unpublished', {
    kind: 'version-limit',
    operation: 'PutParameter',
    name: token,
  }),
  {
    name: 'AWS: the state is damaged',
    broker: 'kis',
    row: 'state damaged',
    strike: ({ world }) => {
      if (world.aws.parameter(state)) world.aws.putParameter(state, '{"version":1,"generation":');
    },
  },
  {
    name: 'AWS: the state is gone',
    broker: 'kis',
    row: 'state gone',
    strike: ({ world }) => {
      if (world.aws.parameter(state)) world.aws.deleteParameter(state);
    },
  },
  {
    name: 'AWS: the configuration is gone',
    broker: 'kis',
    row: 'not a known credential',
    strike: ({ world }) => world.aws.deleteParameter(config),
  },
  secret('is empty', 'unconfigured', '{}'),
  secret('is no JSON', 'unconfigured', 'appkey: FAKE'),
  secret('is still a placeholder', 'unconfigured', '{"appkey":"","appsecret":""}'),
  secret(
    'holds a key that the broker does not know',
    'another key, rejected',
    '{"appkey":"PSFAKEunknown","appsecret":"FAKE"}',
  ),
  secret(
    'has blanks round the right key',
    'another version of the same key',
    JSON.stringify({ appkey: ` ${KIS_KEY.appkey}\n`, appsecret: `${KIS_KEY.secret} ` }),
  ),
  clock('the clock jumps two hours ahead', 'two hours later', 2 * HOUR),
  clock('the clock jumps half an hour back', 'half an hour earlier', -HOUR / 2),
  {
    name: 'Delivery: the tick comes twice',
    broker: 'kis',
    row: 'fine',
    deliver: async (operation, id) => {
      await operation.send({ credential: id, cause: 'schedule' }, 'the-same-message');
      await operation.send({ credential: id, cause: 'schedule' }, 'the-same-message');
    },
  },
  {
    name: 'Delivery: a tick that is hours late comes after a newer one',
    broker: 'kis',
    row: 'fine',
    deliver: async (operation, id) => {
      const late = operation.world.event({ credential: id, cause: 'schedule', at: 'yesterday' });
      operation.world.clock.advance(1000);
      await operation.tick(id);
      await operation.deliver(late);
    },
  },
  {
    name: 'Delivery: reports of an old and the new generation come in the wrong order',
    broker: 'kis',
    row: 'reports out of order',
    deliver: async (operation, id) => {
      const { generation } = operation.state(id) ?? { generation: 0 };
      await operation.send({ credential: id, cause: 'rejected', generation: generation + 1 });
      await operation.send({ credential: id, cause: 'rejected', generation: Math.max(1, generation) });
    },
  },
  {
    name: 'Function: it is ended by its time-out while the broker answers',
    broker: 'kis',
    row: 'killed',
    deliver: async (operation, id) => {
      operation.killer = (step) => {
        if (step === 'after broker.issue') throw new Error('time-out');
      };
      await operation.tick(id).catch(() => {});
      operation.killer = () => {};
      operation.coldStart();
    },
  },
  {
    name: 'Function: it is ended before the token is written',
    broker: 'kis',
    row: 'killed',
    deliver: async (operation, id) => {
      operation.killer = (step) => {
        if (step === 'before store.writeToken') throw new Error('time-out');
      };
      await operation.tick(id).catch(() => {});
      operation.killer = () => {};
      operation.coldStart();
    },
  },
];
