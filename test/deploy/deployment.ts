import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { DEFAULT_PARAMETER_PREFIX, parameterNames } from '../../lambdas/shared/names.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The token and the state, which a consumer reads. */
export interface PublishedParameters {
  readonly token: string;
  readonly state: State;
}

/** The stack name and the parameter prefix of a deployment. */
export interface StackNames {
  readonly stack: string;
  readonly parameterPrefix: string;
}

const DEFAULT_STACK_NAMES: StackNames = { stack: 'BrokerTokens', parameterPrefix: DEFAULT_PARAMETER_PREFIX };

/** A deployed stack, with methods for the operations of an operator and a consumer. */
export class Deployment {
  readonly ssm: SSMClient;
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly lambda: LambdaClient;
  readonly cloudWatch: CloudWatchClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #formation: CloudFormationClient;
  readonly #names: StackNames;
  outputs: Readonly<Record<string, string>> = {};
  /** The limits of the wait in `published`. */
  waitOptions: WaitOptions = {};

  /** @param endpoint the endpoint of an emulator; by default, the SDK uses the environment variables */
  constructor(endpoint?: string, names: StackNames = DEFAULT_STACK_NAMES) {
    const options = endpoint === undefined ? {} : { endpoint };
    this.#names = names;
    this.ssm = new SSMClient(options);
    this.secrets = new SecretsManagerClient(options);
    this.sqs = new SQSClient(options);
    this.sns = new SNSClient(options);
    this.lambda = new LambdaClient(options);
    this.cloudWatch = new CloudWatchClient(options);
    this.#logs = new CloudWatchLogsClient(options);
    this.#formation = new CloudFormationClient(options);
  }

  /** Returns an output of the stack. */
  output(name: string): string {
    const value = this.outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}`);
    return value;
  }

  get deadLettersUrl(): string {
    return this.output('InboxUrl').replace(/inbox\.fifo$/, 'dead-letters.fifo');
  }

  /** @returns the id of the message */
  async send(message: InboxMessage): Promise<string> {
    const at = new Date().toISOString();
    return this.sendText(message.credential, JSON.stringify({ ...message, at }));
  }

  async sendText(group: string, body: string): Promise<string> {
    const { MessageId = '' } = await this.sqs.send(
      new SendMessageCommand({ QueueUrl: this.output('InboxUrl'), MessageGroupId: group, MessageBody: body }),
    );
    return MessageId;
  }

  /** Returns the number of messages in a queue, including messages in flight. */
  async countMessages(url: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  async putSecret(id: string, value: object): Promise<void> {
    await this.secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: JSON.stringify(value) }));
  }

  async state(credential: string): Promise<State> {
    const { state } = parameterNames(this.#names.parameterPrefix, credential);
    const { Parameters = [] } = await this.ssm.send(new GetParametersCommand({ Names: [state] }));
    return parseState(Parameters[0]?.Value ?? '').state;
  }

  /**
   * Reads token and state in one call and compares the fingerprint, as docs/contracts.md requires of
   * consumers. @returns undefined if the token does not match the state
   */
  async read(credential: string): Promise<PublishedParameters | undefined> {
    const names = parameterNames(this.#names.parameterPrefix, credential);
    const { Parameters = [] } = await this.ssm.send(
      new GetParametersCommand({ Names: [names.token, names.state], WithDecryption: true }),
    );
    const value = (name: string) => Parameters.find(({ Name }) => Name === name)?.Value;
    const token = value(names.token);
    const { state } = parseState(value(names.state) ?? '');
    const fingerprint = createHash('sha256')
      .update(token ?? '')
      .digest('hex')
      .slice(0, 12);
    return token !== undefined && state.published?.fingerprint === fingerprint ? { token, state } : undefined;
  }

  /** Waits until the state matches `wanted`, then returns the published token and state. */
  async waitUntilPublished(
    credential: string,
    wanted: (state: State) => boolean,
  ): Promise<PublishedParameters> {
    return pollUntil(
      `${credential} is published as wanted`,
      async () => {
        const found = await this.read(credential);
        return found && wanted(found.state) ? found : undefined;
      },
      () => this.state(credential),
      this.waitOptions,
    );
  }

  /** Returns all JSON lines in the log of the refresher or of the fleet monitor, oldest first. */
  async log(which?: 'fleet monitor'): Promise<readonly Fields[]> {
    return (await this.logLines(which)).flatMap((text) =>
      text.startsWith('{') ? [JSON.parse(text) as Fields] : [],
    );
  }

  async logLines(which?: 'fleet monitor'): Promise<readonly string[]> {
    const { LoggingConfig } = which === undefined ? await this.refresher() : await this.#fleetMonitor();
    const lines: string[] = [];
    const pages = paginateFilterLogEvents({ client: this.#logs }, { logGroupName: LoggingConfig?.LogGroup });
    for await (const { events = [] } of pages) lines.push(...events.map(({ message = '' }) => message));
    return lines;
  }

  async refresher() {
    return this.#function('TokenRefresherFunction');
  }

  #fleetMonitor() {
    return this.#function('TokenRefresherFleetMonitorFunction');
  }

  async #function(logicalId: string) {
    const { stack: StackName } = this.#names;
    const { StackResources = [] } = await this.#formation.send(
      new DescribeStackResourcesCommand({ StackName }),
    );
    const found = StackResources.find(
      ({ ResourceType, LogicalResourceId }) =>
        ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.startsWith(logicalId),
    );
    if (found?.PhysicalResourceId === undefined)
      throw new Error(`${StackName} has no function ${logicalId}…`);
    return this.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: found.PhysicalResourceId }));
  }

  async setEnvironment(variables: Record<string, string>): Promise<void> {
    const { FunctionName = '' } = await this.refresher();
    await this.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: variables } }),
    );
    await waitUntilFunctionUpdatedV2({ client: this.lambda, maxWaitTime: 60 }, { FunctionName });
  }
}

/** The limits of a wait in a test. */
export interface WaitOptions {
  /**
   * The maximum number of calls. Only a test that hangs reaches the default.
   * @default 150
   */
  readonly maxTries?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Repeats a call every second until the call returns a value. */
export async function pollUntil<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  describe: () => Promise<unknown> = async () => undefined,
  { maxTries = 150, signal }: WaitOptions = {},
): Promise<T> {
  for (let count = 0; count < maxTries; count += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(1_000, undefined, signal === undefined ? {} : { signal });
  }
  throw new Error(`never happened: ${what}; last seen ${JSON.stringify(await describe())}`);
}
