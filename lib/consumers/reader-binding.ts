import { Stack } from 'aws-cdk-lib';
import { ContainerDefinition, TaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { READER_ENVIRONMENT, reportTopicVariable } from '../../lambdas/shared/names.ts';
import { ConfigurationError, type Problem, showValue } from '../config/configuration-error.ts';
import { pathOf, requireSameEnvironment } from './grantee.ts';

/** A resource with a role and an environment, such as a Lambda function. */
export interface ReaderFunction extends IGrantable {
  addEnvironment(name: string, value: string): unknown;
}

/** The host of a reader: a function, a container, or a task definition for its default container. */
export type ReaderHost = ReaderFunction | ContainerDefinition | TaskDefinition;

export interface BindReaderOptions {
  /**
   * Whether to call `grantReport`.
   *
   * @default true
   */
  readonly report?: boolean | undefined;

  /**
   * Whether to grant read access to the secret with the app key. KIS requires appkey and appsecret in
   * addition to the token in every call.
   *
   * @default false
   */
  readonly appKey?: boolean | undefined;
}

type BoundCredential = Construct & { readonly credentialId: string; readonly parameterPrefix: string };

/** The parameter prefix and the credential ids in the environment variables of each program. */
const bindings = new WeakMap<object, { readonly prefix: string; readonly ids: Set<string> }>();

/**
 * Adds a credential to the environment variables of a host, which is the function or container of the reader.
 * @returns the principal of the host, and a function that sets further variables
 * @throws ConfigurationError as `bindReader`
 */
export function bindHost(
  host: ReaderHost,
  credential: BoundCredential,
): { readonly grantee: IGrantable; readonly set: (name: string, value: string) => void } {
  const { credentialId, parameterPrefix: prefix } = credential;
  const path = pathOf(host, 'host');
  const createHostError = (problem: Omit<Problem, 'path'>) =>
    new ConfigurationError(`bindReader of ${credential.node.path}`, { path, ...problem });

  // In TypeScript, a host that is not an object is a compile-time error, but not in JavaScript.
  if (typeof host !== 'object' || host === null)
    throw createHostError({
      got: showValue(host),
      allowed: ALLOWED_CONSUMERS,
      fix: 'pass the construct of the consumer',
    });
  const program = host instanceof TaskDefinition ? host.defaultContainer : host;
  if (program === undefined)
    throw createHostError({
      got: 'a task definition without a container',
      allowed: 'a task definition that has its default container',
      fix: 'call addContainer before bindReader, or bind the container itself',
    });
  if (Construct.isConstruct(program)) requireSameEnvironment(credential, path, Stack.of(program));
  if (typeof program.addEnvironment !== 'function')
    throw createHostError(noEnvironmentProblem(program, credential));
  const binding = bindings.get(program) ?? { prefix, ids: new Set() };
  if (binding.prefix !== prefix) throw createHostError(twoPrefixesProblem(binding.prefix, credential));

  bindings.set(program, binding);
  const set = (name: string, value: string) => void program.addEnvironment(name, value);
  // If a program is bound to several credentials, its reader fails unless the program selects a credential,
  // because a default could be the wrong market.
  set(READER_ENVIRONMENT.credential, [...binding.ids.add(credentialId)].join(','));
  set(READER_ENVIRONMENT.prefix, prefix);
  // The program runs with the task role; the execution role only starts the container.
  return { grantee: program instanceof ContainerDefinition ? program.taskDefinition.taskRole : program, set };
}

const ALLOWED_CONSUMERS =
  'a function, container or task definition of this app, whose environment can be set';

function noEnvironmentProblem(program: object, { credentialId, parameterPrefix }: BoundCredential) {
  const allowed = ALLOWED_CONSUMERS;
  if ('lambda' in program)
    return { got: 'an alias or version of a function', allowed, fix: 'bind the function itself' };
  const { credential, prefix } = READER_ENVIRONMENT;
  return {
    got: 'assumeRoleAction' in program ? 'a role or other principal' : 'an imported resource',
    allowed,
    fix: `call grantRead and grantReport with its role, and set ${credential}=${credentialId}, ${prefix}=${parameterPrefix} and ${reportTopicVariable(credentialId)} where the program is defined`,
  };
}

/**
 * The reader has one environment variable for the prefix. If a second credential overwrote this variable, the
 * reader would read the tokens of a different refresher.
 */
function twoPrefixesProblem(boundPrefix: string, { credentialId, parameterPrefix }: BoundCredential) {
  return {
    got: `a program that is bound to a credential below ${boundPrefix}, and now to one below ${parameterPrefix}`,
    allowed: 'credentials below one parameter prefix, because the reader has one variable for it',
    fix: `use grantRead and grantReport for this credential, and createTokenReader({ credential: "${credentialId}", prefix: "${parameterPrefix}", report: <ARN of reportTopic> })`,
  };
}
