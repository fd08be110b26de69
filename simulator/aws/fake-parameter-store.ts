import { createHash } from 'node:crypto';
import { atMostTen, checkParameterName, parameterArn, parseReference } from './parameter-names.ts';
import { epochSeconds, FakeAwsError, type Input, invalid, type Tag } from './wire.ts';

/** One version of a parameter in plain text. */
export interface ParameterVersion {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly tier: string;
  readonly keyId?: string | undefined;
  readonly modifiedAt: number;
}

/** The circumstances of a call. */
export interface CallContext {
  readonly now: number;
  /** Reads return the value before the last write. */
  readonly stale: boolean;
  /** Thrown by encryption and decryption. */
  readonly kmsError?: FakeAwsError | undefined;
}

export type AwsOperation = (input: Input, context: CallContext) => object;

const TYPES = ['String', 'StringList', 'SecureString'];
const TIERS = ['Standard', 'Advanced', 'Intelligent-Tiering'];
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;
const VERSIONS_KEPT = 100;

/** The operations of SSM Parameter Store that this project uses, as strict as the real ones. */
export class FakeParameterStore {
  readonly operations: Readonly<Record<string, AwsOperation>>;
  readonly #arnPrefix: string;
  readonly #versions = new Map<string, ParameterVersion[]>();
  readonly #tags = new Map<string, Map<string, string>>();

  constructor(region: string, account: string) {
    this.#arnPrefix = `arn:aws:ssm:${region}:${account}:parameter`;
    this.operations = {
      PutParameter: (input, context) => this.#put(input, context),
      GetParameter: (input, context) => this.#get(input, context),
      GetParameters: (input, context) => this.#getMany(input, context),
      DeleteParameter: (input) => this.#delete(input),
      DeleteParameters: (input) => this.#deleteMany(input),
      AddTagsToResource: (input) => this.#addTags(input),
      ListTagsForResource: (input) => this.#listTags(input),
    };
  }

  /** Stored versions, oldest first. */
  versionsOf(name: string): readonly ParameterVersion[] {
    return this.#versions.get(name) ?? [];
  }

  names(): readonly string[] {
    return [...this.#versions.keys()];
  }

  clear(): void {
    this.#versions.clear();
    this.#tags.clear();
  }

  #put(input: Input, { now, kmsError }: CallContext): object {
    input.refuse(['AllowedPattern', 'Policies']);
    // AWS trims a name and rejects blanks within it.
    const name = input.text('Name').trim();
    const value = input.text('Value');
    const overwrite = input.flag('Overwrite');
    const tags = input.tags('Tags');
    if (value === '') {
      throw invalid(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
      );
    }
    if (overwrite && tags.length > 0) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    checkParameterName(name, this.#arnPrefix);

    const kept = this.versionsOf(name);
    const previous = kept.at(-1);
    if (previous && !overwrite) {
      throw new FakeAwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = this.#typeOf(input, previous);
    const tier = tierOf(input, value, previous);
    const keyId = input.optionalText('KeyId') ?? previous?.keyId;
    if (type !== 'SecureString' && input.has('KeyId'))
      throw invalid('KeyId is for SecureString parameters only.');
    if (type === 'SecureString' && kmsError) throw kmsError;

    const version = (previous?.version ?? 0) + 1;
    const next: ParameterVersion = { name, type, value, version, tier, keyId, modifiedAt: now };
    // AWS deletes the oldest version unless it has a label; this fake has no labels.
    this.#versions.set(name, [...kept, next].slice(-VERSIONS_KEPT));
    if (tags.length > 0) this.#tag(name, tags);
    return { Version: version, Tier: tier };
  }

  #typeOf(input: Input, previous: ParameterVersion | undefined): string {
    const type = input.optionalText('Type');
    if (type !== undefined && !TYPES.includes(type)) {
      throw invalid(
        `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
      );
    }
    if (type === undefined && !previous)
      throw invalid('A parameter type is required when you create a parameter.');
    if (type !== undefined && previous && type !== previous.type) {
      // API reference, PutParameter § Errors. Acceptance tests of hashicorp/terraform-provider-aws (#10819)
      // change a type in place on the real service; the stricter behavior is used here.
      throw new FakeAwsError(
        'HierarchyTypeMismatchException',
        `Parameter Store doesn't support changing a parameter type: ${previous.type} to ${type}.`,
      );
    }
    return type ?? previous?.type ?? '';
  }

  #get(input: Input, context: CallContext): object {
    const parameter = this.#read(input.text('Name'), input.flag('WithDecryption'), context);
    // AWS sends no message with this one.
    if (!parameter) throw new FakeAwsError('ParameterNotFound');
    return { Parameter: parameter };
  }

