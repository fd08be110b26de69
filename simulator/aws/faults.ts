import { FakeAwsError } from './wire.ts';

/**
 * Ways in which AWS can let a call down:
 * - `throttling` refused with ThrottlingException;
 * - `access-denied` the role lacks the permission;
 * - `version-limit` the parameter has its most versions, and the oldest is labelled;
 * - `internal-error` HTTP 500, nothing done;
 * - `kms-error` the key is disabled or about to be deleted: only where something is en- or decrypted;
 * - `kms-access-denied` the role may not use the key: likewise;
 * - `written-but-error` the write is **done**, then answered with HTTP 500;
 * - `written-but-no-answer` the write is **done**, then the connection is reset;
 * - `no-answer` nothing done, the connection is reset;
 * - `stale-read` reads see what was there before the last write.
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
  /** A parameter's or secret's name; a call about several is met if one of them is it. @default any */
  readonly name?: string;
  /** How often it strikes. The SDK repeats throttled and 5xx calls by itself. @default always */
  readonly times?: number;
}

/** The faults that are switched on. */
export class AwsFaults {
  #active: { readonly fault: AwsFault; left: number }[] = [];

  /** @returns a function that takes the fault back */
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

  /** The first fault that meets this call; one strike of it is used up. */
  strike(operation: string, names: readonly string[]): AwsFaultKind | undefined {
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

/** The error that a fault answers with; undefined for faults that are no error of the call itself. */
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

/** The error of an encryption or decryption under a KMS fault. */
export function errorOfKms(kind: AwsFaultKind | undefined, service: AwsService): FakeAwsError | undefined {
  const aboutKms = 'Service: AWSKMS; Status Code: 400; Error Code';
  if (kind === 'kms-access-denied') {
    // Text as in aws/aws-cdk#4498; PutParameter and GetParameter pass KMS's own refusal on.
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
