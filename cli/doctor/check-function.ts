import type { GetFunctionConfigurationCommandOutput } from '@aws-sdk/client-lambda';
import { ENVIRONMENT, queueNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { getQueueUrl } from '../inbox/queue.ts';
import {
  type Finding,
  type Findings,
  failed,
  failedIf,
  ok,
  REVERT_DRIFT_COMMAND,
  runCheck,
  warning,
} from './finding.ts';

/** Checks the inbox queue, the event source mapping, the function and its outbound IP address. */
export async function checkFunction(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<Findings> {
  const { aws, stack } = context;
  const inboxName = queueNames(stack).inbox;
  const QueueUrl = await getQueueUrl(context, inboxName);
  const { Attributes = {} } = await aws.call('sqs:GetQueueAttributes', inboxName, {
    QueueUrl,
    AttributeNames: ['QueueArn', 'RedrivePolicy'],
  });
  return [
    ...failedIf(
      Attributes['RedrivePolicy'] === undefined,
      `The queue ${inboxName} has no dead-letter queue: a message that fails would block its credential.`,
      REVERT_DRIFT_COMMAND,
    ),
    ...(await runCheck(() => checkEventSourceMapping(context, credentials, Attributes['QueueArn'] ?? ''))),
  ];
}

async function checkEventSourceMapping(
  context: CliContext,
  credentials: readonly Credential[],
  queueArn: string,
): Promise<Findings> {
  const input = { EventSourceArn: queueArn };
  const found = await context.aws.call('lambda:ListEventSourceMappings', queueArn, input);
  const [mapping] = found.EventSourceMappings ?? [];
  if (mapping === undefined)
    return [failed('No function receives messages from the inbox.', REVERT_DRIFT_COMMAND)];
  const { State: state, UUID: uuid, FunctionArn = '' } = mapping;
  const functionFindings = await runCheck(() => checkConfiguration(context, credentials, FunctionArn));
  if (state === 'Enabled') return [ok('The function receives messages from the inbox.'), ...functionFindings];
  const enableCommand = `aws lambda update-event-source-mapping --uuid ${uuid} --enabled`;
  const fix = state === 'Disabled' ? enableCommand : 'Wait a minute and run doctor again.';
  return [
    failed(`The function receives no messages: its event source mapping is ${state}.`, fix),
    ...functionFindings,
  ];
}

async function checkConfiguration(
  context: CliContext,
  credentials: readonly Credential[],
  functionArn: string,
): Promise<Findings> {
  const name = functionArn.split(':')[6] ?? '';
  const configuration = await context.aws.call('lambda:GetFunctionConfiguration', name, {
    FunctionName: name,
  });
  const problems = functionProblems(context, configuration);
  const isInVpc = (configuration.VpcConfig?.SubnetIds ?? []).length > 0;
  return [
    ...(problems.length > 0
      ? problems
      : [ok(`The function is active (${configuration.Runtime}, ${configuration.Timeout} s).`)]),
    ...(await runCheck(async () => [await checkEgress(context, credentials, isInVpc)])),
  ];
}

function functionProblems(
  { prefix }: CliContext,
  configuration: GetFunctionConfigurationCommandOutput,
): Findings {
  const { State: state = 'Active', Environment: { Variables: variables = {} } = {} } = configuration;
  const functionPrefix = variables[ENVIRONMENT.parameterPrefix] ?? prefix;
  const testVariables = Object.keys(variables).filter((each) => each.startsWith('BROKER_URL_'));
  return [
    ...failedIf(
      state !== 'Active',
      `The function is ${state}: ${configuration.StateReason ?? 'AWS gives no reason'}.`,
      'docs/runbook.md#functionerrors',
    ),
    ...failedIf(
      configuration.LastUpdateStatus === 'Failed',
      `The last update of the function failed: ${configuration.LastUpdateStatusReason ?? 'AWS gives no reason'}.`,
      'npx cdk deploy',
    ),
    ...failedIf(
      functionPrefix !== prefix,
      `The parameters of this stack are under ${functionPrefix}, but this command reads ${prefix}.`,
      `Pass --prefix ${functionPrefix}, or pass the --stack that belongs to ${prefix}.`,
    ),
    ...failedIf(
      testVariables.length > 0,
      `The function has the test variables ${testVariables.join(', ')}, so it does not call the broker.`,
      REVERT_DRIFT_COMMAND,
    ),
  ];
}

/** Checks the outbound IP address, because Kiwoom accepts live calls only from registered IP addresses. */
async function checkEgress(
  context: CliContext,
  credentials: readonly Credential[],
  isInVpc: boolean,
): Promise<Finding> {
  const ids = credentials
    .filter(({ config }) => config.broker === 'kiwoom' && config.market === 'live')
    .map(({ config }) => config.id)
    .join(', ');
  if (!isInVpc && ids === '')
    return ok(
      'The refresher uses dynamic outbound IP addresses. No credential needs a registered IP address.',
    );
  if (!isInVpc)
    return failed(
      `The refresher uses dynamic outbound IP addresses, but ${ids} needs a registered one (Kiwoom codes 8050 and 8010).`,
      'Set egress to {"kind":"static","nat":"gateway"} in cdk.json and deploy. Programs must use the same address.',
    );
  const address = await readElasticIp(context);
  if (address === undefined)
    return warning(
      'The refresher runs in your own VPC, so this command cannot determine its outbound IP address.',
      'Register the IP address of the NAT in this VPC with Kiwoom.',
    );
  const registrationHint = `For ${ids}, register this address with Kiwoom, which rejects all others. Programs must use the same address. This command cannot check the registration.`;
  return ok(
    `The refresher's outbound IP address is ${address}. ${ids === '' ? '' : registrationHint}`.trimEnd(),
  );
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
