import { type FleetSettings, parseFleet } from '../../lambdas/shared/fleet-settings.ts';
import { fleetParameterName } from '../../lambdas/shared/names.ts';
import { type CliContext, location } from '../cli-context.ts';
import { AwsCallError, CommandFailedError } from '../cli-error.ts';

/** What the stack says to those who add credentials. @throws CommandFailedError where it takes none */
export async function readFleet(context: CliContext): Promise<FleetSettings> {
  const name = fleetParameterName(context.prefix);
  const text = await textOf(context, name);
  if (text === undefined)
    throw new CommandFailedError(
      `Under ${location(context)} no credential can be added without a deployment.`,
      'Set "fleet": {} beside "credentials" in cdk.json and deploy: npx cdk deploy. Or add the credential there.',
    );
  const fleet = parseFleet(text);
  if (fleet === undefined)
    throw new CommandFailedError(
      `The parameter ${name} cannot be understood.`,
      'Deploy the stack again; it writes it.',
    );
  return fleet;
}

async function textOf(context: CliContext, name: string): Promise<string | undefined> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    const { Parameter } = await context.aws.use('ssm:GetParameter', name, (ssm) =>
      ssm.send(new GetParameterCommand({ Name: name }), { abortSignal: context.signal }),
    );
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof AwsCallError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
