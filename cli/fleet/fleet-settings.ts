import { type FleetSettings, parseFleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { fleetParameterName } from '../../lambdas/shared/names.ts';
import { type CliContext, parametersLocation } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';

/**
 * Reads the fleet parameter, which the stack writes for `add` and `remove`. @throws CommandFailedError if the
 * stack has no fleet
 */
export async function readFleet(context: CliContext): Promise<FleetSettings> {
  const name = fleetParameterName(context.prefix);
  const { Parameters: [parameter] = [] } = await context.aws.call('ssm:GetParameters', name, {
    Names: [name],
  });
  if (parameter === undefined)
    throw new CommandFailedError(
      `The stack under ${parametersLocation(context)} has no fleet, so no credential can be added without a deployment.`,
      'Set "fleet": {} beside "credentials" in cdk.json, and deploy: npx cdk deploy. Or add the credential to cdk.json.',
    );
  const fleet = parseFleetSettings(parameter.Value ?? '');
  if (fleet === undefined)
    throw new CommandFailedError(
      `The parameter ${name} is invalid.`,
      'Write the parameter again: npx cdk deploy --revert-drift',
    );
  return fleet;
}
