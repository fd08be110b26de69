import type { GetFunctionConfigurationCommandOutput } from '@aws-sdk/client-lambda';
import { ENVIRONMENT, queueNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { getQueueUrl } from '../inbox/send-and-wait.ts';
import { REVERT_DRIFT_COMMAND, type Report } from './finding.ts';

/** Checks the inbox queue, the event source mapping, the function and its outbound IP address. */
export async function checkFunction(context: CliContext, credentials: readonly Credential[], report: Report) {
  const { aws, stack } = context;
  const inboxName = queueNames(stack).inbox;
  const QueueUrl = await getQueueUrl(context, inboxName);
  const { Attributes = {} } = await aws.call('sqs:GetQueueAttributes', inboxName, {
    QueueUrl,
    AttributeNames: ['QueueArn', 'RedrivePolicy'],
  });
  if (Attributes['RedrivePolicy'] === undefined)
    report.failed(
      `The queue ${inboxName} has no dead-letter queue: a message that fails would block its credential.`,
      REVERT_DRIFT_COMMAND,
    );
  const functionArn = await checkEventSourceMapping(context, Attributes['QueueArn'] ?? '', report);
  if (functionArn === undefined) return;
  const isInVpc = await checkConfiguration(context, functionArn, report);
  await checkEgress(context, credentials, isInVpc, report);
}

/** @returns the ARN of the function that receives messages from the inbox */
async function checkEventSourceMapping({ aws }: CliContext, queueArn: string, report: Report) {
  const input = { EventSourceArn: queueArn };
  const { EventSourceMappings = [] } = await aws.call('lambda:ListEventSourceMappings', queueArn, input);
  const { State: state, UUID: uuid, FunctionArn } = EventSourceMappings[0] ?? {};
  const enableCommand = `aws lambda update-event-source-mapping --uuid ${uuid} --enabled`;
  if (FunctionArn === undefined)
    report.failed('No function receives messages from the inbox.', REVERT_DRIFT_COMMAND);
  else if (state === 'Enabled') report.ok('The function receives messages from the inbox.');
  else
    report.failed(
      `The function receives no messages: its event source mapping is ${state}.`,
      state === 'Disabled' ? enableCommand : 'Wait a minute and run doctor again.',
    );
  return FunctionArn;
}

/** @returns whether the function runs in a VPC */
async function checkConfiguration(context: CliContext, functionArn: string, report: Report) {
  const FunctionName = functionArn.split(':')[6] ?? '';
  const input = { FunctionName };
  const configuration = await context.aws.call('lambda:GetFunctionConfiguration', FunctionName, input);
  const earlierFindingCount = report.findings.length;
  checkFunctionState(context, configuration, report);
  if (report.findings.length === earlierFindingCount)
    report.ok(`The function is active (${configuration.Runtime}, ${configuration.Timeout} s).`);
  return (configuration.VpcConfig?.SubnetIds ?? []).length > 0;
}

type Configuration = GetFunctionConfigurationCommandOutput;

function checkFunctionState({ prefix }: CliContext, configuration: Configuration, report: Report) {
  const { State: state = 'Active', Environment: { Variables: variables = {} } = {} } = configuration;
  const functionPrefix = variables[ENVIRONMENT.parameterPrefix] ?? prefix;
  const testVariables = Object.keys(variables).filter((each) => each.startsWith('BROKER_URL_'));
  if (state !== 'Active')
    report.failed(
      `The function is ${state}: ${configuration.StateReason ?? 'AWS gives no reason'}.`,
      'docs/runbook.md#functionerrors',
    );
  if (configuration.LastUpdateStatus === 'Failed')
    report.failed(
      `The last update of the function failed: ${configuration.LastUpdateStatusReason ?? 'AWS gives no reason'}.`,
      'npx cdk deploy',
    );
  if (functionPrefix !== prefix)
    report.failed(
      `The parameters of this stack are under ${functionPrefix}, but this command reads ${prefix}.`,
      `Pass --prefix ${functionPrefix}, or pass the --stack that belongs to ${prefix}.`,
    );
  if (testVariables.length > 0)
    report.failed(
      `The function has the test variables ${testVariables.join(', ')}, so it does not call the broker.`,
      REVERT_DRIFT_COMMAND,
    );
}

/** Checks the outbound IP address, because Kiwoom accepts live calls only from registered IP addresses. */
async function checkEgress(
  context: CliContext,
  credentials: readonly Credential[],
  isInVpc: boolean,
  report: Report,
): Promise<void> {
  const ids = credentials
    .filter(({ config }) => config.broker === 'kiwoom' && config.market === 'live')
    .map(({ config }) => config.id)
    .join(', ');
  if (!isInVpc && ids === '')
    return report.ok(
      'The refresher uses dynamic outbound IP addresses. No credential needs a registered IP address.',
    );
  if (!isInVpc)
    return report.failed(
      `The refresher uses dynamic outbound IP addresses, but ${ids} needs a registered one (Kiwoom codes 8050 and 8010).`,
      'Set egress to {"kind":"static","nat":"gateway"} in cdk.json and deploy. Programs must use the same address.',
    );
  const address = await readElasticIp(context);
  if (address === undefined)
    return report.warning(
      'The refresher runs in your own VPC, so this command cannot determine its outbound IP address.',
      'Register the IP address of the NAT in this VPC with Kiwoom.',
    );
  const registrationHint = `For ${ids}, register this address with Kiwoom, which rejects all others. Programs must use the same address. This command cannot check the registration.`;
  const text = `The refresher's outbound IP address is ${address}.`;
  report.ok(ids === '' ? text : `${text} ${registrationHint}`);
}

/** Reads the Elastic IP from the outputs of the stack; returns undefined if the stack has no such output. */
async function readElasticIp({ aws, stack }: CliContext): Promise<string | undefined> {
  try {
    const { Stacks = [] } = await aws.call('cloudformation:DescribeStacks', stack, { StackName: stack });
    return Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'EgressAddress')?.OutputValue;
  } catch (error) {
    // CloudFormation returns a ValidationError if the stack does not exist.
    if (error instanceof AwsCallError && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}
