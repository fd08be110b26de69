import { createHash } from 'node:crypto';
import { checkParameterName, parameterArn, parseReference, requireOneToTenNames } from './parameter-names.ts';
import { ACCOUNT, epochSeconds, FakeAwsError, invalid, type OperationInput, REGION } from './wire.ts';

/** One version of a parameter in plain text. */
export interface ParameterVersion {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  /** The requested tier. If the request contains no tier, AWS uses the default tier of the account. */
  readonly tier?: string | undefined;
  readonly keyId?: string | undefined;
  readonly modifiedAt: number;
}

/** The context of a call, which is not part of its input. */
export interface CallContext {
  readonly now: number;
  /** The error that encryption and decryption return; undefined if both succeed. */
  readonly kmsError?: FakeAwsError | undefined;
}

export type AwsOperation = (input: OperationInput, context: CallContext) => object;

const PARAMETER_TYPES = ['String', 'StringList', 'SecureString'];
const ARN_PREFIX = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter`;
/** The maximum value size of the standard tier, the only tier of this fake. */
const MAX_STANDARD_BYTES = 4096;
const MAX_VERSIONS = 100;

/**
 * The operations of SSM Parameter Store that this project uses, without tags. The operations reject the same
 * input as AWS.
 */
export class FakeParameterStore {
  readonly operations: Readonly<Record<string, AwsOperation>> = {
    PutParameter: (input, context) => this.#put(input, context),
    GetParameter: (input, context) => this.#get(input, context),
    GetParameters: (input, context) => this.#getMany(input, context),
    DeleteParameter: (input) => this.#delete(input),
    DeleteParameters: (input) => this.#deleteMany(input),
  };
  readonly #versions = new Map<string, ParameterVersion[]>();

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

  #put(input: OperationInput, { now, kmsError }: CallContext): object {
    input.rejectFields(['AllowedPattern', 'Policies']);
    // AWS removes spaces at both ends of a name, and rejects a name with other spaces.
    const name = input.text('Name').trim();
    const value = input.text('Value');
    const overwrite = input.flag('Overwrite');
    if (value === '') {
      throw invalid(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
      );
    }
    if (overwrite && input.has('Tags')) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    checkParameterName(name, ARN_PREFIX);

    const storedVersions = this.versionsOf(name);
    const previous = storedVersions.at(-1);
    if (previous && !overwrite) {
      throw new FakeAwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = this.#typeOf(input, previous);
    const tier = input.optionalText('Tier');
    checkTier(tier, value);
    const keyId = input.optionalText('KeyId') ?? previous?.keyId;
    if (type !== 'SecureString' && input.has('KeyId'))
      throw invalid('KeyId is for SecureString parameters only.');
    if (type === 'SecureString' && kmsError) throw kmsError;

    const version = (previous?.version ?? 0) + 1;
    const next: ParameterVersion = { name, type, value, version, tier, keyId, modifiedAt: now };
    // AWS deletes the oldest version, except if that version has a label. This fake does not simulate labels.
    this.#versions.set(name, [...storedVersions, next].slice(-MAX_VERSIONS));
    return { Version: version, Tier: 'Standard' };
  }

  #typeOf(input: OperationInput, previous: ParameterVersion | undefined): string {
    const type = input.optionalText('Type');
    if (type !== undefined && !PARAMETER_TYPES.includes(type)) {
      throw invalid(
        `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
      );
    }
    if (type === undefined && !previous)
      throw invalid('A parameter type is required when you create a parameter.');
    if (type !== undefined && previous && type !== previous.type) {
      // The fake rejects a change of the type, as documented in the SSM API reference (PutParameter §
      // Errors). The real service accepts some type changes (acceptance tests of
      // hashicorp/terraform-provider-aws, #10819).
      throw new FakeAwsError(
        'HierarchyTypeMismatchException',
        `Parameter Store doesn't support changing a parameter type: ${previous.type} to ${type}.`,
      );
    }
    return type ?? previous?.type ?? '';
  }

  #get(input: OperationInput, context: CallContext): object {
    const parameter = this.#read(input.text('Name'), input.flag('WithDecryption'), context);
    // AWS returns this error without a message.
    if (!parameter) throw new FakeAwsError('ParameterNotFound');
    return { Parameter: parameter };
  }

  #getMany(input: OperationInput, context: CallContext): object {
    const names = input.texts('Names');
    requireOneToTenNames(names);
    const decrypt = input.flag('WithDecryption');
    const found: object[] = [];
    const missing: string[] = [];
    for (const name of names) {
      const parameter = this.#read(name, decrypt, context);
      if (parameter) found.push(parameter);
      else missing.push(name);
    }
    // AWS guarantees no order. The reversed order reveals a client that relies on the order of the request.
    return { Parameters: found.reverse(), InvalidParameters: missing };
  }

  #read(reference: string, decrypt: boolean, { kmsError }: CallContext): object | undefined {
    const { name, selector } = parseReference(reference, ARN_PREFIX);
    const versions = this.versionsOf(name);
    if (versions.length === 0) return undefined;
    const found = selector ? versions.find(({ version }) => `:${version}` === selector) : versions.at(-1);
    if (!found) {
      throw new FakeAwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${selector?.slice(1)} of ${name}. Verify the version and try again.`,
      );
    }
    const isSecure = found.type === 'SecureString';
    if (isSecure && decrypt && kmsError) throw kmsError;
    return {
      Name: found.name,
      Type: found.type,
      Value: isSecure && !decrypt ? fakeCiphertext(found) : found.value,
      Version: found.version,
      Selector: selector,
      LastModifiedDate: epochSeconds(found.modifiedAt),
      ARN: parameterArn(found.name, ARN_PREFIX),
      DataType: 'text',
    };
  }

  #delete(input: OperationInput): object {
    if (!this.#remove(input.text('Name'))) throw new FakeAwsError('ParameterNotFound');
    return {};
  }

  #deleteMany(input: OperationInput): object {
    const names = input.texts('Names');
    requireOneToTenNames(names);
    const deletedNames = names.filter((name) => this.#remove(name));
    return {
      DeletedParameters: deletedNames,
      InvalidParameters: names.filter((name) => !deletedNames.includes(name)),
    };
  }

  #remove(name: string): boolean {
    return this.#versions.delete(name);
  }
}

function checkTier(tier: string | undefined, value: string): void {
  if (tier !== undefined && tier !== 'Standard')
    throw new FakeAwsError('NotSimulatedException', `the fake AWS does not support the tier ${tier}`);
  // The error message of AWS (aws/aws-sdk-net#3157) contains a limit in characters, but the documentation
  // limits a value to 4 KB.
  if (Buffer.byteLength(value, 'utf8') > MAX_STANDARD_BYTES)
    throw invalid(
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
    );
}

/** Returns a fake of the encrypted value. A read without decryption returns this text. */
function fakeCiphertext({ name, version, value }: ParameterVersion): string {
  return `AQICAFAKE${createHash('sha512').update(`${name} ${version} ${value}`).digest('base64')}`;
}
