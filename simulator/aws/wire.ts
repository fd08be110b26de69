import { createHash } from 'node:crypto';
import * as v from 'valibot';

export const REGION = 'ap-northeast-2';
export const ACCOUNT = '123456789012';

/** An error that the fake AWS returns. The property `detail` is undefined if AWS sends no message. */
export class FakeAwsError extends Error {
  readonly code: string;
  readonly detail: string | undefined;
  readonly status: number;

  constructor(code: string, detail?: string, status = 400) {
    super(detail ?? code);
    this.name = code;
    this.code = code;
    this.detail = detail;
    this.status = status;
  }
}

export function invalidInputError(detail: string): FakeAwsError {
  return new FakeAwsError('ValidationException', detail);
}

/** @param now epoch milliseconds */
export type AwsOperation = (input: unknown, now: number) => object;

/**
 * Creates an operation with these input fields. The operation rejects other fields, because ignoring a field
 * would hide errors of the client.
 */
export function createOperation<const Fields extends v.ObjectEntries>(
  fields: Fields,
  run: (input: v.InferOutput<v.StrictObjectSchema<Fields, undefined>>, now: number) => object,
): AwsOperation {
  const schema = v.strictObject(fields);
  return (input, now) => {
    const parsed = v.safeParse(schema, input);
    if (!parsed.success)
      throw invalidInputError(`the fake AWS rejects the input: ${v.summarize(parsed.issues)}`);
    return run(parsed.output, now);
  };
}

export function fakeUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `fa4e${hex.slice(0, 4)}-${hex.slice(4, 8)}-4${hex.slice(8, 11)}-8${hex.slice(11, 14)}-${hex.slice(14, 26)}`;
}
