import type { SimulatorClock } from '../clock.ts';
import { listen, type RequestFunction, type RunningServer, requestHeader } from '../http.ts';
import { FakeParameterStore, type ParameterVersion } from './fake-parameter-store.ts';
import { FakeSecretStore } from './fake-secret-store.ts';
import { type AwsOperation, FakeAwsError, fakeUuid } from './wire.ts';

/** One HTTP call. Each retry of the SDK is a separate call. */
export interface AwsCall {
  readonly at: number;
  readonly service: 'ssm' | 'secretsmanager';
  readonly operation: string;
  /** The name of the parameter or secret; the names of a GetParameters call are joined by a comma. */
  readonly name: string;
  /** `ok`, or an error code. */
  readonly outcome: string;
}

/** A fake of SSM Parameter Store and Secrets Manager at one loopback address (protocol awsJson1.1). */
export class FakeAws {
  /**
   * Returns the error with which calls of an operation such as `PutParameter` fail; undefined for no error.
   * A test can replace this function.
   */
  errorOf: (operation: string) => FakeAwsError | undefined = () => undefined;
  readonly #clock: SimulatorClock;
  readonly #parameters = new FakeParameterStore();
  readonly #secrets = new FakeSecretStore();
  #calls: AwsCall[] = [];
  #requests = 0;

  constructor({ clock }: { readonly clock: SimulatorClock }) {
    this.#clock = clock;
  }

  /** Every call since the start or the last `clearCalls`, oldest first. */
  get calls(): readonly AwsCall[] {
    return this.#calls;
  }

  clearCalls(): void {
    this.#calls = [];
  }

  /** Returns the current version of a parameter in plain text, without recording a call. */
  parameter(name: string): ParameterVersion | undefined {
    return this.#parameters.versionsOf(name).at(-1);
  }

  /** Returns the stored versions of a parameter, oldest first, without recording a call. */
  parameterVersions(name: string): readonly ParameterVersion[] {
    return this.#parameters.versionsOf(name);
  }

  parameterNames(): readonly string[] {
    return this.#parameters.names();
  }

  /** Writes a parameter as the stack or an operator does, without faults and without recording a call. */
  putParameter(name: string, value: string, type: 'String' | 'SecureString' = 'String'): void {
    const input = { Name: name, Value: value, Type: type, Overwrite: true };
    this.#parameters.operations.PutParameter(input, this.#clock.now());
  }

  /** Deletes a parameter, without faults and without recording a call. */
  deleteParameter(name: string): void {
    this.#parameters.operations.DeleteParameter({ Name: name }, this.#clock.now());
  }

  /** Creates a secret, or adds a version to an existing secret. @returns the ARN of the secret */
  putSecret(name: string, value?: string): string {
    const { CreateSecret, PutSecretValue } = this.#secrets.operations;
    const now = this.#clock.now();
    const output = this.#secrets.has(name)
      ? PutSecretValue({ SecretId: name, SecretString: value }, now)
      : CreateSecret({ Name: name, SecretString: value }, now);
    return 'ARN' in output ? String(output.ARN) : '';
  }

  /** Deletes parameters, secrets and recorded calls. */
  clear(): void {
    this.#parameters.clear();
    this.#secrets.clear();
    this.clearCalls();
  }

  /**
   * Serves HTTP on a free loopback port. Unlike `listen` of a simulated broker, this method deletes no data.
   */
  listen(): Promise<RunningServer> {
    return listen(this.handle);
  }

  /** Handles one request. The method `listen` serves this function over HTTP. */
  readonly handle: RequestFunction = (request) => {
    this.#requests += 1;
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': fakeUuid(`request ${this.#requests}`),
    };
    const at = this.#clock.now();
    const [target, operation = ''] = requestHeader(request, 'x-amz-target').split('.');
    const service = target === 'secretsmanager' ? 'secretsmanager' : 'ssm';
    const input = parseInput(request.body);
    const { Name, SecretId, Names } = input;
    const record = (outcome: string) =>
      this.#calls.push({ at, service, operation, name: String(Name ?? SecretId ?? Names ?? ''), outcome });
    try {
      const operations: Readonly<Record<string, AwsOperation>> =
        service === 'ssm' ? this.#parameters.operations : this.#secrets.operations;
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw new FakeAwsError('UnknownOperationException');
      const error = this.errorOf(operation);
      if (error) throw error;
      const body = JSON.stringify(run(input, at));
      record('ok');
      return { status: 200, headers, body };
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      record(error.code);
      const body = JSON.stringify({ __type: error.code, message: error.detail });
      return { status: error.status, headers, body };
    }
  };
}

/** Returns an empty object for a body that is no JSON object. Every operation rejects an empty object. */
function parseInput(body: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' ? { ...json } : {};
  } catch {
    return {};
  }
}
