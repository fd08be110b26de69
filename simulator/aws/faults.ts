import { FakeAwsError } from './wire.ts';

/**
 * With `kms-error`, encryption and decryption fail. With `throttling` and `access-denied`, the call fails.
 */
export type AwsFaultKind = 'throttling' | 'access-denied' | 'kms-error';

export interface AwsFault {
  readonly kind: AwsFaultKind;
  /** E.g. `PutParameter`. @default every operation */
  readonly operation?: string;
  /** The name of a parameter or secret. The fault affects calls that contain this name. @default any */
  readonly name?: string;
  /** The number of calls that fail. Each retry of the SDK is a separate call. @default all */
  readonly times?: number;
}

export type AwsService = 'ssm' | 'secretsmanager';

/** The active faults. */
export class AwsFaults {
  #active: { readonly fault: AwsFault; left: number }[] = [];

  /** Adds a fault. @returns a function that removes the fault */
  add(fault: AwsFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((each) => each !== entry);
    };
  }

  /**
   * Returns the kind of the first fault that matches the call, and decrements the number of further calls
   * that the fault affects.
   */
  takeFault(operation: string, names: readonly string[]): AwsFaultKind | undefined {
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

/** Creates the error that AWS returns for a throttled or denied call. */
export function createRejection(
  kind: Exclude<AwsFaultKind, 'kms-error'>,
  service: AwsService,
  operation: string,
): FakeAwsError {
  if (kind === 'throttling') return new FakeAwsError('ThrottlingException', 'Rate exceeded');
  const action = `${service}:${operation}`;
  return new FakeAwsError(
    'AccessDeniedException',
    `User: arn:aws:sts::123456789012:assumed-role/FAKE/fake is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
  );
}

/** Creates the error that a service returns if KMS cannot encrypt or decrypt a value. */
export function kmsErrorOf(service: AwsService): FakeAwsError {
  // The error of SSM is from hashicorp/terraform-provider-aws#27352. The error of Secrets Manager is from the
  // API reference of GetSecretValue.
  return service === 'ssm'
    ? new FakeAwsError(
        'InvalidKeyId',
        'arn:aws:kms:ap-northeast-2:123456789012:key/FAKE is pending deletion. (Service: AWSKMS; Status Code: 400; Error Code: KMSInvalidStateException)',
      )
    : new FakeAwsError(
        'DecryptionFailure',
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      );
}
