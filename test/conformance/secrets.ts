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

function createSecret(secrets: SecretsManagerClient, Name: string, SecretString?: string) {
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

function describeSecret(secrets: SecretsManagerClient, SecretId: string) {
  return secrets.send(new DescribeSecretCommand({ SecretId }));
}

/** The behaviors of Secrets Manager on which the refresher and the command line depend. */
export const SECRET_BEHAVIORS: readonly Behavior[] = [
  {
    title:
      'a secret can be read by its name, its ARN, which ends with six characters, and its ARN without them',
    documentedResult: { values: ['FAKE-1', 'FAKE-1', 'FAKE-1'], isSameVersion: true },
    source: `${CREATE_SECRET_REFERENCE} § Name; Secrets Manager User Guide, "Troubleshoot": partial ARN`,
    run: async ({ secrets }, name) => {
      const { ARN = '', VersionId = '' } = await createSecret(secrets, name, 'FAKE-1');
      const partialArn = new RegExp(`^(.*:secret:${name})-[A-Za-z0-9]{6}$`).exec(ARN)?.[1] ?? '';
      const replies = [await read(secrets, name), await read(secrets, ARN), await read(secrets, partialArn)];
      return {
        values: replies.map(({ SecretString }) => SecretString),
        isSameVersion: replies.every((reply) => reply.VersionId === VersionId),
      };
    },
  },
  {
    title: 'a new value is a new version and AWSCURRENT immediately; the version before it is AWSPREVIOUS',
    documentedResult: { current: 'FAKE-2', previous: 'FAKE-1', stages: ['AWSCURRENT'], versions: 3 },
    source: PUT_SECRET_VALUE_REFERENCE,
    run: async ({ secrets }, name) => {
      const { VersionId: first } = await createSecret(secrets, name, 'FAKE-1');
      const { VersionStages: stages, VersionId: second } = await put(secrets, name, 'FAKE-2');
      const { SecretString: current } = await read(secrets, name);
      const { SecretString: previous } = await read(secrets, name, { VersionStage: 'AWSPREVIOUS' });
      // An unchanged value creates a new version, too.
      const { VersionId: third } = await put(secrets, name, 'FAKE-2');
      return { current, previous, stages, versions: new Set([first, second, third]).size };
    },
  },
  {
    title: 'a version of a secret can be read by its id, and a version that does not exist is an error',
    documentedResult: ['FAKE-1', 'ResourceNotFoundException'],
    source: `${GET_SECRET_VALUE_REFERENCE} § VersionId, Errors`,
    run: async ({ secrets }, name) => {
      const { VersionId = '' } = await createSecret(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-2');
      const missing = { VersionId: 'fa4efa4e-0000-4000-8000-fa4efa4efa4e' };
      const { SecretString } = await read(secrets, name, { VersionId });
      return [SecretString, await outcomeOf(read(secrets, name, missing))];
    },
  },
  {
    title: 'a description returns no value, and the label AWSCURRENT of the version that a read returns',
    documentedResult: { labels: ['AWSCURRENT', 'AWSPREVIOUS'], isCurrent: true, hasValue: false },
    source: 'Secrets Manager API reference, DescribeSecret § VersionIdsToStages',
    run: async ({ secrets }, name) => {
      await createSecret(secrets, name, 'FAKE-1');
      await put(secrets, name, 'FAKE-2');
      const description = await describeSecret(secrets, name);
      const stages = description.VersionIdsToStages ?? {};
      const { VersionId = '' } = await read(secrets, name);
      return {
        labels: Object.values(stages).flat().sort(),
        isCurrent: stages[VersionId]?.join() === 'AWSCURRENT',
        hasValue: JSON.stringify(description).includes('FAKE-'),
      };
    },
  },
  {
    title: 'a secret that is scheduled for deletion is described with DeletedDate, and cannot be read',
    documentedResult: { before: false, after: true, current: 1, read: 'InvalidRequestException' },
    source: 'Secrets Manager API reference, DeleteSecret; DescribeSecret § DeletedDate',
    run: async ({ secrets }, name) => {
      await createSecret(secrets, name, 'FAKE-1');
      const before = (await describeSecret(secrets, name)).DeletedDate !== undefined;
      await secrets.send(new DeleteSecretCommand({ SecretId: name }));
      const { DeletedDate, VersionIdsToStages = {} } = await describeSecret(secrets, name);
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
      await createSecret(secrets, name, 'FAKE-1');
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
      await createSecret(secrets, name, 'FAKE-1');
      return outcomeOf(createSecret(secrets, name, 'FAKE-2'));
    },
  },
  {
    title: 'a secret that does not exist cannot be read, described or written',
    documentedResult: ['ResourceNotFoundException', 'ResourceNotFoundException', 'ResourceNotFoundException'],
    source: `${GET_SECRET_VALUE_REFERENCE} § Errors`,
    run: async ({ secrets }, name) => [
      await outcomeOf(read(secrets, name)),
      await outcomeOf(describeSecret(secrets, name)),
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
      await createSecret(secrets, name);
      const { Name } = await describeSecret(secrets, name);
      return { described: Name === name, read: await outcomeOf(read(secrets, name)) };
    },
  },
  {
    title: 'an empty secret value is rejected',
    documentedResult: true,
    difference: { backends: ['MiniStack'], actualResult: false, description: 'accepts it' },
    source: `${PUT_SECRET_VALUE_REFERENCE} § SecretString`,
    run: async ({ secrets }, name) => {
      await createSecret(secrets, name, 'FAKE-1');
      return (await outcomeOf(put(secrets, name, ''))) !== 'accepted';
    },
  },
];
