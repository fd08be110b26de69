import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { METRICS, parameterNames } from '../lambdas/shared/names.ts';
import { CredentialAlarms } from './alarms/credential-alarms.ts';
import { credentialMetric } from './alarms/stack-metrics.ts';
import { BrokerCredentialBase } from './consumers/broker-credential-base.ts';
import { type BrokerCredentialAttributes, ImportedCredential } from './consumers/imported-credential.ts';
import { allowRejectionTopics, RejectionTopic } from './consumers/rejection-topic.ts';
import { type CredentialSpec, configText, requireParsed } from './credential-props.ts';
import { viaServiceCondition } from './key.ts';
import { parameterArns } from './parameters.ts';
import type { RefresherParts } from './refresher-parts.ts';
import { createTickSchedule } from './schedules.ts';
import { secretArnForPolicy } from './secret/secret.ts';
import { SecretChangeRule } from './secret/secret-change-rule.ts';

/** @internal */
export interface BrokerCredentialProps {
  readonly spec: CredentialSpec;
  readonly parts: RefresherParts;
  /** Whether the refresher has the permissions of a fleet, which cover the parameters of every credential. */
  readonly hasFleet: boolean;
}

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
  readonly #props: BrokerCredentialProps;
  #topic: RejectionTopic | undefined;

  /** @internal Use `TokenRefresher.addCredential()`, which validates the props. */
  constructor(scope: Construct, id: string, props: BrokerCredentialProps) {
    requireParsed(id, props?.spec);
    const { parts, spec } = props;
    super(scope, id, id, parts.parameterPrefix);
    this.#props = props;
    this.secret = spec.secret;

    const config = this.#createConfig();
    parts.cleanup.keepParametersOfFormerId(scope, spec.formerId);
    this.#allowParameters();
    this.#allowSecret();
    this.schedule = createTickSchedule(this, id, parts);
    // A schedule with a rate and no start date fires as soon as it is created, so its target must already
    // exist.
    this.schedule.node.addDependency(config, parts.schedulerRole, parts.refresher.function);
    this.secretChangeRule = this.#createSecretChangeRule(config);
    this.alarms = new CredentialAlarms(this, 'Alarms', {
      ...parts,
      credential: id,
      stateParameterName: this.stateParameterName,
      renewBefore: spec.renewBefore,
    });
  }

  get reportTopic(): ITopic {
    if (this.#topic === undefined) {
      const { inbox, tokenKey, namePrefix } = this.#props.parts;
      allowRejectionTopics(inbox, namePrefix);
      this.#topic = new RejectionTopic(this, 'RejectionTopic', {
        credential: this.credentialId,
        inbox: inbox.queue,
        key: tokenKey,
        namePrefix,
      });
    }
    return this.#topic.topic;
  }

  protected get tokenKeyArn(): string {
    return this.#props.parts.tokenKey.keyArn;
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
    return credentialMetric(this.#props.parts.namePrefix, this.credentialId, name, { statistic, ...props });
  }

  /**
   * Creates the config parameter, and a custom resource that deletes the token and state parameters. The
   * config parameter and the role of the refresher depend on the custom resource, so CloudFormation deletes
   * them first, and no invocation writes the parameters after their deletion.
   */
  #createConfig(): StringParameter {
    const { parts, spec } = this.#props;
    const config = new StringParameter(this, 'Config', {
      parameterName: parameterNames(parts.parameterPrefix, spec.id).config,
      description: `Settings of the broker credential ${spec.id}, from the stack`,
      tier: ParameterTier.STANDARD,
      stringValue: configText(spec, parts.checkEvery.toSeconds()),
    });
    const cleanup = parts.cleanup.addCredential(this, spec.id);
    config.node.addDependency(cleanup);
    parts.refresher.role.node.addDependency(cleanup);
    return config;
  }

  #createSecretChangeRule(config: StringParameter): SecretChangeRule {
    const { inbox, namePrefix, refresher } = this.#props.parts;
    const rule = new SecretChangeRule(this, 'SecretChangeRule', {
      credential: this.credentialId,
      secret: this.secret,
      inbox: inbox.queue,
      namePrefix,
    });
    rule.node.addDependency(config, refresher.function);
    return rule;
  }

  /**
   * Grants the refresher access to the parameters of this credential. The permissions of a fleet already
   * cover all parameters; exact names would only lengthen the policies.
   */
  #allowParameters(): void {
    const { hasFleet, parts, spec } = this.#props;
    if (hasFleet) return;
    parts.refresher.allowParameters(parameterArns(this, parts.parameterPrefix, spec.id));
    parts.refresher.allowToken(this.tokenParameterArn);
  }

  /**
   * Grants the refresher access to the secret. If the secret has its own KMS key, the key policy must also
   * allow the role, unless the key policy allows access through IAM policies.
   */
  #allowSecret(): void {
    const { refresher } = this.#props.parts;
    refresher.allowSecret(secretArnForPolicy(this.secret));
    const { encryptionKey } = this.secret;
    if (encryptionKey)
      refresher.addPermissions(
        ['kms:Decrypt'],
        [encryptionKey.keyArn],
        viaServiceCondition(this, 'secretsmanager'),
      );
  }
}
