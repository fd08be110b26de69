import { FakeAwsError } from './wire.ts';

/**
 * Faults of AWS calls:
 * - `throttling`: rejected with ThrottlingException.
 * - `access-denied`: the role lacks the permission.
 * - `version-limit`: the parameter has 100 versions, and the oldest has a label.
 * - `internal-error`: HTTP 500 without an effect.
 * - `kms-error`, `kms-access-denied`: encryption or decryption fails.
 * - `written-but-error`: the write takes effect, then HTTP 500.
 * - `written-but-no-answer`: the write takes effect, then the connection is reset.
 * - `no-answer`: the connection is reset without an effect.
 * - `stale-read`: reads return the value before the last write.
 */
export type AwsFaultKind =
  | 'throttling'
  | 'access-denied'
  | 'version-limit'
  | 'internal-error'
  | 'kms-error'
  | 'kms-access-denied'
  | 'written-but-error'
  | 'written-but-no-answer'
  | 'no-answer'
  | 'stale-read';

export interface AwsFault {
  readonly kind: AwsFaultKind;
  /** E.g. `PutParameter`. @default every operation */
  readonly operation?: string;
  /** Name of a parameter or secret; one of the names in a call must match. @default any */
  readonly name?: string;
  /** Number of calls that fail. The SDK retries throttled and 5xx calls. @default all */
  readonly times?: number;
}

/** The active faults. */
export class AwsFaults {
  #active: { readonly fault: AwsFault; left: number }[] = [];

  /** @returns a function that removes the fault */
  add(fault: AwsFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((each) => each !== entry);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** The first fault that matches this call; it counts the call. */
  match(operation: string, names: readonly string[]): AwsFaultKind | undefined {
    const entry = this.#active.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.operation ?? operation) === operation &&
        (fault.name === undefined || names.includes(fault.name)),
    );
    if (!entry) return undefined;
    entry.left -= 1;
    return entry.fault.kind;
  }
}

export type AwsService = 'ssm' | 'secretsmanager';

/** The error reply of a fault; undefined if the fault has none. */
export function errorOfFault(
  kind: AwsFaultKind,
  service: AwsService,
  operation: string,
): FakeAwsError | undefined {
  switch (kind) {
    case 'throttling':
      return new FakeAwsError('ThrottlingException', 'Rate exceeded');
    case 'access-denied':
      return new FakeAwsError(
        'AccessDeniedException',
        `User: arn:aws:sts::123456789012:assumed-role/FAKE/fake is not authorized to perform: ${service}:${operation} because no identity-based policy allows the ${service}:${operation} action`,
      );
    case 'version-limit':
      // PutParameter, API reference § Errors.
      return new FakeAwsError(
        'ParameterMaxVersionLimitExceeded',
        "You attempted to create a new version of FAKE by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it.",
      );
    case 'internal-error':
    case 'written-but-error':
      return service === 'ssm'
        ? new FakeAwsError('InternalServerError', 'Internal Server Error', 500)
        : new FakeAwsError('InternalServiceError', 'An error occurred on the server side.', 500);
    default:
      return undefined;
  }
}

/** The error of an encryption or decryption with a KMS fault. */
export function errorOfKms(kind: AwsFaultKind | undefined, service: AwsService): FakeAwsError | undefined {
  const aboutKms = 'Service: AWSKMS; Status Code: 400; Error Code';
  if (kind === 'kms-access-denied') {
    // Text: aws/aws-cdk#4498; PutParameter and GetParameter return the error of KMS.
    return new FakeAwsError(
      'AccessDeniedException',
      `The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. (${aboutKms}: AccessDeniedException)`,
    );
  }
  if (kind !== 'kms-error') return undefined;
  // SSM: hashicorp/terraform-provider-aws#27352. Secrets Manager: API reference, GetSecretValue.
  return service === 'ssm'
    ? new FakeAwsError(
        'InvalidKeyId',
        `arn:aws:kms:ap-northeast-2:123456789012:key/FAKE is pending deletion. (${aboutKms}: KMSInvalidStateException)`,
      )
    : new FakeAwsError(
        'DecryptionFailure',
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      );
}
