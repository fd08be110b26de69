import * as v from 'valibot';
import { BrokerTokensError } from './broker-tokens-error.ts';
import { ENVIRONMENT } from './names.ts';

/** An environment variable that the stack sets is missing or invalid. */
export class EnvironmentError extends BrokerTokensError {
  readonly code = 'Environment';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws EnvironmentError */
export function readRefresherEnvironment(environment: Environment) {
  return {
    ...readCommonVariables(environment),
    tokenKeyArn: requireVariable(environment, ENVIRONMENT.tokenKeyArn, /\S/),
  };
}

/** @throws EnvironmentError */
export function readFleetMonitorEnvironment(environment: Environment) {
  return {
    ...readCommonVariables(environment),
    scheduleGroup: requireVariable(environment, ENVIRONMENT.scheduleGroup, /^[\w.-]+$/),
    alarmTopicArn: requireVariable(environment, ENVIRONMENT.alarmTopicArn, /^arn:[\w-]+:sns:/),
  };
}

function readCommonVariables(environment: Environment) {
  return {
    parameterPrefix: requireVariable(environment, ENVIRONMENT.parameterPrefix, /^\/[\w./-]*[\w.-]$/),
    namePrefix: requireVariable(environment, ENVIRONMENT.namePrefix, /\S/),
  };
}

function requireVariable(environment: Environment, name: string, pattern: RegExp): string {
  const value = environment[name];
  if (v.is(v.pipe(v.string(), v.regex(pattern)), value)) return value;
  const got = value === undefined ? 'nothing' : `"${value}"`;
  throw new EnvironmentError(
    `the environment variable ${name} must match ${pattern}, got ${got}. Deploy the stack again`,
  );
}
