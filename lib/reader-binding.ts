import { ContainerDefinition, TaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { ConfigurationError } from './config/configuration-error.ts';

/** Anything that runs with a role and an environment, such as a Lambda function. */
export interface ReaderFunction extends IGrantable {
  addEnvironment(name: string, value: string): unknown;
}

/** What a reader can be bound to: a function, a container, or a task definition for its default container. */
export type ReaderHost = ReaderFunction | ContainerDefinition | TaskDefinition;

export interface BindReaderOptions {
  /**
   * May report that the token was rejected, as `grantReport`.
   *
   * @default true
   */
  readonly report?: boolean;

  /**
   * May read the app key's secret, too: KIS wants appkey and appsecret beside the token on every call.
   *
   * @default false
   */
  readonly appKey?: boolean;
}

/** Who is granted, and how its environment is set. */
export function hostOf(host: ReaderHost): {
  readonly grantee: IGrantable;
  readonly set: (name: string, value: string) => void;
} {
  const container = host instanceof TaskDefinition ? host.defaultContainer : host;
  if (container instanceof ContainerDefinition) {
    // The task's role is what the program runs with; the execution role only starts it.
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
        allowed: 'one that has its default container',
        fix: 'call addContainer before bindReader, or bind the container itself',
      },
    ]);
  }
  return { grantee: container, set: (name, value) => void container.addEnvironment(name, value) };
}
