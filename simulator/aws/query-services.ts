import { createHash, randomUUID } from 'node:crypto';
import type { SimulatedRequest, SimulatedResponse } from '../http.ts';

/** A message of `Publish`. */
export interface PublishedMessage {
  readonly topicArn: string;
  readonly message: string;
}

export interface QueryServicesOptions {
  readonly account: string;
  readonly topics: readonly string[];
  readonly onPublish: (message: PublishedMessage) => void;
}

const SNS = 'http://sns.amazonaws.com/doc/2010-03-31/';
const STS = 'https://sts.amazonaws.com/doc/2011-06-15/';

class QueryError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * Fakes of STS and of `Publish` for SNS FIFO topics. This project calls both services with the protocol
 * awsQuery.
 */
export class FakeQueryServices {
  readonly #options: QueryServicesOptions;

  constructor(options: QueryServicesOptions) {
    this.#options = options;
  }

  /** Returns whether a request uses the protocol awsQuery. */
  static accepts({ headers }: SimulatedRequest): boolean {
    return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  }

  handle({ body }: SimulatedRequest): SimulatedResponse {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    try {
      const [namespace, result] = this.#result(action, form);
      const reply = `<${action}Result>${result}</${action}Result>${metadata()}`;
      return xml(200, `<${action}Response xmlns="${namespace}">${reply}</${action}Response>`);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const details = xmlElement('Code', error.code) + xmlElement('Message', error.message);
      return xml(error.status, `<ErrorResponse><Error><Type>Sender</Type>${details}</Error></ErrorResponse>`);
    }
  }

  #result(action: string, form: URLSearchParams): readonly [namespace: string, result: string] {
    const { account } = this.#options;
    switch (action) {
      case 'Publish':
        return [SNS, this.#publish(form)];
      case 'GetCallerIdentity': {
        const arn = `arn:aws:iam::${account}:user/local`;
        return [
          STS,
          xmlElement('Arn', arn) + xmlElement('UserId', 'AIDALOCAL') + xmlElement('Account', account),
        ];
      }
      case 'AssumeRole':
        return [STS, assumeRole(form)];
      default:
        throw new QueryError('InvalidAction', `the fake AWS does not support ${action}`);
    }
  }

  #publish(form: URLSearchParams): string {
    const topicArn = form.get('TopicArn') ?? '';
    const message = form.get('Message') ?? '';
    if (!this.#options.topics.includes(topicArn))
      throw new QueryError('NotFound', 'Topic does not exist', 404);
    if (!form.get('MessageGroupId'))
      throw new QueryError('InvalidParameter', 'The MessageGroupId parameter is required for FIFO topics');
    if (!message) throw new QueryError('InvalidParameter', 'Empty message');
    this.#options.onPublish({ topicArn, message });
    return xmlElement('MessageId', randomUUID());
  }
}

function assumeRole(form: URLSearchParams): string {
  const role = form.get('RoleArn') ?? '';
  const session = form.get('RoleSessionName') ?? '';
  if (!role || !session) throw new QueryError('ValidationError', 'RoleArn and RoleSessionName are required');
  const id = createHash('sha256').update(`${role} ${session}`).digest('hex').slice(0, 16).toUpperCase();
  const credentials = [
    xmlElement('AccessKeyId', `ASIA${id}`),
    xmlElement('SecretAccessKey', 'FAKE'),
    xmlElement('SessionToken', 'FAKE'),
    xmlElement('Expiration', new Date(Date.now() + 3_600_000).toISOString()),
  ];
  const assumedRoleUser =
    xmlElement('AssumedRoleId', `AROALOCAL:${session}`) + xmlElement('Arn', `${role}/${session}`);
  return `<Credentials>${credentials.join('')}</Credentials><AssumedRoleUser>${assumedRoleUser}</AssumedRoleUser>`;
}

function metadata(): string {
  return `<ResponseMetadata>${xmlElement('RequestId', randomUUID())}</ResponseMetadata>`;
}

function xmlElement(name: string, text: string): string {
  const escapedText = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<${name}>${escapedText}</${name}>`;
}

function xml(status: number, body: string): SimulatedResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
