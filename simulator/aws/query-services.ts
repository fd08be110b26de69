import { createHash, randomUUID } from 'node:crypto';
import { requestHeader, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import { ACCOUNT, FakeAwsError } from './wire.ts';

const SNS = 'http://sns.amazonaws.com/doc/2010-03-31/';
const STS = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** The content of an XML element: a text, or elements by name. */
type XmlContent = string | { readonly [name: string]: XmlContent };

/** Returns whether a request uses the protocol awsQuery. */
export function isQueryRequest(request: SimulatedRequest): boolean {
  return requestHeader(request, 'content-type').startsWith('application/x-www-form-urlencoded');
}

/**
 * Fakes of STS and of `Publish` for SNS FIFO topics. This project calls both services with the protocol
 * awsQuery.
 */
export class QueryServices {
  readonly #topics: readonly string[];
  readonly #publish: (topicArn: string, message: string) => void;

  /** @param publish receives each accepted message */
  constructor(topics: readonly string[], publish: (topicArn: string, message: string) => void) {
    this.#topics = topics;
    this.#publish = publish;
  }

  handle({ body }: SimulatedRequest): SimulatedResponse {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    try {
      const result = { [`${action}Result`]: this.#result(action, form) };
      const reply = xml({ ...result, ResponseMetadata: { RequestId: randomUUID() } });
      const namespace = action === 'Publish' ? SNS : STS;
      return response(200, `<${action}Response xmlns="${namespace}">${reply}</${action}Response>`);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      const { code: Code, message: Message, status } = error;
      return response(status, xml({ ErrorResponse: { Error: { Type: 'Sender', Code, Message } } }));
    }
  }

  #result(action: string, form: URLSearchParams): XmlContent {
    switch (action) {
      case 'Publish':
        return this.#publishResult(form);
      case 'GetCallerIdentity':
        return { Arn: `arn:aws:iam::${ACCOUNT}:user/local`, UserId: 'AIDALOCAL', Account: ACCOUNT };
      case 'AssumeRole':
        return assumeRole(form);
      default:
        throw new FakeAwsError('InvalidAction', `the fake AWS does not support ${action}`);
    }
  }

  #publishResult(form: URLSearchParams): XmlContent {
    const topicArn = form.get('TopicArn') ?? '';
    const message = form.get('Message') ?? '';
    if (!this.#topics.includes(topicArn)) throw new FakeAwsError('NotFound', 'Topic does not exist', 404);
    if (!form.get('MessageGroupId'))
      throw new FakeAwsError('InvalidParameter', 'The MessageGroupId parameter is required for FIFO topics');
    if (!message) throw new FakeAwsError('InvalidParameter', 'Empty message');
    this.#publish(topicArn, message);
    return { MessageId: randomUUID() };
  }
}

function assumeRole(form: URLSearchParams): XmlContent {
  const role = form.get('RoleArn') ?? '';
  const session = form.get('RoleSessionName') ?? '';
  if (!role || !session)
    throw new FakeAwsError('ValidationError', 'RoleArn and RoleSessionName are required');
  const id = createHash('sha256').update(`${role} ${session}`).digest('hex').slice(0, 16).toUpperCase();
  return {
    Credentials: {
      AccessKeyId: `ASIA${id}`,
      SecretAccessKey: 'FAKE',
      SessionToken: 'FAKE',
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    },
    AssumedRoleUser: { AssumedRoleId: `AROALOCAL:${session}`, Arn: `${role}/${session}` },
  };
}

function xml(content: XmlContent): string {
  if (typeof content === 'string')
    return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return Object.entries(content)
    .map(([name, inner]) => `<${name}>${xml(inner)}</${name}>`)
    .join('');
}

function response(status: number, body: string): SimulatedResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
