import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ACCOUNT, createOperation, FakeAwsError, invalidInputError, REGION } from './wire.ts';

/** One version of a parameter in plain text. */
export interface ParameterVersion {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
  readonly version: number;
  /** The requested tier. If the request contains no tier, AWS uses the default tier of the account. */
  readonly tier: 'Standard' | undefined;
  readonly keyId: string | undefined;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

const ARN_PREFIX = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter`;
const MAX_VERSIONS = 100;

const NAME_FIELD = { Name: v.string() };
const NAMES_FIELD = { Names: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(10)) };
const DECRYPTION_FIELD = { WithDecryption: v.optional(v.boolean(), false) };
const PUT_FIELDS = {
  Name: v.string(),
  // The maximum size in the standard tier. The error message of AWS (aws/aws-sdk-net#3157) contains a limit
  // in characters, but the documentation limits a value to 4 KB.
  Value: v.pipe(v.string(), v.minLength(1), v.maxBytes(4096)),
  Type: v.optional(v.picklist(['String', 'StringList', 'SecureString'])),
  Overwrite: v.optional(v.boolean(), false),
  KeyId: v.optional(v.string()),
  Tags: v.optional(v.array(v.unknown())),
  Tier: v.optional(v.literal('Standard')),
  Description: v.optional(v.string()),
};

/**
 * The operations of SSM Parameter Store that this project uses. The operations reject the same input as AWS,
 * but accept invalid names, because the configuration already rejects such names.
 */
export class FakeParameterStore {
  readonly #versions = new Map<string, readonly ParameterVersion[]>();

  readonly operations = {
    PutParameter: createOperation(PUT_FIELDS, (input, now) => this.#put(input, now)),
    GetParameter: createOperation({ ...NAME_FIELD, ...DECRYPTION_FIELD }, ({ Name, WithDecryption }) => {
      const parameter = this.#read(Name, WithDecryption);
      // AWS returns this error without a message.
      if (!parameter) throw new FakeAwsError('ParameterNotFound');
      return { Parameter: parameter };
    }),
    GetParameters: createOperation({ ...NAMES_FIELD, ...DECRYPTION_FIELD }, ({ Names, WithDecryption }) => ({
      // AWS guarantees no order. The reversed order reveals a client that relies on the order of the request.
      Parameters: Names.flatMap((name) => this.#read(name, WithDecryption) ?? []).reverse(),
      InvalidParameters: Names.filter((name) => !this.#read(name, WithDecryption)),
    })),
    DeleteParameter: createOperation(NAME_FIELD, ({ Name }) => {
      if (!this.#versions.delete(Name)) throw new FakeAwsError('ParameterNotFound');
      return {};
    }),
    DeleteParameters: createOperation(NAMES_FIELD, ({ Names }) => {
      const DeletedParameters = Names.filter((name) => this.#versions.delete(name));
      return {
        DeletedParameters,
        InvalidParameters: Names.filter((name) => !DeletedParameters.includes(name)),
      };
    }),
  };

  /** Returns the stored versions of a parameter, oldest first. */
  versionsOf(name: string): readonly ParameterVersion[] {
    return this.#versions.get(name) ?? [];
  }

  names(): readonly string[] {
    return [...this.#versions.keys()];
  }

  clear(): void {
    this.#versions.clear();
  }

  #put(input: v.InferOutput<v.ObjectSchema<typeof PUT_FIELDS, undefined>>, now: number): object {
    const { Name: name, Value: value, Tier: tier, Overwrite, Tags } = input;
    if (Overwrite && Tags)
      throw invalidInputError("Invalid request: tags and overwrite can't be used together.");
    const storedVersions = this.versionsOf(name);
    const previous = storedVersions.at(-1);
    if (previous && !Overwrite)
      throw new FakeAwsError('ParameterAlreadyExists', 'The parameter already exists.');
    const type = input.Type ?? previous?.type;
    if (type === undefined)
      throw invalidInputError('A parameter type is required when you create a parameter.');
    if (previous && type !== previous.type) {
      // The fake rejects a change of the type, as documented in the SSM API reference (PutParameter §
      // Errors). The real service accepts some type changes (acceptance tests of
      // hashicorp/terraform-provider-aws, #10819).
      throw new FakeAwsError(
        'HierarchyTypeMismatchException',
        `Parameter Store doesn't support changing a parameter type: ${previous.type} to ${type}.`,
      );
    }
    const version = (previous?.version ?? 0) + 1;
    const keyId = input.KeyId ?? previous?.keyId;
    const next: ParameterVersion = { name, type, value, version, tier, keyId, modifiedAt: now };
    // AWS deletes the oldest version, except if that version has a label. This fake does not simulate labels.
    this.#versions.set(name, [...storedVersions, next].slice(-MAX_VERSIONS));
    return { Version: version };
  }

  /** @param reference a name or an ARN, with the optional suffix `:version` */
  #read(reference: string, decrypt: boolean): object | undefined {
    const [, name = '', selector] = /^([^:]*)(:.*)?$/s.exec(reference.replace(ARN_PREFIX, '')) ?? [];
    const versions = this.versionsOf(name);
    if (versions.length === 0) return undefined;
    const found = selector ? versions.find(({ version }) => `:${version}` === selector) : versions.at(-1);
    if (!found) {
      throw new FakeAwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${selector?.slice(1)} of ${name}. Verify the version and try again.`,
      );
    }
    return {
      Name: name,
      Type: found.type,
      Value: found.type === 'SecureString' && !decrypt ? fakeCiphertext(found) : found.value,
      Version: found.version,
      Selector: selector,
      LastModifiedDate: found.modifiedAt / 1000,
      ARN: `${ARN_PREFIX}${name}`,
      DataType: 'text',
    };
  }
}

/** Returns a fake of the encrypted value. A read without decryption returns this text. */
function fakeCiphertext({ name, version, value }: ParameterVersion): string {
  return `AQICAFAKE${createHash('sha512').update(`${name} ${version} ${value}`).digest('base64')}`;
}