  #getMany(input: Input, context: CallContext): object {
    const names = input.texts('Names');
    atMostTen(names);
    const decrypt = input.flag('WithDecryption');
    const found: object[] = [];
    const missing: string[] = [];
    for (const name of names) {
      const parameter = this.#read(name, decrypt, context);
      if (parameter) found.push(parameter);
      else missing.push(name);
    }
    // AWS guarantees no order: a client that relies on the requested order fails here.
    return { Parameters: found.reverse(), InvalidParameters: missing };
  }

  #read(reference: string, decrypt: boolean, { stale, kmsError }: CallContext): object | undefined {
    const { name, selector } = parseReference(reference, this.#arnPrefix);
    const versions = this.versionsOf(name);
    if (versions.length === 0) return undefined;
    const found = selector
      ? versions.find(({ version }) => `:${version}` === selector)
      : versions.at(stale ? -2 : -1);
    if (!found && selector) {
      throw new FakeAwsError(
        'ParameterVersionNotFound',
        `Systems Manager could not find version ${selector.slice(1)} of ${name}. Verify the version and try again.`,
      );
    }
    if (!found) return undefined;
    const secure = found.type === 'SecureString';
    if (secure && decrypt && kmsError) throw kmsError;
    return {
      Name: found.name,
      Type: found.type,
      Value: secure && !decrypt ? fakeCiphertext(found) : found.value,
      Version: found.version,
      Selector: selector,
      LastModifiedDate: epochSeconds(found.modifiedAt),
      ARN: parameterArn(found.name, this.#arnPrefix),
      DataType: 'text',
    };
  }

  #delete(input: Input): object {
    if (!this.#remove(input.text('Name'))) throw new FakeAwsError('ParameterNotFound');
    return {};
  }

  #deleteMany(input: Input): object {
    const names = input.texts('Names');
    atMostTen(names);
    const deleted = names.filter((name) => this.#remove(name));
    return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
  }

  #remove(name: string): boolean {
    this.#tags.delete(name);
    return this.#versions.delete(name);
  }

  #addTags(input: Input): object {
    this.#tag(this.#taggable(input), input.tags('Tags'));
    return {};
  }

  #listTags(input: Input): object {
    const tags = this.#tags.get(this.#taggable(input)) ?? new Map<string, string>();
    return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  }

  #taggable(input: Input): string {
    if (input.text('ResourceType') !== 'Parameter')
      throw new FakeAwsError('InvalidResourceType', 'Invalid Resource Type');
    const name = input.text('ResourceId');
    if (!this.#versions.has(name)) throw new FakeAwsError('InvalidResourceId', 'Invalid Resource Id');
    return name;
  }

  #tag(name: string, tags: readonly Tag[]): void {
    const mine = this.#tags.get(name) ?? new Map<string, string>();
    for (const { Key, Value } of tags) {
      if (Key === '' || /^aws:/i.test(Key)) throw invalid(`'${Key}' is not a valid tag key`);
      mine.set(Key, Value);
    }
    this.#tags.set(name, mine);
  }
}

function tierOf(input: Input, value: string, previous: ParameterVersion | undefined): string {
  const requested = input.optionalText('Tier') ?? previous?.tier ?? 'Standard';
  if (!TIERS.includes(requested)) throw invalid(`'${requested}' at 'tier' is none of ${TIERS.join(', ')}`);
  // The message says characters, the documents say 4 KB.
  const bytes = Buffer.byteLength(value, 'utf8');
  const grows = bytes > STANDARD_BYTES || previous?.tier === 'Advanced';
  const automatic = grows ? 'Advanced' : 'Standard';
  const tier = requested === 'Intelligent-Tiering' ? automatic : requested;
  if (tier === 'Standard' && previous?.tier === 'Advanced') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter to standard.",
    );
  }
  if (tier === 'Standard' && bytes > STANDARD_BYTES) {
    // Text: aws/aws-sdk-net#3157.
    throw invalid(
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
    );
  }
  if (bytes > ADVANCED_BYTES) throw invalid('a parameter value has at most 8192 characters');
  return tier;
}

/** The value of a read without decryption. */
function fakeCiphertext({ name, version, value }: ParameterVersion): string {
  return `AQICAFAKE${createHash('sha512').update(`${name} ${version} ${value}`).digest('base64')}`;
}
