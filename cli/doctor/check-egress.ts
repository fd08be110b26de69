import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';
import { type Finding, ok, watch, wrong } from './finding.ts';

/** By which address the refresher leaves: Kiwoom wants it registered, and that is done by hand at its site. */
export async function checkEgress(
  context: CliContext,
  credentials: readonly Credential[],
  inNetwork: boolean,
): Promise<readonly Finding[]> {
  const demanding = credentials.filter(
    ({ config }) => config.broker === 'kiwoom' && config.market === 'live',
  );
  const ids = demanding.map(({ config }) => config.id).join(', ');
  if (!inNetwork)
    return demanding.length === 0
      ? [ok('The refresher uses dynamic outbound IP addresses, which suits these credentials.')]
      : [
          wrong(
            `The refresher uses dynamic outbound IP addresses, and ${ids} needs a registered one (8050, 8010).`,
            'Set egress to {"kind":"static","nat":"gateway"} in cdk.json and deploy; programs that use the token must leave the same way.',
          ),
        ];
  const address = await elasticIp(context);
  if (address === undefined)
    return [
      watch(
        'The refresher runs in your own network: its outbound IP address cannot be determined from here.',
        'Kiwoom wants the address of its NAT registered.',
      ),
    ];
  return [
    ok(
      `The refresher's outbound IP address is ${address}.${demanding.length === 0 ? '' : ` For ${ids} register it with Kiwoom, which rejects all others; programs must use it, too. The registration cannot be checked from here.`}`,
    ),
  ];
}

/** The output of the stack; undefined where the stack has none, or is not a stack of its own. */
async function elasticIp(context: CliContext): Promise<string | undefined> {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  try {
    const { Stacks = [] } = await context.aws.use('cloudformation:DescribeStacks', context.stack, (client) =>
      client.send(new DescribeStacksCommand({ StackName: context.stack })),
    );
    return Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'EgressAddress')?.OutputValue;
  } catch (error) {
    // CloudFormation says ValidationError of a stack that is not there.
    if (error instanceof AwsCallError && error.kind === 'other' && /does not exist/.test(error.message))
      return undefined;
    throw error;
  }
}
