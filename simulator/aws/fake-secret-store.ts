import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ACCOUNT, createOperation, FakeAwsError, fakeUuid, REGION } from './wire.ts';

interface SecretVersion {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

/** A secret. All times are in epoch milliseconds. */
interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  changedAt: number;
  /** The time at which the secret was scheduled for deletion. */
  deletedAt?: number;
  /** Oldest first. The last version has the label AWSCURRENT, and the version before it AWSPREVIOUS. */
  readonly versions: SecretVersion[];
}

const ARN_PREFIX = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:`;
const STAGING_LABELS = ['AWSCURRENT', 'AWSPREVIOUS'];
/** The default recovery window of DeleteSecret, in milliseconds. */
const RECOVERY_WINDOW = 30 * 24 * 3_600_000;

const SECRET_ID_FIELD = { SecretId: v.string() };
const REQUEST_TOKEN_FIELD = {
  ClientRequestToken: v.optional(v.pipe(v.string(), v.minLength(32), v.maxLength(64))),
};
const SECRET_VALUE = v.pipe(v.string(), v.minLength(1), v.maxBytes(65_536));
const CREATE_FIELDS = {
  Name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/)),
  SecretString: v.optional(SECRET_VALUE),
  Description: v.optional(v.string()),
  ...REQUEST_TOKEN_FIELD,
};
const GET_FIELDS = {
  ...SECRET_ID_FIELD,
  VersionId: v.optional(v.string()),
  VersionStage: v.optional(v.string()),
};

/** The operations of Secrets Manager that this project and its tests use. */
export class FakeSecretStore {
  readonly #secrets = new Map<string, Secret>();
  #serial = 0;

  readonly operations = {
    CreateSecret: createOperation(CREATE_FIELDS, ({ Name, SecretString, ClientRequestToken }, now) => {
      if (this.#secrets.has(Name))
        throw new FakeAwsError('ResourceExistsException', `the secret ${Name} already exists.`);
      this.#serial += 1;
      const arn = `${ARN_PREFIX}${Name}-${arnSuffix(`${Name} ${this.#serial}`)}`;
      const secret = { name: Name, arn, createdAt: now, changedAt: now, versions: [] };
      this.#secrets.set(Name, secret);
      const VersionId = SecretString && this.#addVersion(secret, SecretString, ClientRequestToken, now);
      return { ARN: arn, Name, VersionId };
    }),
    PutSecretValue: createOperation(
      { ...SECRET_ID_FIELD, SecretString: SECRET_VALUE, ...REQUEST_TOKEN_FIELD },
      ({ SecretId, SecretString, ClientRequestToken }, now) => {
        const secret = this.#findUsable(SecretId);
        const VersionId = this.#addVersion(secret, SecretString, ClientRequestToken, now);
        return { ARN: secret.arn, Name: secret.name, VersionId, VersionStages: stagesOf(secret, VersionId) };
      },
    ),
    GetSecretValue: createOperation(GET_FIELDS, ({ SecretId, VersionId, VersionStage = 'AWSCURRENT' }) => {
      const secret = this.#findUsable(SecretId);
      const { id, value, createdAt } = findVersion(secret, VersionId, VersionStage);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: id,
        SecretString: value,
        VersionStages: stagesOf(secret, id),
        CreatedDate: createdAt / 1000,
      };
    }),
    DescribeSecret: createOperation(SECRET_ID_FIELD, ({ SecretId }) => {
      const secret = this.#find(SecretId);
      const labeledVersions = secret.versions.slice(-STAGING_LABELS.length);
      return {
        ARN: secret.arn,
        Name: secret.name,
        CreatedDate: secret.createdAt / 1000,
        LastChangedDate: secret.changedAt / 1000,
        DeletedDate: secret.deletedAt === undefined ? undefined : secret.deletedAt / 1000,
        VersionIdsToStages: Object.fromEntries(labeledVersions.map(({ id }) => [id, stagesOf(secret, id)])),
      };
    }),
    /** Schedules the deletion of a secret. Afterwards, only DescribeSecret accepts the secret. */
    DeleteSecret: createOperation(SECRET_ID_FIELD, ({ SecretId }, now) => {
      const secret = this.#findUsable(SecretId);
      secret.deletedAt = now;
      return { ARN: secret.arn, Name: secret.name, DeletionDate: (now + RECOVERY_WINDOW) / 1000 };
    }),
  };

  clear(): void {
    this.#secrets.clear();
  }

  has(name: string): boolean {
    return this.#secrets.has(name);
  }

  /** Adds a version. A retry of the SDK repeats ClientRequestToken and therefore adds no second version. */
  #addVersion(secret: Secret, value: string, token: string | undefined, now: number): string {
    this.#serial += 1;
    const id = token ?? fakeUuid(`${secret.name} ${this.#serial}`);
    const existing = secret.versions.find((version) => version.id === id);
    if (existing && existing.value !== value)
      throw new FakeAwsError('ResourceExistsException', `ClientRequestToken ${id} is already in use.`);
    if (!existing) {
      secret.versions.push({ id, value, createdAt: now });
      secret.changedAt = now;
    }
    return id;
  }

  #findUsable(id: string): Secret {
    const secret = this.#find(id);
    if (secret.deletedAt === undefined) return secret;
    throw new FakeAwsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }

  /**
   * Finds a secret by its name, its ARN, or its partial ARN. A partial ARN has no random suffix, as in a CDK
   * import by name.
   */
  #find(id: string): Secret {
    const secret = [...this.#secrets.values()].find(({ name, arn }) =>
      [name, arn, `${ARN_PREFIX}${name}`].includes(id),
    );
    if (!secret) throw notFoundError("Secrets Manager can't find the specified secret.");
    return secret;
  }
}

/**
 * @throws FakeAwsError if there is no such version. For a secret without a value, AWS returns the same error
 *   code as for a missing secret, with a different message (boto/boto3#2794)
 */
function findVersion(secret: Secret, versionId: string | undefined, stage: string): SecretVersion {
  const found = secret.versions.find(({ id }) =>
    versionId ? id === versionId : stagesOf(secret, id).includes(stage),
  );
  if (found) return found;
  const requested = versionId ? `VersionId: ${versionId}` : `staging label: ${stage}`;
  throw notFoundError(`Secrets Manager can't find the specified secret value for ${requested}`);
}

function notFoundError(detail: string): FakeAwsError {
  return new FakeAwsError('ResourceNotFoundException', detail);
}

function stagesOf({ versions }: Secret, id: string): readonly string[] {
  return STAGING_LABELS.filter((_, age) => versions.at(-1 - age)?.id === id);
}

/** The six random characters that AWS appends to the name of a secret in its ARN. */
function arnSuffix(seed: string): string {
  return createHash('sha256')
    .update(seed)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 6);
}
