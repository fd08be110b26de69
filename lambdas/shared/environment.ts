import * as v from 'valibot';
import { BrokerTokensError } from './broker-tokens-error.ts';
import { ENVIRONMENT } from './names.ts';

/** A variable that the stack sets is missing or wrong: the function cannot start. */
export class EnvironmentError extends BrokerTokensError {
  readonly code = 'Environment';
}

export interface RefresherEnvironment {
  readonly parameterPrefix: string;
  readonly stackName: string;
  readonly tokenKeyArn: string;
}

/** @throws EnvironmentError */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): RefresherEnvironment {
  return {
    parameterPrefix: readParameterPrefix(environment),
    stackName: required(environment, ENVIRONMENT.stackName, /\S/),
    tokenKeyArn: required(environment, ENVIRONMENT.tokenKeyArn, /\S/),
  };
}

function readParameterPrefix(environment: Readonly<Record<string, string | undefined>>): string {
  return required(environment, ENVIRONMENT.parameterPrefix, /^\/[\w./-]*[\w.-]$/);
}

/** The environment of the fleet monitor. @throws EnvironmentError */
export function readFleetMonitorEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  readonly parameterPrefix: string;
  readonly stackName: string;
  readonly scheduleGroup: string;
  readonly alarmTopicArn: string;
} {
  return {
    parameterPrefix: readParameterPrefix(environment),
    stackName: required(environment, ENVIRONMENT.stackName, /\S/),
    scheduleGroup: required(environment, ENVIRONMENT.scheduleGroup, /^[\w.-]+$/),
    alarmTopicArn: required(environment, ENVIRONMENT.alarmTopicArn, /^arn:[\w-]+:sns:/),
  };
}

function required(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  shape: RegExp,
): string {
  const parsed = v.safeParse(v.pipe(v.string(), v.regex(shape)), environment[name]);
  if (parsed.success) return parsed.output;
  const got = environment[name] === undefined ? 'nothing' : `"${environment[name]}"`;
  throw new EnvironmentError(
    `the environment variable ${name} must match ${shape}, got ${got}. Deploy the stack again`,
  );
}
