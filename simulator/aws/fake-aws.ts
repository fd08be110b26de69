import type { SimulatorClock } from '../clock.ts';
import {
  listen,
  type RequestFunction,
  type RunningServer,
  requestHeader,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../http.ts';
import { FakeParameterStore, type ParameterVersion } from './fake-parameter-store.ts';
import { FakeSecretStore, fakeUuid } from './fake-secret-store.ts';
import { AwsFaults, type AwsService, createRejection, kmsErrorOf } from './faults.ts';
import { awsErrorReply, awsReply, FakeAwsError, OperationInput } from './wire.ts';

/** One HTTP call. Each retry of the SDK is a separate call. */
export interface AwsCall {
  readonly at: number;
  readonly service: AwsService;
  readonly operation: string;
  /** The name of the parameter or secret; the names of a GetParameters call are joined by a comma. */
  readonly name: string;
  /** `ok`, or an error code. */
  readonly outcome: string;
}

const SERVICES: Readonly<Record<string, AwsService>> = { AmazonSSM: 'ssm', secretsmanager: 'secretsmanager' };

/** A fake of SSM Parameter Store and Secrets Manager at one loopback address (protocol awsJson1.1). */
export class FakeAws {
  /** Handles one request. The method `listen` serves this function over HTTP. */
  readonly handle: RequestFunction;
  /** The simulated faults, which a test can add and remove at any time. */
  readonly faults = new AwsFaults();
  readonly #clock: SimulatorClock;
  readonly #parameters = new FakeParameterStore();
  readonly #secrets = new FakeSecretStore();
  #calls: AwsCall[] = [];
  #requests = 0;

  constructor({ clock }: { readonly clock: SimulatorClock }) {
    this.#clock = clock;
    this.handle = (request) => this.#answer(request);
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
    const Overwrite = this.parameter(name) !== undefined;
    this.#write('ssm', 'PutParameter', { Name: name, Value: value, Type: type, Overwrite });
  }

  /** Deletes a parameter, without faults and without recording a call. */
  deleteParameter(name: string): void {
    this.#write('ssm', 'DeleteParameter', { Name: name });
  }

  /** Creates a secret, or adds a version to an existing secret. @returns the ARN of the secret */
  putSecret(name: string, value?: string): string {
    const known = this.#secrets.nameOf(name) !== undefined;
    const output = known
      ? this.#write('secretsmanager', 'PutSecretValue', { SecretId: name, SecretString: value })
      : this.#write('secretsmanager', 'CreateSecret', { Name: name, SecretString: value });
    return 'ARN' in output ? String(output.ARN) : '';
  }

  /** Deletes parameters, secrets and recorded calls, but keeps the faults. */
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

  #write(service: AwsService, operation: string, input: object): object {
    const context = { now: this.#clock.now() };
    return this.#operation(service, operation)(new OperationInput(JSON.stringify(input)), context);
  }

  #answer(request: SimulatedRequest): SimulatedResponse {
    this.#requests += 1;
    const requestId = fakeUuid(`request ${this.#requests}`);
    const at = this.#clock.now();
    const [prefix = '', operation = ''] = requestHeader(request, 'x-amz-target').split('.');
    const service = SERVICES[prefix] ?? 'ssm';
    let name = '';
    const log = (outcome: string) => {
      this.#calls.push({ at, service, operation, name, outcome });
    };
    try {
      if (!SERVICES[prefix]) throw new FakeAwsError('UnknownOperationException');
      checkMethodAndHeaders(request, service);
      const input = new OperationInput(request.body);
      const names = namesIn(input);
      name = names.join(',');
      const output = this.#perform(service, operation, input, names);
      log('ok');
      return awsReply(requestId, output);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      log(error.code);
      return awsErrorReply(requestId, error);
    }
  }

  #perform(service: AwsService, operation: string, input: OperationInput, names: readonly string[]): object {
    const runOperation = this.#operation(service, operation);
    const known = names.map((name) =>
      service === 'secretsmanager' ? (this.#secrets.nameOf(name) ?? name) : name,
    );
    const fault = this.faults.takeFault(operation, [...names, ...known]);
    if (fault !== undefined && fault !== 'kms-error') throw createRejection(fault, service, operation);
    const kmsError = fault && kmsErrorOf(service);
    return runOperation(input, { now: this.#clock.now(), kmsError });
  }

  #operation(service: AwsService, operation: string) {
    const { operations } = service === 'ssm' ? this.#parameters : this.#secrets;
    const found = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (!found) throw new FakeAwsError('UnknownOperationException');
    return found;
  }
}

/** Checks the method, the content type and the scope of the signature. Does not verify the signature. */
function checkMethodAndHeaders(request: SimulatedRequest, service: AwsService): void {
  if (request.method !== 'POST' || requestHeader(request, 'content-type') !== 'application/x-amz-json-1.1') {
    throw new FakeAwsError('UnknownOperationException');
  }
  const authorization = requestHeader(request, 'authorization');
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ') || !authorization.includes(`/${service}/aws4_request`)) {
    throw new FakeAwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
}

function namesIn(input: OperationInput): readonly string[] {
  const name = input.optionalText('Name') ?? input.optionalText('SecretId');
  return name === undefined ? input.texts('Names') : [name];
}
