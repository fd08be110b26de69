import { type FleetSettings, parseFleet } from '../../lambdas/shared/fleet.ts';
import { fleetParameterName } from '../../lambdas/shared/names.ts';
import { AwsProblem, NotDone } from '../complaints.ts';
import { type Context, place } from '../context.ts';

/** What the stack says to those who add credentials. @throws NotDone where it takes none */
export async function readFleet(context: Context): Promise<FleetSettings> {
  const name = fleetParameterName(context.prefix);
  const text = await textOf(context, name);
  if (text === undefined)
    throw new NotDone(
      `Under ${place(context)} no credential can be added without a deployment.`,
      'Set "fleet": {} beside "credentials" in cdk.json and deploy: npx cdk deploy. Or add the credential there.',
    );
  const fleet = parseFleet(text);
  if (fleet === undefined)
    throw new NotDone(`The parameter ${name} cannot be understood.`, 'Deploy the stack again; it writes it.');
  return fleet;
}

async function textOf(context: Context, name: string): Promise<string | undefined> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    const { Parameter } = await context.aws.use('ssm:GetParameter', name, (ssm) =>
      ssm.send(new GetParameterCommand({ Name: name }), { abortSignal: context.signal }),
    );
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof AwsProblem && error.kind === 'not-found') return undefined;
    throw error;
  }
}
