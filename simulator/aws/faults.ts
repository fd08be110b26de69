import { FakeAwsError } from './wire.ts';

/** `kms-error`: encryption and decryption fail. All other kinds reject the call without an effect. */
export type AwsFaultKind = 'throttling' | 'access-denied' | 'kms-error';

export interface AwsFault {
  readonly kind: AwsFaultKind;
  /** E.g. `PutParameter`. @default every operation */
  readonly operation?: string;
  /** The name of a parameter or secret; one of the names in a call must match. @default any */
  readonly name?: string;
  /** The number of calls that fail. The SDK retries throttled calls. @default all */
  readonly times?: number;
}

export type AwsService = 'ssm' | 'secretsmanager';

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

  /** The first fault that matches this call; it counts the call. */
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

/** The reply to a rejected call. */
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

/** The error of an encryption or decryption. */
export function kmsErrorOf(service: AwsService): FakeAwsError {
  // Source for SSM: hashicorp/terraform-provider-aws#27352. Source for Secrets Manager: API reference,
  // GetSecretValue.
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
