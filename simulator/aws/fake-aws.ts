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
import { type AwsFaultKind, AwsFaults, type AwsService, errorOfFault, errorOfKms } from './faults.ts';
import { awsErrorReply, awsReply, FakeAwsError, Input } from './wire.ts';

/** One HTTP call; retries of the SDK are calls, too. */
export interface AwsCall {
  readonly at: number;
  readonly service: AwsService;
  readonly operation: string;
  /** Parameter or secret; the names of a GetParameters joined by a comma. */
  readonly name: string;
  /** `ok`, an error code, or a fault without a reply. */
  readonly outcome: string;
}

export interface FakeAwsOptions {
  readonly clock: SimulatorClock;
  /** @default 'ap-northeast-2' */
  readonly region?: string;
  /** @default '123456789012' */
  readonly account?: string;
}

const SERVICES: Readonly<Record<string, AwsService>> = { AmazonSSM: 'ssm', secretsmanager: 'secretsmanager' };

const NO_ANSWER: SimulatedResponse = { status: 0, headers: {}, body: '', delivery: 'lost' };

/** A parsed call with its fault. */
interface Attempt {
  readonly fault: AwsFaultKind | undefined;
  readonly run: () => object;
}

/** SSM Parameter Store and Secrets Manager at one loopback address (protocol awsJson1.1). */
export class FakeAws {
  /** The request function; `listen` serves it over HTTP. */
  readonly handle: RequestFunction;
  /** Faults can be added and removed at any time. */
  readonly faults = new AwsFaults();
  readonly #clock: SimulatorClock;
  readonly #parameters: FakeParameterStore;
  readonly #secrets: FakeSecretStore;
  #calls: AwsCall[] = [];
  #requests = 0;

  constructor({ clock, region = 'ap-northeast-2', account = '123456789012' }: FakeAwsOptions) {
    this.#clock = clock;
    this.#parameters = new FakeParameterStore(region, account);
    this.#secrets = new FakeSecretStore(region, account);
    this.handle = (request) => this.#answer(request);
  }

  /** Every call since the start or the last `clearCalls`, oldest first. */
  get calls(): readonly AwsCall[] {
    return this.#calls;
  }

  clearCalls(): void {
    this.#calls = [];
  }

  /** The current version of a parameter in plain text; not logged as a call. */
  parameter(name: string): ParameterVersion | undefined {
    return this.#parameters.versionsOf(name).at(-1);
  }

  /** The stored versions, oldest first; not logged as a call. */
  parameterVersions(name: string): readonly ParameterVersion[] {
    return this.#parameters.versionsOf(name);
  }

  parameterNames(): readonly string[] {
    return this.#parameters.names();
  }

  /** Writes a parameter, as the stack or a person does: without faults and log. */
  putParameter(name: string, value: string, type: 'String' | 'SecureString' = 'String'): void {
    const Overwrite = this.parameter(name) !== undefined;
    this.#write('ssm', 'PutParameter', { Name: name, Value: value, Type: type, Overwrite });
  }

  /** Deletes a parameter, as a person does. */
  deleteParameter(name: string): void {
    this.#write('ssm', 'DeleteParameter', { Name: name });
  }

  /** Creates a secret (empty without a value), or stores a new value. @returns its ARN */
  putSecret(name: string, value?: string): string {
    const known = this.#secrets.nameOf(name) !== undefined;
    const output = known
      ? this.#write('secretsmanager', 'PutSecretValue', { SecretId: name, SecretString: value })
      : this.#write('secretsmanager', 'CreateSecret', { Name: name, SecretString: value });
    return 'ARN' in output ? String(output.ARN) : '';
  }

  /** Deletes parameters, secrets and calls, but no faults. */
  forget(): void {
    this.#parameters.clear();
    this.#secrets.clear();
    this.clearCalls();
  }

  /** Serves HTTP on a free loopback port. Unlike the brokers, it keeps its content. */
  listen(): Promise<RunningServer> {
    return listen(this.handle);
  }

  #write(service: AwsService, operation: string, input: object): object {
    const context = { now: this.#clock.now(), stale: false };
    return this.#operation(service, operation)(new Input(JSON.stringify(input)), context);
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
      checkEnvelope(request, service);
      const input = new Input(request.body);
      const names = namesIn(input);
      name = names.join(',');
      const { fault, run } = this.#attempt(service, operation, input, names, at);
      if (fault === 'no-answer') {
        log(fault);
        return NO_ANSWER;
      }
      const error = fault && errorOfFault(fault, service, operation);
      if (error && fault !== 'written-but-error') throw error;
      const output = run();
      if (error) throw error;
      if (fault === 'written-but-no-answer') {
        log(fault);
        return NO_ANSWER;
      }
      log('ok');
      return awsReply(requestId, output);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      log(error.code);
      return awsErrorReply(requestId, error);
    }
  }

  #attempt(
    service: AwsService,
    operation: string,
    input: Input,
    names: readonly string[],
    now: number,
  ): Attempt {
    const perform = this.#operation(service, operation);
    const known = names.map((name) =>
      service === 'secretsmanager' ? (this.#secrets.nameOf(name) ?? name) : name,
    );
    const fault = this.faults.match(operation, [...names, ...known]);
    const context = { now, stale: fault === 'stale-read', kmsError: errorOfKms(fault, service) };
    return { fault, run: () => perform(input, context) };
  }

  #operation(service: AwsService, operation: string) {
    const { operations } = service === 'ssm' ? this.#parameters : this.#secrets;
    const found = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (!found) throw new FakeAwsError('UnknownOperationException');
    return found;
  }
}

/** Signatures are not verified, but each call must have one for this service. */
function checkEnvelope(request: SimulatedRequest, service: AwsService): void {
  if (request.method !== 'POST' || requestHeader(request, 'content-type') !== 'application/x-amz-json-1.1') {
    throw new FakeAwsError('UnknownOperationException');
  }
  const authorization = requestHeader(request, 'authorization');
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ') || !authorization.includes(`/${service}/aws4_request`)) {
    throw new FakeAwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
}

function namesIn(input: Input): readonly string[] {
  const name =
    input.optionalText('Name') ?? input.optionalText('SecretId') ?? input.optionalText('ResourceId');
  return name === undefined ? input.texts('Names') : [name];
}
