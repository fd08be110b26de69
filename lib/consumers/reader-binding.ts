import { ContainerDefinition, TaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { ConfigurationError } from '../config/configuration-error.ts';

/** A resource with a role and an environment, such as a Lambda function. */
export interface ReaderFunction extends IGrantable {
  addEnvironment(name: string, value: string): unknown;
}

/** The host of a reader: a function, a container, or a task definition for its default container. */
export type ReaderHost = ReaderFunction | ContainerDefinition | TaskDefinition;

export interface BindReaderOptions {
  /**
   * Grants `grantReport`.
   *
   * @default true
   */
  readonly report?: boolean | undefined;

  /**
   * Grants reading the secret with the app key: KIS requires appkey and appsecret beside the token on every call.
   *
   * @default false
   */
  readonly appKey?: boolean | undefined;
}

/** The principal of a host, and a function that sets a variable of its environment. */
export function hostOf(host: ReaderHost): {
  readonly grantee: IGrantable;
  readonly set: (name: string, value: string) => void;
} {
  const container = host instanceof TaskDefinition ? host.defaultContainer : host;
  if (container instanceof ContainerDefinition) {
    // The program runs with the task role; the execution role only starts it.
    return {
      grantee: container.taskDefinition.taskRole,
      set: (name, value) => container.addEnvironment(name, value),
    };
  }
  if (container === undefined) {
    throw new ConfigurationError('bindReader', [
      {
        path: host instanceof TaskDefinition ? host.node.path : 'the task definition',
        got: 'a task definition without a container',
        allowed: 'a task definition that has its default container',
        fix: 'call addContainer before bindReader, or bind the container itself',
      },
    ]);
  }
  return { grantee: container, set: (name, value) => void container.addEnvironment(name, value) };
}
