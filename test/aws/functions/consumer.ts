import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { createTokenReader } from '../../../reader/index.ts';
import { startLoopbackBrokers } from '../brokers.ts';
import type { ConsumerAnswer, ConsumerRequest } from '../settings.ts';

/**
 * The reader is created once per execution environment, from the environment variables that `bindReader`
 * sets.
 */
const tokens = createTokenReader({ broker: 'kiwoom' });
const ssm = new SSMClient();
let brokers: Promise<string> | undefined;

/**
 * Handles a request to the consumer: requests a stock price with the current token, or makes one AWS call.
 */
export async function handler(request: ConsumerRequest): Promise<ConsumerAnswer> {
  if (request.do === 'trade') return callBroker();
  try {
    await AWS_CALLS[request.do](request.on);
    return { result: 'allowed' };
  } catch (error) {
    const { name, message } = error as Error;
    return { result: name, message };
  }
}

async function callBroker(): Promise<ConsumerAnswer> {
  brokers ??= startLoopbackBrokers();
  const response = await tokens.fetch(`${await brokers}/api/dostk/stkinfo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'ka10001' },
    body: '{"stk_cd":"005930"}',
  });
  const { return_code } = (await response.json()) as { readonly return_code: number };
  const { generation } = await tokens.get();
  return { result: return_code === 0 ? 'traded' : 'rejected', generation };
}

const AWS_CALLS: Readonly<Record<Exclude<ConsumerRequest['do'], 'trade'>, (on: string) => Promise<unknown>>> =
  {
    read: (Name) => ssm.send(new GetParameterCommand({ Name, WithDecryption: true })),
    'read-encrypted': (Name) => ssm.send(new GetParameterCommand({ Name })),
    history: (Name) => ssm.send(new GetParameterHistoryCommand({ Name, WithDecryption: true })),
    write: (Name) => ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', Overwrite: true })),
    // Calls KMS directly to decrypt the ciphertext of the parameter, without Parameter Store.
    decrypt: async (Name) => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
      const context = { PARAMETER_ARN: Parameter?.ARN ?? '' };
      const CiphertextBlob = Buffer.from(Parameter?.Value ?? '', 'base64');
      return new KMSClient().send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }));
    },
    send: (QueueUrl) =>
      new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', MessageGroupId: 'kiwoom' })),
    publish: (TopicArn) =>
      new SNSClient().send(new PublishCommand({ TopicArn, Message: '{}', MessageGroupId: 'kiwoom' })),
  };
