import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { FunctionAssets } from './bundled-function.ts';
import type { BrokerTokensConfig } from './config/config.ts';
import type { Egress } from './network/egress.ts';
import { resolveSecret } from './secret/secret.ts';
import { TokenRefresher } from './token-refresher.ts';

export interface BrokerTokensStackProps extends StackProps {
  /** The configuration that `parseBrokerTokens` returns. */
  readonly config: BrokerTokensConfig;

  /** The code of the functions; by default the bundles in `dist`. */
  readonly assets?: FunctionAssets | undefined;
}

/** The stack that a configuration in cdk.json describes. */
export class BrokerTokensStack extends Stack {
  readonly refresher: TokenRefresher;

  constructor(scope: Construct, id: string, { config, assets, ...props }: BrokerTokensStackProps) {
    super(scope, id, {
      description: 'Keeps live broker tokens in SSM Parameter Store',
      // Indentation would be a third of the template, and CloudFormation accepts templates of at most 1 MB.
      suppressTemplateIndentation: true,
      ...props,
    });
    const { credentials, checkEvery, renewBefore, responseTime, egress, ...settings } = config;
    this.refresher = new TokenRefresher(this, 'TokenRefresher', {
      ...settings,
      checkEvery: Duration.seconds(checkEvery),
      renewBefore: optionalDuration(renewBefore),
      responseTime: Duration.seconds(responseTime),
      egress: resolveEgress(this, egress),
      assets,
    });
    for (const credential of credentials) {
      const { id, renewBefore, minimumInterval, ...options } = credential;
      this.refresher.addCredential(id, {
        ...options,
        secret: resolveSecret(this, credential),
        renewBefore: optionalDuration(renewBefore),
        minimumInterval: optionalDuration(minimumInterval),
      });
    }
    this.#outputCreatedSecrets(config);
    // The operator and the command line use the short names of the outputs.
    for (const output of this.refresher.node.children)
      if (output instanceof CfnOutput) output.overrideLogicalId(output.node.id);
  }

  #outputCreatedSecrets({ credentials }: BrokerTokensConfig): void {
    const createdSecrets = this.refresher.credentials
      .filter((_, index) => credentials[index]?.secret.create)
      .map(({ credentialId, secret }) => `${credentialId}=${secret.secretArn}`);
    if (createdSecrets.length === 0) return;
    const description = 'Secrets without a value: add the app key to each';
    new CfnOutput(this, 'SecretsToFillIn', { value: createdSecrets.join(','), description });
  }
}

const optionalDuration = (seconds: number | undefined) =>
  seconds === undefined ? undefined : Duration.seconds(seconds);

function resolveEgress(scope: Construct, settings: BrokerTokensConfig['egress']): Egress {
  if (settings === 'public' || settings.kind === 'static') return settings;
  const { kind, ...attributes } = settings;
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', attributes);
  Validations.of(vpc).acknowledge({
    id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'The owner of the VPC manages its route tables; this stack does not read them',
  });
  return { kind, vpc };
}
