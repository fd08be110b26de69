import type { SimulatedResponse } from '../http.ts';

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

export function invalid(detail: string): FakeAwsError {
  return new FakeAwsError('ValidationException', detail);
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Creates a successful reply in the protocol awsJson1.1. */
export function awsReply(requestId: string, output: object): SimulatedResponse {
  const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId };
  return { status: 200, headers, body: JSON.stringify(output) };
}

export function awsErrorReply(requestId: string, error: FakeAwsError): SimulatedResponse {
  const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId };
  const body = JSON.stringify({ __type: error.code, message: error.detail });
  return { status: error.status, headers, body };
}

/** Converts milliseconds to seconds, the unit of timestamps in awsJson1.1. */
export function epochSeconds(instant: number): number {
  return instant / 1000;
}

/** The fields of one request, validated by name and type. */
export class OperationInput {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(body: string) {
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      throw new FakeAwsError('SerializationException');
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new FakeAwsError('SerializationException');
    }
    this.#fields = { ...json };
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined && this.#fields[field] !== null;
  }

  /**
   * Throws an error for a field that the fake does not support, because ignoring the field would hide errors
   * of the client.
   */
  rejectFields(fields: readonly string[]): void {
    for (const field of fields) {
      if (this.has(field))
        throw new FakeAwsError('NotSimulatedException', `the fake AWS does not support ${field}`);
    }
  }

  text(field: string): string {
    const value = this.optionalText(field);
    if (value !== undefined) return value;
    const name = field.charAt(0).toLowerCase() + field.slice(1);
    throw invalid(
      `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  }

  optionalText(field: string): string | undefined {
    const value = this.#fields[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw new FakeAwsError('SerializationException', `${field} is not a string`);
  }

  flag(field: string): boolean {
    const value = this.#fields[field] ?? false;
    if (typeof value === 'boolean') return value;
    throw new FakeAwsError('SerializationException', `${field} is not a boolean`);
  }

  texts(field: string): readonly string[] {
    const value = this.#fields[field] ?? [];
    if (Array.isArray(value) && value.every((each): each is string => typeof each === 'string')) return value;
    throw new FakeAwsError('SerializationException', `${field} is not a list of strings`);
  }
}
