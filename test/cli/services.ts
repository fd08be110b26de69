import { createHash, randomUUID } from 'node:crypto';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import { requestHeader, type SimulatedRequest, type SimulatedResponse } from '../../simulator/http.ts';

/** A stub of an AWS operation. The stub returns an object for JSON, or XML text for the query protocol. */
export type OperationStub = (input: Readonly<Record<string, unknown>>) => object | string;

/** The stubs of AWS operations by IAM action, such as `sqs:SendMessage`. */
export type OperationStubs = Record<string, OperationStub>;

const SERVICES_BY_TARGET: Readonly<Record<string, string>> = {
  AmazonSSM: 'ssm',
  secretsmanager: 'secretsmanager',
  AmazonSQS: 'sqs',
  GraniteServiceVersion20100801: 'cloudwatch',
  TrentService: 'kms',
};

const SCHEDULE_VERBS_BY_METHOD: Readonly<Record<string, string>> = {
  GET: 'Get',
  POST: 'Create',
  PUT: 'Update',
  DELETE: 'Delete',
};

/** Returns the IAM action and the input of a request. A REST request has the action in method and path. */
export function actionOf(request: SimulatedRequest): {
  readonly action: string;
  readonly input: Record<string, unknown>;
} {
  const target = requestHeader(request, 'x-amz-target');
  if (target !== '') {
    const [service = '', operation = ''] = target.split('.');
    return {
      action: `${SERVICES_BY_TARGET[service] ?? service}:${operation}`,
      input: JSON.parse(request.body || '{}'),
    };
  }
  const url = new URL(request.path, 'http://aws');
  if (
    request.method === 'POST' &&
    requestHeader(request, 'content-type').startsWith('application/x-www-form-urlencoded')
  ) {
    const form = Object.fromEntries(new URLSearchParams(request.body));
    const service = /\/(\w+)\/aws4_request/.exec(requestHeader(request, 'authorization'))?.[1] ?? '';
    return { action: `${service}:${form['Action']}`, input: form };
  }
  const [, schedule] = /^\/schedules\/([^/?]+)/.exec(url.pathname) ?? [];
  if (schedule !== undefined)
    return {
      action: `scheduler:${SCHEDULE_VERBS_BY_METHOD[request.method] ?? request.method}Schedule`,
      input: {
        Name: schedule,
        GroupName: url.searchParams.get('groupName'),
        ...(request.body && (JSON.parse(request.body) as object)),
      },
    };
  if (url.pathname.includes('/event-source-mappings'))
    return { action: 'lambda:ListEventSourceMappings', input: Object.fromEntries(url.searchParams) };
  const [, name] = /\/functions\/([^/]+)\/configuration/.exec(url.pathname) ?? [];
  if (name !== undefined)
    return { action: 'lambda:GetFunctionConfiguration', input: { FunctionName: decodeURIComponent(name) } };
  return { action: `unknown:${request.method} ${url.pathname}`, input: {} };
}

/** Formats the response in the protocol of the service. */
export function answered(action: string, output: object | string): SimulatedResponse {
  const [service = '', operation = ''] = action.split(':');
  if (typeof output === 'string') {
    const body = `<${operation}Response><${operation}Result>${output}</${operation}Result></${operation}Response>`;
    return {
      status: 200,
      headers: {
        'content-type': 'text/xml',
        'x-amzn-requestid': randomUUID(),
      },
      body,
    };
  }
  return {
    status: 200,
    headers: {
      'content-type': contentType(service),
      'x-amzn-requestid': randomUUID(),
    },
    body: JSON.stringify(output),
  };
}

export function failed(action: string, error: FakeAwsError): SimulatedResponse {
  const [service = ''] = action.split(':');
  const headers = { 'content-type': contentType(service), 'x-amzn-requestid': randomUUID() };
  if (['sns', 'sts', 'cloudformation'].includes(service)) {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${error.code}</Code><Message>${error.detail ?? ''}</Message></Error></ErrorResponse>`;
    return { status: error.status, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  const body = JSON.stringify({ __type: error.code, message: error.detail, Message: error.detail });
  return { status: error.status, headers: { ...headers, 'x-amzn-errortype': error.code }, body };
}

function contentType(service: string): string {
  if (service === 'sqs' || service === 'cloudwatch') return 'application/x-amz-json-1.0';
  return service === 'lambda' || service === 'scheduler' ? 'application/json' : 'application/x-amz-json-1.1';
}

/** Creates an error with the message that IAM sends. */
export function denied(action: string): FakeAwsError {
  return new FakeAwsError(
    'AccessDeniedException',
    `User: arn:aws:iam::123456789012:user/operator is not authorized to perform: ${action} on resource: arn:aws:fake:${action} because no identity-based policy allows the ${action} action`,
  );
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
