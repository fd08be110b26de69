import { createHash } from 'node:crypto';
import type { AwsOperation, CallContext } from './fake-parameter-store.ts';
import { ACCOUNT, epochSeconds, FakeAwsError, type OperationInput, REGION } from './wire.ts';

interface SecretVersion {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly createdAt: number;
  changedAt: number;
  /** The time at which the secret was scheduled for deletion. */
  deletedAt?: number;
  readonly versions: Map<string, SecretVersion>;
  /** The version id of each staging label. */
  readonly stages: Map<string, string>;
}

const ARN_PREFIX = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:`;
const CURRENT_STAGE = 'AWSCURRENT';
const PREVIOUS_STAGE = 'AWSPREVIOUS';
const MAX_SECRET_BYTES = 65_536;
/** The default recovery window of DeleteSecret, in milliseconds. */
const RECOVERY_WINDOW = 30 * 24 * 3_600_000;

/** The operations of Secrets Manager that this project and its tests use. */
export class FakeSecretStore {
  readonly operations: Readonly<Record<string, AwsOperation>> = {
    CreateSecret: (input, context) => this.#create(input, context),
    PutSecretValue: (input, context) => this.#put(input, context),
    GetSecretValue: (input, context) => this.#get(input, context),
    DescribeSecret: (input) => this.#describe(input),
    DeleteSecret: (input, context) => this.#remove(input, context),
  };
  readonly #secrets = new Map<string, Secret>();
  #serial = 0;

  clear(): void {
    this.#secrets.clear();
  }

  /** Returns the name of the secret with the given name or ARN, or undefined if the secret does not exist. */
  nameOf(id: string): string | undefined {
    return this.#lookUp(id)?.name;
  }

  #create(input: OperationInput, { now, kmsError }: CallContext): object {
    input.rejectFields(['SecretBinary', 'AddReplicaRegions']);
    const name = input.text('Name');
    if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name)) {
      throw new FakeAwsError(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    }
    if (this.#secrets.has(name)) {
      throw new FakeAwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    this.#serial += 1;
    const secret: Secret = {
      name,
      arn: `${ARN_PREFIX}${name}-${arnSuffix(`${name} ${this.#serial}`)}`,
      description: input.optionalText('Description'),
      kmsKeyId: input.optionalText('KmsKeyId'),
      createdAt: now,
      changedAt: now,
      versions: new Map(),
      stages: new Map(),
    };
    const value = secretString(input);
    if (value !== undefined && kmsError) throw kmsError;
    const id = value === undefined ? undefined : this.#addVersion(secret, value, input, [CURRENT_STAGE], now);
    this.#secrets.set(name, secret);
    return { ARN: secret.arn, Name: name, VersionId: id };
  }

  #put(input: OperationInput, { now, kmsError }: CallContext): object {
    input.rejectFields(['SecretBinary', 'RotationToken']);
    const secret = this.#findUsable(input);
    const value = secretString(input);
    if (value === undefined) {
      throw new FakeAwsError(
        'InvalidRequestException',
        'You must provide either SecretString or SecretBinary.',
      );
    }
    if (kmsError) throw kmsError;
    const stages = input.texts('VersionStages');
    const id = this.#addVersion(secret, value, input, stages.length === 0 ? [CURRENT_STAGE] : stages, now);
    return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stagesOf(secret.stages, id) };
  }

  /** Adds a version. A retry of the SDK repeats ClientRequestToken and therefore adds no second version. */
  #addVersion(
    secret: Secret,
    value: string,
    input: OperationInput,
    stages: readonly string[],
    now: number,
  ): string {
    this.#serial += 1;
    const id = input.optionalText('ClientRequestToken') ?? fakeUuid(`${secret.name} ${this.#serial}`);
    if (id.length < 32 || id.length > 64) {
      throw new FakeAwsError(
        'InvalidParameterException',
        'ClientRequestToken must be 32-64 characters long.',
      );
    }
    const same = secret.versions.get(id);
    if (same?.value === value) return id;
    if (same) {
      throw new FakeAwsError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    secret.versions.set(id, { id, value, createdAt: now });
    const current = secret.stages.get(CURRENT_STAGE);
    for (const stage of stages) secret.stages.set(stage, id);
    if (stages.includes(CURRENT_STAGE) && current !== undefined) secret.stages.set(PREVIOUS_STAGE, current);
    secret.changedAt = now;
    return id;
  }

  #get(input: OperationInput, { kmsError }: CallContext): object {
    const secret = this.#findUsable(input);
    const requestedVersionId = input.optionalText('VersionId');
    const stage = input.optionalText('VersionStage') ?? CURRENT_STAGE;
    const id = requestedVersionId ?? secret.stages.get(stage);
    const version = id === undefined ? undefined : secret.versions.get(id);
    if (!version) {
      // For a secret without a value, AWS returns the same error code as for a missing secret, with a
      // different message (boto/boto3#2794).
      const requestedVersionText =
        requestedVersionId === undefined ? `staging label: ${stage}` : `VersionId: ${requestedVersionId}`;
      throw notFoundError(
        `Secrets Manager can't find the specified secret value for ${requestedVersionText}`,
      );
    }
    if (
      requestedVersionId !== undefined &&
      input.has('VersionStage') &&
      secret.stages.get(stage) !== requestedVersionId
    ) {
      throw new FakeAwsError(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    if (kmsError) throw kmsError;
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      SecretString: version.value,
      VersionStages: stagesOf(secret.stages, version.id),
      CreatedDate: epochSeconds(version.createdAt),
    };
  }

  #describe(input: OperationInput): object {
    const secret = this.#find(input);
    const { stages } = secret;
    const ids = [...new Set(stages.values())];
    return {
      ARN: secret.arn,
      Name: secret.name,
      Description: secret.description,
      KmsKeyId: secret.kmsKeyId,
      CreatedDate: epochSeconds(secret.createdAt),
      LastChangedDate: epochSeconds(secret.changedAt),
      DeletedDate: secret.deletedAt === undefined ? undefined : epochSeconds(secret.deletedAt),
      VersionIdsToStages: Object.fromEntries(ids.map((id) => [id, stagesOf(stages, id)])),
    };
  }

  /** Schedules the deletion of a secret. Afterwards, only DescribeSecret accepts the secret. */
  #remove(input: OperationInput, { now }: CallContext): object {
    input.rejectFields(['RecoveryWindowInDays', 'ForceDeleteWithoutRecovery']);
    const secret = this.#findUsable(input);
    secret.deletedAt = now;
    return { ARN: secret.arn, Name: secret.name, DeletionDate: epochSeconds(now + RECOVERY_WINDOW) };
  }

  #findUsable(input: OperationInput): Secret {
    const secret = this.#find(input);
    if (secret.deletedAt === undefined) return secret;
    throw new FakeAwsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }

  #find(input: OperationInput): Secret {
    const secret = this.#lookUp(input.text('SecretId'));
    if (!secret) throw notFoundError("Secrets Manager can't find the specified secret.");
    return secret;
  }

  /**
   * Finds a secret by its name, its ARN, or its partial ARN. A partial ARN has no random suffix, as in a CDK
   * import by name.
   */
  #lookUp(id: string): Secret | undefined {
    if (!id.startsWith(ARN_PREFIX)) return this.#secrets.get(id);
    return [...this.#secrets.values()].find(({ arn, name }) => arn === id || id === `${ARN_PREFIX}${name}`);
  }
}

function notFoundError(detail: string): FakeAwsError {
  return new FakeAwsError('ResourceNotFoundException', detail);
}

function secretString(input: OperationInput): string | undefined {
  const value = input.optionalText('SecretString');
  if (value === '' || Buffer.byteLength(value ?? '', 'utf8') > MAX_SECRET_BYTES) {
    throw new FakeAwsError(
      'InvalidParameterException',
      `SecretString must have 1 to ${MAX_SECRET_BYTES} bytes.`,
    );
  }
  return value;
}

function stagesOf(stages: ReadonlyMap<string, string>, id: string): readonly string[] {
  return [...stages].filter(([, holder]) => holder === id).map(([stage]) => stage);
}

/** The six random characters that AWS appends to the name of a secret in its ARN. */
function arnSuffix(seed: string): string {
  return createHash('sha256')
    .update(seed)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 6);
}

export function fakeUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `fa4e${hex.slice(0, 4)}-${hex.slice(4, 8)}-4${hex.slice(8, 11)}-8${hex.slice(11, 14)}-${hex.slice(14, 26)}`;
}
