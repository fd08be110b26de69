import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { METRICS, parameterNames } from '../lambdas/shared/names.ts';
import { CredentialAlarms } from './alarms/credential-alarms.ts';
import { stackMetric } from './alarms/stack-metrics.ts';
import { BrokerCredentialBase } from './consumers/broker-credential-base.ts';
import { type BrokerCredentialAttributes, ImportedCredential } from './consumers/imported-credential.ts';
import { createRejectionTopic } from './consumers/rejection-topic.ts';
import { type CredentialSpec, configText, requireParsed } from './credential-props.ts';
import { viaServiceCondition } from './key.ts';
import { parameterArns } from './parameters.ts';
import type { RefresherParts } from './refresher-parts.ts';
import { createTickSchedule } from './schedules.ts';
import { secretArnForPolicy } from './secret/secret.ts';
import { SecretChangeRule } from './secret/secret-change-rule.ts';

/**
 * An app key of one broker and market, for which the refresher keeps a live access token.
 * `TokenRefresher.addCredential()` creates a credential; `fromCredentialId` and `fromAttributes` import a
 * credential from a different app.
 */
export class BrokerCredential extends BrokerCredentialBase {
  /**
   * Imports a credential that a different app or `tokens add` maintains in this account and region.
   * `grantRead` of this import allows decryption with any KMS key of the account, but only of the token of
   * this credential. To grant reports of rejected tokens, use `fromAttributes`.
   *
   * @param parameterPrefix of its refresher
   * @throws ConfigurationError with all problems at once
   */
  static fromCredentialId(
    scope: Construct,
    id: string,
    credentialId: string,
    parameterPrefix?: string,
  ): BrokerCredentialBase {
    return new ImportedCredential(scope, id, { credentialId, parameterPrefix });
  }

  /**
   * Imports a credential as `fromCredentialId` does, with more attributes. @throws ConfigurationError with
   * all problems at once
   */
  static fromAttributes(
    scope: Construct,
    id: string,
    attributes: BrokerCredentialAttributes,
  ): BrokerCredentialBase {
    return new ImportedCredential(scope, id, attributes);
  }

  readonly secret: ISecret;
  readonly schedule: Schedule;
  readonly alarms: CredentialAlarms;
  readonly secretChangeRule: SecretChangeRule;
  readonly #parts: RefresherParts;
  #topic: ITopic | undefined;

  /**
   * Use `TokenRefresher.addCredential()`, which validates the props.
   * @param hasFleet whether the refresher has the permissions of a fleet. These permissions already cover the
   * parameters of every credential; exact names would only lengthen the policies.
   * @internal
   */
  constructor(scope: Construct, id: string, spec: CredentialSpec, parts: RefresherParts, hasFleet: boolean) {
    requireParsed(id, spec);
    super(scope, id, id, parts.parameterPrefix);
    const { refresher } = parts;
    this.#parts = parts;
    this.secret = spec.secret;

    const config = this.#createConfig(spec);
    // The custom resource of the former id stays in the template, so CloudFormation keeps the parameters.
    if (spec.formerId !== undefined)
      parts.cleanup.addCredential(new Construct(scope, spec.formerId), spec.formerId);
    if (!hasFleet) {
      refresher.allowParameters(parameterArns(this, parts.parameterPrefix, id));
      refresher.allowToken(this.tokenParameterArn);
    }
    refresher.allowSecret(secretArnForPolicy(spec.secret));
    const keyArn = spec.secret.encryptionKey?.keyArn;
    // The key policy must also allow the role, unless the key policy allows access through IAM policies.
    if (keyArn !== undefined)
      refresher.addPermissions(['kms:Decrypt'], [keyArn], viaServiceCondition(this, 'secretsmanager'));
    this.schedule = createTickSchedule(this, id, parts);
    // A schedule with a rate and no start date fires as soon as it is created, so its target must already
    // exist.
    this.schedule.node.addDependency(config, parts.schedulerRole, refresher.function);
    this.secretChangeRule = new SecretChangeRule(this, id, spec.secret, parts);
    this.secretChangeRule.node.addDependency(config, refresher.function);
    this.alarms = new CredentialAlarms(this, parts, id, this.stateParameterName, spec.renewBefore);
  }

  get reportTopic(): ITopic {
    this.#topic ??= createRejectionTopic(this, this.credentialId, this.#parts);
    return this.#topic;
  }

  protected get tokenKeyArn(): string {
    return this.#parts.tokenKey.keyArn;
  }

  /**
   * The seconds until the published token expires; 0 without a live token.
   *
   * @default - minimum over five minutes
   */
  metricSecondsToExpiry(props?: MetricOptions): Metric {
    return this.#metric(METRICS.secondsToExpiry, Stats.MINIMUM, props);
  }

  /**
   * The metric Headroom: the seconds until the published token expires. While the refresher deliberately
   * keeps a live token until its expiry, the value is at least `renewBefore`.
   *
   * @default - minimum over five minutes
   */
  metricHeadroom(props?: MetricOptions): Metric {
    return this.#metric(METRICS.headroom, Stats.MINIMUM, props);
  }

  /**
   * The failure level: 0 healthy, 1 failing, 2 action required.
   *
   * @default - maximum over five minutes
   */
  metricFailureLevel(props?: MetricOptions): Metric {
    return this.#metric(METRICS.failureLevel, Stats.MAXIMUM, props);
  }

  #metric(name: string, statistic: string, props: MetricOptions = {}): Metric {
    return stackMetric(this.#parts.namePrefix, name, { statistic, ...props }, this.credentialId);
  }

  /**
   * Creates the config parameter. This parameter and the role of the refresher depend on the custom resource of
   * the cleanup, so no invocation writes the token and state parameters after their deletion.
   */
  #createConfig(spec: CredentialSpec): StringParameter {
    const { parameterPrefix, checkEvery, cleanup, refresher } = this.#parts;
    const config = new StringParameter(this, 'Config', {
      parameterName: parameterNames(parameterPrefix, spec.id).config,
      description: `Settings of the broker credential ${spec.id}, from the stack`,
      tier: ParameterTier.STANDARD,
      stringValue: configText(spec, checkEvery.toSeconds()),
    });
    const cleanupResource = cleanup.addCredential(this, spec.id);
    config.node.addDependency(cleanupResource);
    refresher.role.node.addDependency(cleanupResource);
    return config;
  }
}
