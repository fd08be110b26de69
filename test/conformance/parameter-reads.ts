import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { type Behavior, refusal } from './behavior.ts';
import { overwrite, put, read } from './parameter-calls.ts';

const GET = 'SSM API reference, GetParameter';
const GET_MANY = 'SSM API reference, GetParameters';

/** Reading parameters, as consumers and the refresher do. */
export const PARAMETER_READS: readonly Behavior[] = [
  {
    sentence: 'a SecureString is read in clear with decryption, and opaque without',
    documented: { clear: 'FAKE-token', opaque: true },
    source: `${GET} § WithDecryption`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-token', { Type: 'SecureString' });
      const { Value: clear } = await read(ssm, name, true);
      const { Value: opaque = '' } = await read(ssm, name, false);
      return { clear, opaque: opaque !== '' && !opaque.includes('FAKE-token') };
    },
  },
  {
    sentence: 'a parameter that does not exist cannot be read',
    documented: 'ParameterNotFound',
    source: GET,
    act: ({ ssm }, name) => refusal(read(ssm, name)),
  },
  {
    sentence: 'GetParameters answers with what exists and lists what does not',
    documented: { found: 'a', invalid: ['missing'] },
    source: `${GET_MANY} § InvalidParameters`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const Names = [`${name}-missing`, name];
      const { Parameters = [], InvalidParameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
      const invalid = InvalidParameters.map((each) => each.slice(name.length + 1));
      return { found: Parameters.map(({ Value }) => Value).join(), invalid };
    },
  },
  {
    sentence: 'GetParameters with nothing but missing names is a success',
    documented: { found: 0, invalid: 1 },
    source: `${GET_MANY} § InvalidParameters`,
    act: async ({ ssm }, name) => {
      const { Parameters = [], InvalidParameters = [] } = await ssm.send(
        new GetParametersCommand({ Names: [name] }),
      );
      return { found: Parameters.length, invalid: InvalidParameters.length };
    },
  },
  {
    sentence: 'GetParameters takes ten names, not eleven',
    documented: ['accepted', 'ValidationException'],
    source: `${GET_MANY} § Names`,
    act: async ({ ssm }, name) => {
      const many = (count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
      const ask = (count: number) => refusal(ssm.send(new GetParametersCommand({ Names: many(count) })));
      return [await ask(10), await ask(11)];
    },
  },
  {
    sentence: 'GetParameters decrypts only when told to',
    documented: [true, 'FAKE-token'],
    source: `${GET_MANY} § WithDecryption`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-token', { Type: 'SecureString' });
      const ask = async (WithDecryption: boolean) => {
        const input = { Names: [name], WithDecryption };
        return (await ssm.send(new GetParametersCommand(input))).Parameters?.[0]?.Value;
      };
      return [(await ask(false)) !== 'FAKE-token', await ask(true)];
    },
  },
  {
    sentence: 'an earlier version can be read by name:version, also through GetParameters',
    documented: { one: 'a', selector: ':1', many: 'a' },
    source: `${GET} § Name`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      await overwrite(ssm, name, 'b');
      const { Value: one, Selector: selector } = await read(ssm, `${name}:1`);
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: [`${name}:1`] }));
      return { one, selector, many: Parameters?.[0]?.Value };
    },
  },
  {
    sentence:
      'GetParameters without decryption returns the version of each parameter, a SecureString among them',
    documented: { String: 1, SecureString: 2 },
    source: `${GET_MANY} § WithDecryption; Parameter § Version`,
    act: async ({ ssm }, name) => {
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
    sentence: 'an earlier version of a SecureString is read in clear by name:version',
    documented: { value: 'FAKE-1', version: 1, current: 'FAKE-2' },
    source: `${GET} § Name`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'FAKE-1', { Type: 'SecureString' });
      await overwrite(ssm, name, 'FAKE-2');
      const { Value: value, Version: version } = await read(ssm, `${name}:1`, true);
      return { value, version, current: (await read(ssm, `${name}:2`, true)).Value };
    },
  },
  {
    sentence: 'a version that does not exist is another error than a parameter that does not',
    documented: 'ParameterVersionNotFound',
    source: `${GET} § Errors`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      return refusal(read(ssm, `${name}:7`));
    },
  },
  {
    sentence: 'a parameter can be read by its ARN, which has no second slash',
    documented: ['parameter', 'a'],
    source: `${GET} § Name`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { ARN = '' } = await read(ssm, name);
      return [ARN.split(':').at(-1)?.replace(name, ''), (await read(ssm, ARN)).Value];
    },
  },
  {
    sentence: 'when it was last modified is told, and moves with a write',
    documented: true,
    source: GET,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { LastModifiedDate: first } = await read(ssm, name);
      await overwrite(ssm, name, 'b');
      const { LastModifiedDate: second } = await read(ssm, name);
      return first instanceof Date && second instanceof Date && second >= first;
    },
  },
];
