import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Behavior, outcomeOf } from './behavior.ts';

const CREATE_SECRET_REFERENCE = 'Secrets Manager API reference, CreateSecret';
const GET_SECRET_VALUE_REFERENCE = 'Secrets Manager API reference, GetSecretValue';
const PUT_SECRET_VALUE_REFERENCE = 'Secrets Manager API reference, PutSecretValue';

function create(secrets: SecretsManagerClient, Name: string, SecretString?: string) {
  return secrets.send(new CreateSecretCommand({ Name, ...(SecretString !== undefined && { SecretString }) }));
}

function put(secrets: SecretsManagerClient, SecretId: string, SecretString: string) {
  return secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
}

function read(
  secrets: SecretsManagerClient,
  SecretId: string,
  more: { VersionId?: string; VersionStage?: string } = {},
) {
  return secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
}

function describe(secrets: SecretsManagerClient, SecretId: string) {
  return secrets.send(new DescribeSecretCommand({ SecretId }));
}

/** The behaviors of Secrets Manager on which the refresher and the command line depend. */
export const SECRET_BEHAVIORS: readonly Behavior[] = [
  {
    title: 'a secret can be read by its name and by its ARN, with the version id that was created',
    documentedResult: { byName: 'FAKE-1', byArn: 'FAKE-1', sameVersion: true },
    source: GET_SECRET_VALUE_REFERENCE,
    run: async ({ secrets }, name) => {
      const { ARN = '', VersionId } = await create(secrets, name, 'FAKE-1');
      const secretByName = await read(secrets, name);
      const secretByArn = await read(secrets, ARN);
      const isSameVersion = VersionId !== undefined && secretByName.VersionId === VersionId;
      return {
        byName: secretByName.SecretString,
        byArn: secretByArn.SecretString,
        sameVersion: isSameVersion,
      };
    },
  },
  {
    title: 'the ARN of a secret ends with the name, a hyphen and six characters',
    documentedResult: true,
    source: `${CREATE_SECRET_REFERENCE} § Name`,
    run: async ({ secrets }, name) => {
      const { ARN = '' } = await create(secrets, name, 'FAKE-1');
      return new RegExp(`:secret:${name}-[A-Za-z0-9]{6}$`).test(ARN);
    },
  },
  {
    title: 'a secret can be read by its ARN without the six characters',
    documentedResult: 'FAKE-1',
    source: 'Secrets Manager User Guide, "Troubleshoot": partial ARN',
    run: async ({ secrets }, name) => {
      const { ARN = '' } = await create(secrets, name, 'FAKE-1');
      return (await read(secrets, ARN.slice(0, -7))).SecretString;
    },
  },
  {
    title: 'a new value is a new version and AWSCURRENT immediately; the version before it is AWSPREVIOUS',
    documentedResult: { current: 'FAKE-2', previous: 'FAKE-1', stages: ['AWSCURRENT'], isNewVersion: true },
    source: PUT_SECRET_VALUE_REFERENCE,
    run: async ({ secrets }, name) => {
      const { VersionId: first } = await create(secrets, name, 'FAKE-1');
      const { VersionStages: stages, VersionId: second } = await put(secrets, name, 'FAKE-2');
      const { SecretString: current } = await read(secrets, name);
      const { SecretString: previous } = await read(secrets, name, { VersionStage: 'AWSPREVIOUS' });
      return { current, previous, stages, isNewVersion: first !== second };
    },
  },
  {
    title: 'the same value put again is a new version',
    documentedResult: true,
    source: PUT_SECRET_VALUE_REFERENCE,
    run: async ({ secrets }, name) => {
      const { VersionId: first } = await create(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-1');
      return (await read(secrets, name)).VersionId !== first;
    },
  },
  {
    title: 'a version of a secret can be read by its id',
    documentedResult: 'FAKE-1',
    source: `${GET_SECRET_VALUE_REFERENCE} § VersionId`,
    run: async ({ secrets }, name) => {
      const { VersionId = '' } = await create(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-2');
      return (await read(secrets, name, { VersionId })).SecretString;
    },
  },
  {
    title: 'a version id that does not exist cannot be read',
    documentedResult: 'ResourceNotFoundException',
    source: `${GET_SECRET_VALUE_REFERENCE} § Errors`,
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      return outcomeOf(read(secrets, name, { VersionId: 'fa4efa4e-0000-4000-8000-fa4efa4efa4e' }));
    },
  },
  {
    title: 'the version with AWSCURRENT in a description is the one that a read returns',
    documentedResult: true,
    source: 'Secrets Manager API reference, DescribeSecret § VersionIdsToStages',
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-2');
      const { VersionIdsToStages: stages = {} } = await describe(secrets, name);
      const current = Object.keys(stages).filter((id) => stages[id]?.includes('AWSCURRENT'));
      return current.length === 1 && current[0] === (await read(secrets, name)).VersionId;
    },
  },
  {
    title: 'a secret that is scheduled for deletion is described with DeletedDate, and cannot be read',
    documentedResult: { before: false, after: true, current: 1, read: 'InvalidRequestException' },
    source: 'Secrets Manager API reference, DeleteSecret; DescribeSecret § DeletedDate',
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      const before = (await describe(secrets, name)).DeletedDate !== undefined;
      await secrets.send(new DeleteSecretCommand({ SecretId: name }));
      const { DeletedDate, VersionIdsToStages = {} } = await describe(secrets, name);
      const current = Object.values(VersionIdsToStages).filter((stages) => stages.includes('AWSCURRENT'));
      const after = DeletedDate instanceof Date;
      return { before, after, current: current.length, read: await outcomeOf(read(secrets, name)) };
    },
  },
  {
    title:
      'a put with a repeated ClientRequestToken is the same version; with a different value it is rejected',
    documentedResult: [true, 'ResourceExistsException'],
    difference: {
      backends: ['MiniStack'],
      actualResult: [true, 'accepted'],
      description: 'accepts a different value with the same token',
    },
    source: `${PUT_SECRET_VALUE_REFERENCE} § ClientRequestToken`,
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      const ClientRequestToken = 'fa4efa4e-0000-4000-8000-fa4efa4efa4e';
      const again = (SecretString: string) =>
        secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString, ClientRequestToken }));
      const { VersionId: first } = await again('FAKE-2');
      const { VersionId: second } = await again('FAKE-2');
      return [first === second, await outcomeOf(again('FAKE-3'))];
    },
  },
  {
    title: 'creating an existing secret is rejected',
    documentedResult: 'ResourceExistsException',
    source: `${CREATE_SECRET_REFERENCE} § Errors`,
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      return outcomeOf(create(secrets, name, 'FAKE-2'));
    },
  },
  {
    title: 'a secret that does not exist cannot be read, described or written',
    documentedResult: ['ResourceNotFoundException', 'ResourceNotFoundException', 'ResourceNotFoundException'],
    source: `${GET_SECRET_VALUE_REFERENCE} § Errors`,
    run: async ({ secrets }, name) => [
      await outcomeOf(read(secrets, name)),
      await outcomeOf(describe(secrets, name)),
      await outcomeOf(put(secrets, name, 'FAKE-1')),
    ],
  },
  {
    title: 'a secret without a value can be described, and reading it is an error',
    documentedResult: { described: true, read: 'ResourceNotFoundException' },
    difference: {
      backends: ['MiniStack'],
      actualResult: { described: true, read: 'accepted' },
      description: 'returns no value',
    },
    source: `${CREATE_SECRET_REFERENCE} § SecretString; the real service: "can't find the specified secret value for staging label"`,
    run: async ({ secrets }, name) => {
      await create(secrets, name);
      const { Name } = await describe(secrets, name);
      return { described: Name === name, read: await outcomeOf(read(secrets, name)) };
    },
  },
  {
    title: 'a description returns the versions and their labels, and no value',
    documentedResult: { labels: ['AWSCURRENT', 'AWSPREVIOUS'], value: false },
    source: 'Secrets Manager API reference, DescribeSecret',
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-2');
      const description = await describe(secrets, name);
      const labels = Object.values(description.VersionIdsToStages ?? {})
        .flat()
        .sort();
      return { labels, value: JSON.stringify(description).includes('FAKE-') };
    },
  },
  {
    title: 'an empty secret value is rejected',
    documentedResult: true,
    difference: { backends: ['MiniStack'], actualResult: false, description: 'accepts it' },
    source: `${PUT_SECRET_VALUE_REFERENCE} § SecretString`,
    run: async ({ secrets }, name) => {
      await create(secrets, name, 'FAKE-1');
      return (await outcomeOf(put(secrets, name, ''))) !== 'accepted';
    },
  },
];
