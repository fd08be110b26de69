import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { DEFAULT_PARAMETER_PREFIX, parameterNames } from '../../lambdas/shared/names.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { type MetricPoint, pointsOf } from './metric-points.ts';

type LogLine = Readonly<Record<string, unknown>>;

/** The token and the state, which a consumer reads. */
export interface PublishedParameters {
  readonly token: string;
  readonly state: State;
}

const DEFAULT_NAMES = { stack: 'BrokerTokens', parameterPrefix: DEFAULT_PARAMETER_PREFIX };

/**
 * A deployed stack, with methods for the operations of an operator and a consumer. The endpoint of AWS or of
 * an emulator comes from the environment variables.
 */
export class Deployment {
  readonly ssm = new SSMClient();
  readonly secrets = new SecretsManagerClient();
  readonly sqs = new SQSClient();
  readonly sns = new SNSClient();
  readonly lambda = new LambdaClient();
  readonly cloudWatch = new CloudWatchClient();
  readonly #names: typeof DEFAULT_NAMES;
  readonly #waitOptions: WaitOptions;
  outputs: Readonly<Record<string, string>> = {};

  constructor(names = DEFAULT_NAMES, waitOptions: WaitOptions = {}) {
    this.#names = names;
    this.#waitOptions = waitOptions;
  }

  /** Returns an output of the stack. */
  output(name: string): string {
    const value = this.outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}`);
    return value;
  }

  /** @returns the id of the message */
  async send(message: InboxMessage): Promise<string> {
    const at = new Date().toISOString();
    return this.sendText(message.credential, JSON.stringify({ ...message, at }));
  }

  async sendText(MessageGroupId: string, MessageBody: string): Promise<string> {
    const QueueUrl = this.output('InboxUrl');
    const sent = await this.sqs.send(new SendMessageCommand({ QueueUrl, MessageGroupId, MessageBody }));
    return sent.MessageId ?? '';
  }

  async putSecret(SecretId: string, value: object): Promise<void> {
    await this.secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
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
    const token = value(names.token) ?? '';
    const { state } = parseState(value(names.state) ?? '');
    return state.published?.fingerprint === fingerprint(token) ? { token, state } : undefined;
  }

  /** Waits until a token is published and `isWanted` returns true for the state. */
  async waitUntilPublished(
    credential: string,
    isWanted: (state: State) => boolean = () => true,
  ): Promise<PublishedParameters> {
    const ask = async () => {
      const found = await this.read(credential);
      return found && isWanted(found.state) ? found : undefined;
    };
    const describe = () => this.state(credential);
    return pollUntil(`${credential} is published as wanted`, ask, { describe, ...this.#waitOptions });
  }

  waitForGeneration(credential: string, wanted: number): Promise<PublishedParameters> {
    return this.waitUntilPublished(credential, ({ generation }) => generation === wanted);
  }

  /** Waits until the refresher has handled a message, and has stored its result in the state. */
  waitForRequest(credential: string, messageId: string): Promise<PublishedParameters> {
    return this.waitUntilPublished(credential, ({ lastRequest }) => lastRequest?.messageId === messageId);
  }

  /** Returns all JSON lines in the log of the refresher or of the fleet monitor, oldest first. */
  async log(logSource?: 'fleet monitor'): Promise<readonly LogLine[]> {
    const lines = await this.logLines(logSource);
    return lines.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as LogLine);
  }

  async logLines(logSource?: 'fleet monitor'): Promise<readonly string[]> {
    const { LoggingConfig } =
      logSource === undefined
        ? await this.refresher()
        : await this.#function('TokenRefresherFleetMonitorFunction');
    const lines: string[] = [];
    const client = new CloudWatchLogsClient();
    const pages = paginateFilterLogEvents({ client }, { logGroupName: LoggingConfig?.LogGroup });
    for await (const { events = [] } of pages) lines.push(...events.map(({ message = '' }) => message));
    return lines;
  }

  /** Returns the decisions that the refresher logged about one credential, oldest first. */
  async decisions(credential: string): Promise<readonly LogLine[]> {
    const lines = await this.log();
    return lines.filter((line) => line['message'] === 'decision' && line['credential'] === credential);
  }

  /** Returns the data points in the log of the refresher. */
  async metricPoints(): Promise<readonly MetricPoint[]> {
    return (await this.log()).flatMap(pointsOf);
  }

  /** Returns the alarms whose names start with `AlarmNamePrefix`. */
  async alarms(AlarmNamePrefix = `${this.#names.stack}-`): Promise<readonly MetricAlarm[]> {
    const { MetricAlarms = [] } = await this.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }));
    return MetricAlarms;
  }

  refresher() {
    return this.#function('TokenRefresherFunction');
  }

  /** Replaces the environment variables of the refresher. */
  async setEnvironment(Variables: Record<string, string>): Promise<void> {
    const { FunctionName = '' } = await this.refresher();
    await this.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
    await waitUntilFunctionUpdatedV2({ client: this.lambda, maxWaitTime: 60 }, { FunctionName });
  }

  async #function(logicalId: string) {
    const { StackResources = [] } = await new CloudFormationClient().send(
      new DescribeStackResourcesCommand({ StackName: this.#names.stack }),
    );
    const found = StackResources.find(
      ({ ResourceType, LogicalResourceId }) =>
        ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.startsWith(logicalId),
    );
    if (found === undefined) throw new Error(`${this.#names.stack} has no function ${logicalId}…`);
    const FunctionName = found.PhysicalResourceId;
    return this.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  }
}

export interface WaitOptions {
  /**
   * The maximum number of calls. Only a test that hangs reaches the default.
   * @default 150
   */
  readonly maxTries?: number;
  readonly signal?: AbortSignal;
  /** Returns details for the error message if the wait fails. */
  readonly describe?: () => Promise<unknown>;
}

/** Repeats a call every second until the call returns a value. */
export async function pollUntil<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { maxTries = 150, signal, describe }: WaitOptions = {},
): Promise<T> {
  for (let count = 0; count < maxTries; count += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(1_000, undefined, { ...(signal && { signal }) });
  }
  throw new Error(`never happened: ${what}; last seen ${JSON.stringify(await describe?.())}`);
}
