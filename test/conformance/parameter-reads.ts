import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { type Behavior, outcomeOf } from './behavior.ts';
import { overwrite, put, read } from './parameter-calls.ts';

const GET_PARAMETER_REFERENCE = 'SSM API reference, GetParameter';
const GET_PARAMETERS_REFERENCE = 'SSM API reference, GetParameters';

/** The behaviors of Parameter Store on which consumers and the refresher depend when they read parameters. */
export const PARAMETER_READ_BEHAVIORS: readonly Behavior[] = [
  {
    title: 'a SecureString is returned in plain text with decryption, and encrypted without',
    documentedResult: { clear: 'FAKE-token', opaque: true },
    difference: {
      backends: ['moto'],
      actualResult: { clear: 'FAKE-token', opaque: false },
      description: 'returns the value as part of the ciphertext',
    },
    source: `${GET_PARAMETER_REFERENCE} § WithDecryption`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-token', { Type: 'SecureString' });
      const { Value: clear } = await read(ssm, name, true);
      const { Value: opaque = '' } = await read(ssm, name, false);
      return { clear, opaque: opaque !== '' && !opaque.includes('FAKE-token') };
    },
  },
  {
    title: 'a parameter that does not exist cannot be read',
    documentedResult: 'ParameterNotFound',
    source: GET_PARAMETER_REFERENCE,
    run: ({ ssm }, name) => outcomeOf(read(ssm, name)),
  },
  {
    title: 'GetParameters returns the parameters that exist and lists the names that do not',
    documentedResult: { found: 'a', invalid: ['missing'] },
    source: `${GET_PARAMETERS_REFERENCE} § InvalidParameters`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const Names = [`${name}-missing`, name];
      const { Parameters = [], InvalidParameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
      const invalid = InvalidParameters.map((each) => each.slice(name.length + 1));
      return { found: Parameters.map(({ Value }) => Value).join(), invalid };
    },
  },
  {
    title: 'GetParameters accepts ten names and rejects eleven',
    documentedResult: ['accepted', 'ValidationException'],
    difference: {
      backends: ['MiniStack'],
      actualResult: ['accepted', 'accepted'],
      description: 'accepts eleven',
    },
    source: `${GET_PARAMETERS_REFERENCE} § Names`,
    run: async ({ ssm }, name) => {
      const createNames = (count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
      const get = (count: number) =>
        outcomeOf(ssm.send(new GetParametersCommand({ Names: createNames(count) })));
      return [await get(10), await get(11)];
    },
  },
  {
    title: 'GetParameters decrypts only with WithDecryption',
    documentedResult: [true, 'FAKE-token'],
    source: `${GET_PARAMETERS_REFERENCE} § WithDecryption`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-token', { Type: 'SecureString' });
      const get = async (WithDecryption: boolean) => {
        const input = { Names: [name], WithDecryption };
        return (await ssm.send(new GetParametersCommand(input))).Parameters?.[0]?.Value;
      };
      return [(await get(false)) !== 'FAKE-token', await get(true)];
    },
  },
  {
    title:
      'GetParameters without decryption returns the version of each parameter, a SecureString among them',
    documentedResult: { String: 1, SecureString: 2 },
    source: `${GET_PARAMETERS_REFERENCE} § WithDecryption; Parameter § Version`,
    run: async ({ ssm }, name) => {
      await put(ssm, `${name}-state`, 'a');
      await put(ssm, `${name}-token`, 'FAKE-1', { Type: 'SecureString' });
      await overwrite(ssm, `${name}-token`, 'FAKE-2');
      const Names = [`${name}-state`, `${name}-token`];
      const input = { Names, WithDecryption: false };
      const { Parameters = [] } = await ssm.send(new GetParametersCommand(input));
      return Object.fromEntries(Parameters.map(({ Type, Version }) => [Type, Version]));
    },
  },
  {
    title: 'an earlier version of a SecureString is returned in plain text by name:version',
    documentedResult: { value: 'FAKE-1', version: 1, current: 'FAKE-2' },
    source: `${GET_PARAMETER_REFERENCE} § Name`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-1', { Type: 'SecureString' });
      await overwrite(ssm, name, 'FAKE-2');
      const { Value: value, Version: version } = await read(ssm, `${name}:1`, true);
      return { value, version, current: (await read(ssm, `${name}:2`, true)).Value };
    },
  },
  {
    title: 'a missing version and a missing parameter are different errors',
    documentedResult: 'ParameterVersionNotFound',
    source: `${GET_PARAMETER_REFERENCE} § Errors`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      return outcomeOf(read(ssm, `${name}:7`));
    },
  },
  {
    title: 'a read returns LastModifiedDate, which a write updates',
    documentedResult: true,
    source: GET_PARAMETER_REFERENCE,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { LastModifiedDate: first } = await read(ssm, name);
      await overwrite(ssm, name, 'b');
      const { LastModifiedDate: second } = await read(ssm, name);
      return first instanceof Date && second instanceof Date && second >= first;
    },
  },
];
