import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { type Behavior, refusal } from './behavior.ts';
import { overwrite, put, read } from './parameter-calls.ts';

const PUT = 'SSM API reference, PutParameter';
const HISTORY = 'Systems Manager User Guide, "Working with parameter versions"';

/** Writing parameters, as the refresher and the stack do. */
export const PARAMETER_WRITES: readonly Behavior[] = [
  {
    sentence: 'a parameter that is created has version 1 and can be read',
    documented: { written: 1, read: { Type: 'String', Value: 'a', Version: 1, DataType: 'text' } },
    source: PUT,
    act: async ({ ssm }, name) => {
      const { Version: written } = await put(ssm, name, 'a');
      const { Type, Value, Version, DataType } = await read(ssm, name);
      return { written, read: { Type, Value, Version, DataType } };
    },
  },
  {
    sentence: 'creating a parameter that exists is refused without Overwrite, and changes nothing',
    documented: ['ParameterAlreadyExists', 'a'],
    source: PUT,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      return [await refusal(put(ssm, name, 'b')), (await read(ssm, name)).Value];
    },
  },
  {
    sentence: 'every overwrite counts the version up and answers with it, even with the same value',
    documented: [2, 3, 3],
    source: HISTORY,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { Version: second } = await overwrite(ssm, name, 'b');
      const { Version: third } = await overwrite(ssm, name, 'b');
      return [second, third, (await read(ssm, name)).Version];
    },
  },
  {
    sentence: 'Overwrite creates what does not exist yet',
    documented: 1,
    source: PUT,
    act: async ({ ssm }, name) => (await put(ssm, name, 'a', { Overwrite: true })).Version,
  },
  {
    sentence: 'the tier of the parameter is in the answer',
    documented: 'Standard',
    source: PUT,
    act: async ({ ssm }, name) => (await put(ssm, name, 'a', { Tier: 'Standard' })).Tier,
  },
  {
    sentence: 'tags together with Overwrite are refused, also for a parameter that does not exist yet',
    documented: ['ValidationException', 'ValidationException'],
    source: 'the real service: hashicorp/terraform-provider-aws#6691; PutParameter § Tags',
    act: async ({ ssm }, name) => {
      const Tags = [{ Key: 'k', Value: 'v' }];
      const fresh = await refusal(put(ssm, name, 'a', { Overwrite: true, Tags }));
      await refusal(put(ssm, name, 'a'));
      return [fresh, await refusal(overwrite(ssm, name, 'b', { Tags }))];
    },
  },
  {
    sentence: 'tags can be given when a parameter is created, and added later',
    documented: ['k=v', 'l=w'],
    source: 'SSM API reference, AddTagsToResource',
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a', { Tags: [{ Key: 'k', Value: 'v' }] });
      const parameter = { ResourceType: 'Parameter', ResourceId: name } as const;
      await ssm.send(new AddTagsToResourceCommand({ ...parameter, Tags: [{ Key: 'l', Value: 'w' }] }));
      const { TagList = [] } = await ssm.send(new ListTagsForResourceCommand(parameter));
      return TagList.map(({ Key, Value }) => `${Key}=${Value}`).sort();
    },
  },
  {
    sentence: 'a String cannot become a SecureString',
    documented: ['HierarchyTypeMismatchException', 'String'],
    source: `${PUT} § Errors (disputed: hashicorp/terraform-provider-aws#10819 changes types in place)`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const seen = await refusal(overwrite(ssm, name, 'b', { Type: 'SecureString' }));
      return [seen, (await read(ssm, name)).Type];
    },
  },
  {
    sentence: 'a SecureString cannot become a String',
    documented: ['HierarchyTypeMismatchException', 'SecureString'],
    source: `${PUT} § Errors (disputed: hashicorp/terraform-provider-aws#10819 changes types in place)`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a', { Type: 'SecureString' });
      const seen = await refusal(overwrite(ssm, name, 'b', { Type: 'String' }));
      return [seen, (await read(ssm, name)).Type];
    },
  },
  {
    sentence: 'an overwrite without a type keeps the type',
    documented: 'SecureString',
    source: `${PUT} § Type`,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a', { Type: 'SecureString' });
      await overwrite(ssm, name, 'b');
      return (await read(ssm, name)).Type;
    },
  },
  {
    sentence: 'a new parameter needs a type',
    documented: 'ValidationException',
    source: `${PUT} § Type`,
    act: ({ ssm }, name) => refusal(ssm.send(new PutParameterCommand({ Name: name, Value: 'a' }))),
  },
  {
    sentence: 'a value of 4096 bytes fits the standard tier, one more does not and leaves the old value',
    documented: ['accepted', 'ValidationException', 4096],
    source: 'Systems Manager User Guide, "Managing parameter tiers"',
    act: async ({ ssm }, name) => {
      const fits = await refusal(put(ssm, name, 'x'.repeat(4096), { Tier: 'Standard' }));
      const tooLong = await refusal(overwrite(ssm, name, 'x'.repeat(4097), { Tier: 'Standard' }));
      return [fits, tooLong, (await read(ssm, name)).Value?.length];
    },
  },
  {
    sentence: 'an empty value is refused',
    documented: 'ValidationException',
    source: `${PUT} § Value`,
    act: ({ ssm }, name) => refusal(put(ssm, name, '')),
  },
  {
    sentence: 'names that begin with aws or ssm are refused',
    documented: ['AccessDeniedException', 'ValidationException', 'ValidationException'],
    source: `${PUT} § Name; the real service: aws/aws-sdk-php#1952`,
    act: async ({ ssm }, name) => [
      await refusal(put(ssm, `/aws${name}`, 'a')),
      await refusal(put(ssm, `/ssm${name}`, 'a')),
      await refusal(put(ssm, `aws-${name.slice(1)}`, 'a')),
    ],
  },
  {
    sentence: 'names with a blank, with an empty level or without the first slash are refused',
    documented: ['ValidationException', 'ValidationException', 'ValidationException'],
    source: `${PUT} § Name`,
    act: async ({ ssm }, name) => [
      await refusal(put(ssm, `${name}/a b`, 'a')),
      await refusal(put(ssm, `${name}//b`, 'a')),
      await refusal(put(ssm, `${name.slice(1)}/b`, 'a')),
    ],
  },
  {
    sentence: 'a hierarchy has at most fifteen levels',
    documented: ['accepted', 'HierarchyLevelLimitExceededException'],
    source: `${PUT} § Name`,
    act: async ({ ssm }, name) => [
      await refusal(put(ssm, name + '/l'.repeat(14), 'a')),
      await refusal(put(ssm, name + '/l'.repeat(15), 'a')),
    ],
  },
  {
    sentence: 'a hundred versions are kept, and the oldest goes',
    documented: ['ParameterVersionNotFound', '2', 101],
    source: HISTORY,
    act: async ({ ssm }, name) => {
      await put(ssm, name, '1');
      for (let version = 2; version <= 101; version += 1) await overwrite(ssm, name, String(version));
      const { Value: oldest } = await read(ssm, `${name}:2`);
      return [await refusal(read(ssm, `${name}:1`)), oldest, (await read(ssm, name)).Version];
    },
  },
  {
    sentence: 'what is deleted is gone, and deleting it again is an error',
    documented: ['accepted', 'ParameterNotFound', 'ParameterNotFound'],
    source: 'SSM API reference, DeleteParameter',
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const remove = () => refusal(ssm.send(new DeleteParameterCommand({ Name: name })));
      return [await remove(), await refusal(read(ssm, name)), await remove()];
    },
  },
  {
    sentence: 'DeleteParameters deletes what exists and lists what does not',
    documented: { deleted: 1, invalid: 1 },
    source: 'SSM API reference, DeleteParameters',
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      const { DeletedParameters = [], InvalidParameters = [] } = await ssm.send(
        new DeleteParametersCommand({ Names: [name, `${name}-missing`] }),
      );
      return { deleted: DeletedParameters.length, invalid: InvalidParameters.length };
    },
  },
  {
    sentence: 'a parameter that is created again after a deletion begins at version 1',
    documented: 1,
    source: HISTORY,
    act: async ({ ssm }, name) => {
      await put(ssm, name, 'a');
      await overwrite(ssm, name, 'b');
      await ssm.send(new DeleteParameterCommand({ Name: name }));
      return (await put(ssm, name, 'c')).Version;
    },
  },
];
