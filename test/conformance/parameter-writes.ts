import { DeleteParameterCommand, DeleteParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { type Behavior, outcomeOf } from './behavior.ts';
import { overwrite, put, read } from './parameter-calls.ts';

const PUT_PARAMETER_REFERENCE = 'SSM API reference, PutParameter';
const VERSIONS_REFERENCE = 'Systems Manager User Guide, "Working with parameter versions"';

/**
 * The behaviors of Parameter Store on which the refresher and the stack depend when they write parameters.
 */
export const PARAMETER_WRITE_BEHAVIORS: readonly Behavior[] = [
  {
    title: 'a parameter that is created has version 1 and can be read',
    documentedResult: { written: 1, read: { Type: 'String', Value: 'a', Version: 1, DataType: 'text' } },
    source: PUT_PARAMETER_REFERENCE,
    run: async ({ ssm }, name) => {
      const { Version: written } = await put(ssm, name, 'a');
      const { Type, Value, Version, DataType } = await read(ssm, name);
      return { written, read: { Type, Value, Version, DataType } };
    },
  },
  {
    title: 'creating an existing parameter without Overwrite is rejected and changes nothing',
    documentedResult: ['ParameterAlreadyExists', 'a'],
    source: PUT_PARAMETER_REFERENCE,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      return [await outcomeOf(put(ssm, name, 'b')), (await read(ssm, name)).Value];
    },
  },
  {
    title: 'each overwrite returns the next version, even with the same value',
    documentedResult: [2, 3, 3],
    source: VERSIONS_REFERENCE,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { Version: second } = await overwrite(ssm, name, 'b');
      const { Version: third } = await overwrite(ssm, name, 'b');
      return [second, third, (await read(ssm, name)).Version];
    },
  },
  {
    title: 'Overwrite creates a parameter that does not exist',
    documentedResult: 1,
    source: PUT_PARAMETER_REFERENCE,
    run: async ({ ssm }, name) => (await put(ssm, name, 'a', { Overwrite: true })).Version,
  },
  {
    title: 'tags with Overwrite are rejected, also for a parameter that does not exist',
    documentedResult: ['ValidationException', 'ValidationException'],
    source: 'the real service: hashicorp/terraform-provider-aws#6691; PutParameter § Tags',
    run: async ({ ssm }, name) => {
      const Tags = [{ Key: 'k', Value: 'v' }];
      const firstOutcome = await outcomeOf(put(ssm, name, 'a', { Overwrite: true, Tags }));
      await outcomeOf(put(ssm, name, 'a'));
      return [firstOutcome, await outcomeOf(overwrite(ssm, name, 'b', { Tags }))];
    },
  },
  {
    title: 'the type of a parameter cannot change',
    documentedResult: [
      'HierarchyTypeMismatchException',
      'String',
      'HierarchyTypeMismatchException',
      'SecureString',
    ],
    difference: {
      backends: ['MiniStack', 'moto'],
      actualResult: ['accepted', 'SecureString', 'accepted', 'String'],
      description: 'changes the type',
    },
    source: `${PUT_PARAMETER_REFERENCE} § Errors (disputed: hashicorp/terraform-provider-aws#10819 changes types in place)`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      await put(ssm, `${name}-token`, 'a', { Type: 'SecureString' });
      return [
        await outcomeOf(overwrite(ssm, name, 'b', { Type: 'SecureString' })),
        (await read(ssm, name)).Type,
        await outcomeOf(overwrite(ssm, `${name}-token`, 'b', { Type: 'String' })),
        (await read(ssm, `${name}-token`)).Type,
      ];
    },
  },
  {
    title: 'an overwrite without a type keeps the type',
    documentedResult: 'SecureString',
    source: `${PUT_PARAMETER_REFERENCE} § Type`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a', { Type: 'SecureString' });
      await overwrite(ssm, name, 'b');
      return (await read(ssm, name)).Type;
    },
  },
  {
    title: 'a new parameter needs a type',
    documentedResult: 'ValidationException',
    source: `${PUT_PARAMETER_REFERENCE} § Type`,
    run: ({ ssm }, name) => outcomeOf(ssm.send(new PutParameterCommand({ Name: name, Value: 'a' }))),
  },
  {
    title: 'the standard tier accepts 4096 bytes; 4097 are rejected and change nothing',
    documentedResult: ['accepted', 'ValidationException', 4096],
    difference: {
      backends: ['MiniStack', 'moto'],
      actualResult: ['accepted', 'accepted', 4097],
      description: 'accepts more',
    },
    source: 'Systems Manager User Guide, "Managing parameter tiers"',
    run: async ({ ssm }, name) => {
      const resultAtLimit = await outcomeOf(put(ssm, name, 'x'.repeat(4096), { Tier: 'Standard' }));
      const resultOverLimit = await outcomeOf(overwrite(ssm, name, 'x'.repeat(4097), { Tier: 'Standard' }));
      return [resultAtLimit, resultOverLimit, (await read(ssm, name)).Value?.length];
    },
  },
  {
    title: 'an empty value is rejected',
    documentedResult: 'ValidationException',
    difference: { backends: ['MiniStack'], actualResult: 'accepted', description: 'accepts it' },
    source: `${PUT_PARAMETER_REFERENCE} § Value`,
    run: ({ ssm }, name) => outcomeOf(put(ssm, name, '')),
  },
  {
    title: 'the last 100 versions of a parameter are kept',
    documentedResult: ['ParameterVersionNotFound', '2', 101],
    difference: { backends: ['MiniStack'], actualResult: ['accepted', '2', 101], description: 'keeps all' },
    source: VERSIONS_REFERENCE,
    run: async ({ ssm }, name) => {
      await put(ssm, name, '1');
      for (let version = 2; version <= 101; version += 1) await overwrite(ssm, name, String(version));
      const { Value: oldest } = await read(ssm, `${name}:2`);
      return [await outcomeOf(read(ssm, `${name}:1`)), oldest, (await read(ssm, name)).Version];
    },
  },
  {
    title: 'a deleted parameter does not exist, deleting it again is an error, and a new one has version 1',
    documentedResult: ['accepted', 'ParameterNotFound', 'ParameterNotFound', 1],
    source: `SSM API reference, DeleteParameter; ${VERSIONS_REFERENCE}`,
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      await overwrite(ssm, name, 'b');
      const remove = () => outcomeOf(ssm.send(new DeleteParameterCommand({ Name: name })));
      const outcomes = [await remove(), await outcomeOf(read(ssm, name)), await remove()];
      return [...outcomes, (await put(ssm, name, 'c')).Version];
    },
  },
  {
    title: 'DeleteParameters deletes the parameters that exist and lists the names that do not',
    documentedResult: { deleted: 1, invalid: 1 },
    source: 'SSM API reference, DeleteParameters',
    run: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { DeletedParameters = [], InvalidParameters = [] } = await ssm.send(
        new DeleteParametersCommand({ Names: [name, `${name}-missing`] }),
      );
      return { deleted: DeletedParameters.length, invalid: InvalidParameters.length };
    },
  },
];
