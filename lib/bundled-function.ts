import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';
import { type NagReasons, suppressNag } from './nag-suppressions.ts';

/**
 * The code of the three functions. If the code of a function is undefined, the stack uses the bundle in
 * `dist`.
 */
export interface FunctionAssets {
  /** @default - `dist/lambda`, as `npm run bundle` writes it */
  readonly refresher?: Code | undefined;

  /** @default - `dist/fleet-monitor` */
  readonly fleetMonitor?: Code | undefined;

  /** @default - `dist/cleanup` */
  readonly cleanup?: Code | undefined;
}

const ASSET_FOLDERS = { refresher: 'lambda', fleetMonitor: 'fleet-monitor', cleanup: 'cleanup' } as const;

/** The error for a function whose bundle does not exist. */
export class BundleMissingError extends BrokerTokensError {
  readonly code = 'BundleMissing';
}

interface BundledFunctionProps
  extends Pick<FunctionProps, 'timeout' | 'environment' | 'vpc' | 'vpcSubnets' | 'securityGroups'> {
  readonly asset: keyof FunctionAssets;
  readonly assets?: FunctionAssets | undefined;
  readonly description: string;
  readonly roleDescription: string;
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays | undefined;
  readonly nagReasons: NagReasons;
}

/** A Lambda function with its role, its log group, and the settings of all functions of this project. */
export abstract class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { asset, assets, roleDescription, logRetention, nagReasons, ...functionProps } = props;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The default role of the CDK is not used, because its managed policy allows writing to every log group.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: roleDescription,
    });
    this.logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      ...functionProps,
      // The runtime is pinned, because a feature flag of the CDK could otherwise change it.
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: assets?.[asset] ?? bundledCode(ASSET_FOLDERS[asset]),
      role: this.role,
      // Lambda assigns CPU in proportion to memory: with 128 MB the SDK takes twice as long to start, at the
      // same cost.
      memorySize: 256,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    suppressNag(this.function, nagReasons);
  }

  /** Adds permissions to the role of the function. */
  addPermissions(actions: string[], resources: string[], conditions = {}): void {
    this.role.addToPrincipalPolicy(new PolicyStatement({ actions, resources, conditions }));
  }
}

function bundledCode(folder: string): Code {
  const root = join(import.meta.dirname, '..');
  // This file is lib/bundled-function.ts in the sources, and dist/lib/bundled-function.js in the package.
  const directory = basename(root) === 'dist' ? join(root, folder) : join(root, 'dist', folder);
  if (!existsSync(join(directory, 'index.js')))
    throw new BundleMissingError(
      `There is no bundle of the function at dist/${folder}/index.js. Run: npm run bundle`,
    );
  return Code.fromAsset(directory);
}
