import { type FleetSettings, parseFleet } from '../../lambdas/shared/fleet-settings.ts';
import { fleetParameterName } from '../../lambdas/shared/names.ts';
import { type CliContext, location } from '../cli-context.ts';
import { CommandFailedError, isNotFound } from '../cli-error.ts';

/** The settings that the stack writes for `add` and `remove`. @throws CommandFailedError without a fleet */
export async function readFleet(context: CliContext): Promise<FleetSettings> {
  const name = fleetParameterName(context.prefix);
  const text = await readText(context, name);
  if (text === undefined)
    throw new CommandFailedError(
      `The stack under ${location(context)} has no fleet, so no credential can be added without a deployment.`,
      'Set "fleet": {} beside "credentials" in cdk.json and deploy: npx cdk deploy. Or add the credential there.',
    );
  const fleet = parseFleet(text);
  if (fleet === undefined)
    throw new CommandFailedError(
      `The parameter ${name} is invalid.`,
      'Write it again: npx cdk deploy --revert-drift',
    );
  return fleet;
}

async function readText({ aws }: CliContext, name: string): Promise<string | undefined> {
  try {
    return (await aws.call('ssm:GetParameter', name, { Name: name })).Parameter?.Value;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
