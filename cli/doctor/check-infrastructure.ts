import { ENVIRONMENT, fleetScheduleGroup } from '../../lambdas/shared/names.ts';
import { deadLettersName, inboxName, queueUrl } from '../aws/inbox.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { MINUTE, span } from '../time.ts';
import { type Finding, isNotFound, ok, watch, wrong } from './finding.ts';

/** The inbox, as far as others need it. */
export interface InboxFacts {
  readonly arn: string;
  readonly findings: readonly Finding[];
}

interface Attributes {
  readonly waiting: number;
  readonly inHand: number;
  readonly arn: string;
  readonly all: Readonly<Record<string, string>>;
}

/** More waiting messages than a slow tick explains. */
const MANY_WAITING = 20;

export async function checkInbox(context: CliContext): Promise<InboxFacts> {
  const name = inboxName(context.stack);
  const { waiting, inHand, arn, all } = await attributesOf(context, name);
  const findings: Finding[] = [];
  if (all['RedrivePolicy'] === undefined)
    findings.push(
      wrong(
        `The queue ${name} has no dead letters: a message that fails would block its credential for ever.`,
        'Deploy the stack again.',
      ),
    );
  findings.push(
    waiting > MANY_WAITING
      ? watch(`${waiting} messages wait in the inbox, ${inHand} are in hand.`, 'docs/runbook.md#inboxstalled')
      : ok(`Inbox: ${waiting} waiting, ${inHand} in hand.`),
  );
  return { arn, findings };
}

export async function checkDeadLetters(context: CliContext): Promise<readonly Finding[]> {
  const name = deadLettersName(context.stack);
  const { waiting } = await attributesOf(context, name);
  if (waiting === 0) return [ok('No dead letters.')];
  return [
    wrong(
      `${waiting === 1 ? 'A message lies' : `${waiting} messages lie`} in ${name}: the refresher failed three times with each.`,
      'docs/runbook.md#deadletters',
    ),
  ];
}

async function attributesOf(context: CliContext, name: string): Promise<Attributes> {
  const url = await queueUrl(context, name);
  const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  const { Attributes = {} } = await context.aws.use('sqs:GetQueueAttributes', name, (sqs) =>
    sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] })),
  );
  const all: Readonly<Record<string, string>> = Attributes;
  const count = (attribute: string) => Number(all[attribute] ?? 0);
  return {
    waiting: count('ApproximateNumberOfMessages'),
    inHand: count('ApproximateNumberOfMessagesNotVisible'),
    arn: all['QueueArn'] ?? '',
    all,
  };
}

export interface FunctionFacts {
  readonly name: string | undefined;
  readonly findings: readonly Finding[];
}

/** Whether the queue's messages reach a function. */
export async function checkEventSource(context: CliContext, queueArn: string): Promise<FunctionFacts> {
  const { ListEventSourceMappingsCommand } = await import('@aws-sdk/client-lambda');
  const { EventSourceMappings = [] } = await context.aws.use(
    'lambda:ListEventSourceMappings',
    queueArn,
    (lambda) => lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: queueArn })),
  );
  const [mapping] = EventSourceMappings;
  if (mapping === undefined)
    return {
      name: undefined,
      findings: [wrong('No function takes messages from the inbox.', 'Deploy the stack again.')],
    };
  const name = mapping.FunctionArn?.split(':')[6];
  const { State: state, UUID: uuid } = mapping;
  if (state === 'Enabled') return { name, findings: [ok('The function takes messages from the inbox.')] };
  const fix =
    state === 'Disabled'
      ? `aws lambda update-event-source-mapping --uuid ${uuid} --enabled`
      : 'Wait a minute and run doctor again.';
  return {
    name,
    findings: [wrong(`The function takes no messages: its event source mapping is ${state}.`, fix)],
  };
}

export interface Configured {
  /** Whether it runs in a VPC, and so has a static outbound IP address. */
  readonly inNetwork: boolean;
  readonly findings: readonly Finding[];
}

export async function checkFunction(context: CliContext, name: string): Promise<Configured> {
  const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
  const found = await context.aws.use('lambda:GetFunctionConfiguration', name, (lambda) =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
  );
  const variables = found.Environment?.Variables ?? {};
  const prefix = variables[ENVIRONMENT.parameterPrefix];
  const findings: Finding[] = [];
  if (found.State !== undefined && found.State !== 'Active')
    findings.push(
      wrong(
        `The function is ${found.State}: ${found.StateReason ?? 'no reason is given'}.`,
        'docs/runbook.md#functionerrors',
      ),
    );
  if (found.LastUpdateStatus === 'Failed')
    findings.push(
      wrong(
        `The last update of the function failed: ${found.LastUpdateStatusReason ?? 'no reason is given'}.`,
        'Deploy the stack again.',
      ),
    );
  if (prefix !== undefined && prefix !== context.prefix)
    findings.push(
      wrong(
        `This stack keeps its parameters under ${prefix}, and this command reads ${context.prefix}.`,
        `Pass --prefix ${prefix}, or the --stack that belongs to ${context.prefix}.`,
      ),
    );
  const overrides = Object.keys(variables).filter((each) => each.startsWith('BROKER_URL_'));
  if (overrides.length > 0)
    findings.push(
      wrong(
        `The function has ${overrides.join(', ')}: it asks an address of its own, not the broker.`,
        'Deploy the stack again; they are for tests.',
      ),
    );
  if (findings.length === 0)
    findings.push(ok(`The function is active (${found.Runtime}, ${found.Timeout} s).`));
  return { inNetwork: (found.VpcConfig?.SubnetIds ?? []).length > 0, findings };
}

/** The ticks of one credential. */
export async function checkSchedule(
  context: CliContext,
  { config }: Credential,
): Promise<readonly Finding[]> {
  const { id } = config;
  const added = config.managedBy === 'operator';
  const group = added ? fleetScheduleGroup(context.stack) : context.stack;
  const recreate = added
    ? `${context.program} add ${id}, with the options it had, creates it again.`
    : 'Deploy the stack again.';
  const { GetScheduleCommand } = await import('@aws-sdk/client-scheduler');
  try {
    const { State, ScheduleExpression = '' } = await context.aws.use(
      'scheduler:GetSchedule',
      `schedule/${group}/${id}`,
      (client) => client.send(new GetScheduleCommand({ GroupName: group, Name: id })),
    );
    if (State === 'DISABLED')
      return [
        wrong(
          `${id}: its schedule is disabled, so it has no ticks.`,
          added ? recreate : 'Enable it in the EventBridge Scheduler console, or deploy the stack again.',
        ),
      ];
    const rate = rateOf(ScheduleExpression);
    if (rate !== undefined && rate !== config.checkEverySeconds * 1000)
      return [
        watch(
          `${id}: has a tick every ${span(rate)}, and its config says ${span(config.checkEverySeconds * 1000)}.`,
          recreate,
        ),
      ];
    return [ok(`${id}: has a tick every ${span(config.checkEverySeconds * 1000)}.`)];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [wrong(`${id}: has no schedule, so it has no ticks.`, recreate)];
  }
}

function rateOf(expression: string): number | undefined {
  const [, count] = /^rate\((\d+) minutes?\)$/.exec(expression) ?? [];
  return count === undefined ? undefined : Number(count) * MINUTE;
}
