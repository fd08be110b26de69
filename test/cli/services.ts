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

/** Returns the IAM action and the input of a request. REST requests have the action in method and path. */
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
  const isFormRequest = requestHeader(request, 'content-type').startsWith(
    'application/x-www-form-urlencoded',
  );
  if (request.method === 'POST' && isFormRequest) {
    const form = Object.fromEntries(new URLSearchParams(request.body));
    const service = /\/(\w+)\/aws4_request/.exec(requestHeader(request, 'authorization'))?.[1] ?? '';
    return { action: `${service}:${form['Action']}`, input: form };
  }
  const [, Name] = /^\/schedules\/([^/?]+)/.exec(url.pathname) ?? [];
  if (Name !== undefined) {
    const body = JSON.parse(request.body || '{}') as object;
    const input = { Name, GroupName: url.searchParams.get('groupName'), ...body };
    return { action: `scheduler:${SCHEDULE_VERBS_BY_METHOD[request.method]}Schedule`, input };
  }
  if (url.pathname.includes('/event-source-mappings'))
    return { action: 'lambda:ListEventSourceMappings', input: Object.fromEntries(url.searchParams) };
  const [, FunctionName = ''] = /\/functions\/([^/]+)\/configuration/.exec(url.pathname) ?? [];
  return { action: 'lambda:GetFunctionConfiguration', input: { FunctionName } };
}

/** Escapes text for an XML element, or for an attribute in double quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export function xml(tag: string, ...content: readonly string[]): string {
  return `<${tag}>${content.join('')}</${tag}>`;
}

/** Returns an XML element for each field. */
export function xmlFields(fields: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(fields).map(([tag, text]) => xml(tag, escapeXml(text)));
}

/** Formats the response in the protocol of the service. */
export function formatResponse(action: string, output: object | string): SimulatedResponse {
  const [service = '', operation = ''] = action.split(':');
  const isXml = typeof output === 'string';
  return {
    status: 200,
    headers: {
      'content-type': isXml ? 'text/xml' : contentType(service),
      'x-amzn-requestid': randomUUID(),
    },
    body: isXml ? xml(`${operation}Response`, xml(`${operation}Result`, output)) : JSON.stringify(output),
  };
}

export function failed(action: string, { status, code, detail = '' }: FakeAwsError): SimulatedResponse {
  const [service = ''] = action.split(':');
  const isXml = ['sns', 'sts', 'cloudformation'].includes(service);
  const error = xml('Error', ...xmlFields({ Type: 'Sender', Code: code, Message: detail }));
  return {
    status,
    headers: {
      'content-type': isXml ? 'text/xml' : contentType(service),
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': code,
    },
    body: isXml
      ? xml('ErrorResponse', error)
      : JSON.stringify({ __type: code, message: detail, Message: detail }),
  };
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
