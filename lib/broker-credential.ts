import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  appKeyVariable,
  METRICS,
  parameterNames,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../lambdas/shared/names.ts';
import { CredentialAlarms } from './alarms/credential-alarms.ts';
import { credentialMetric } from './alarms/stack-metrics.ts';
import { type BindReaderOptions, hostOf, type ReaderHost } from './consumers/reader-binding.ts';
import { allowRejectionTopics, RejectionTopic } from './consumers/rejection-topic.ts';
import { type CredentialSpec, configText } from './credential-props.ts';
import { forTokens, viaService } from './key.ts';
import { parameterArn } from './parameters.ts';
import type { RefresherParts } from './refresher-parts.ts';
import { createTickSchedule } from './schedules.ts';
import { secretArnForPolicy } from './secret/secret.ts';
import { SecretChangeRule } from './secret/secret-change-rule.ts';

export interface BrokerCredentialProps {
  readonly spec: CredentialSpec;
  readonly parts: RefresherParts;
  /** The refresher has the permissions of a fleet, which cover the parameters of every credential. */
  readonly hasFleet: boolean;
}

/** A broker, market and app key with a live token. Created by `TokenRefresher.addCredential()`. */
export class BrokerCredential extends Construct {
  readonly credentialId: string;
  readonly secret: ISecret;
  /** SecureString: the bare access token. */
  readonly tokenParameterName: string;
  readonly tokenParameterArn: string;
  /** String, JSON without any secret: generation, fingerprint, expiry and the last attempt. */
  readonly stateParameterName: string;
  readonly stateParameterArn: string;
  readonly schedule: Schedule;
  readonly alarms: CredentialAlarms;
  readonly secretChangeRule: SecretChangeRule;
  readonly #props: BrokerCredentialProps;
  #topic: RejectionTopic | undefined;

  constructor(scope: Construct, id: string, props: BrokerCredentialProps) {
    super(scope, id);
    const { parts, spec } = props;
    const names = parameterNames(parts.parameterPrefix, id);
    this.#props = props;
    this.credentialId = id;
    this.secret = spec.secret;
    this.tokenParameterName = names.token;
    this.tokenParameterArn = parameterArn(this, names.token);
    this.stateParameterName = names.state;
    this.stateParameterArn = parameterArn(this, names.state);

    const config = this.#createConfig(names.config);
    this.#allowParameters(names.config);
    this.#allowSecret();
    this.schedule = createTickSchedule(this, id, parts);
    // A rate without a start date fires as soon as it is created.
    this.schedule.node.addDependency(config, parts.schedulerRole, parts.refresher.function);
    this.secretChangeRule = this.#createSecretChangeRule(config);
    this.alarms = new CredentialAlarms(this, 'Alarms', {
      ...parts,
      credential: id,
      stateParameterName: names.state,
      renewBefore: spec.renewBefore,
    });
  }

  /**
   * Allows a consumer to read the token and the state of this credential, by exact ARNs: a grant by path would cover
   * every credential. The history of the parameters, which holds old tokens, stays closed.
   */
  grantRead(grantee: IGrantable): Grant {
    const parameters = Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter', 'ssm:GetParameters'],
      resourceArns: [this.tokenParameterArn, this.stateParameterArn],
    });
    const key = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.#props.parts.tokenKey.keyArn],
      conditions: forTokens(this, this.tokenParameterArn),
    });
    return parameters.combine(key);
  }

  /**
   * Allows a consumer to report that a generation of this credential's token was rejected, by publishing the message
   * of the inbox contract to `reportTopic`. The refresher verifies the token before it acts on a report.
   */
  grantReport(grantee: IGrantable): Grant {
    return this.#rejectionTopic().grantPublish(grantee);
  }

  /** The topic for reports of rejected tokens, for consumers with `grantReport`; created on first use. */
  get reportTopic(): ITopic {
    return this.#rejectionTopic().topic;
  }

  /**
   * Binds a consumer that uses the reader (`broker-token-refresher/reader`): `grantRead`, `grantReport`, on request the
   * secret with the app key, and the environment that `createTokenReader()` reads.
   *
   * @throws ConfigurationError for a task definition without a container
   */
  bindReader(host: ReaderHost, { report = true, appKey = false }: BindReaderOptions = {}): void {
    const { grantee, set } = hostOf(host);
    this.grantRead(grantee);
    // With several bound credentials, a reader without settings reads the last one.
    set(READER_ENVIRONMENT.credential, this.credentialId);
    set(READER_ENVIRONMENT.prefix, this.#props.parts.parameterPrefix);
    if (report) {
      this.grantReport(grantee);
      set(reportTopicVariable(this.credentialId), this.reportTopic.topicArn);
    }
    if (appKey) {
      this.secret.grantRead(grantee);
      set(appKeyVariable(this.credentialId), this.secret.secretFullArn ?? this.secret.secretArn);
    }
  }

  /**
   * Seconds to the expiry of the published token, 0 without a live one.
   *
   * @default - minimum over five minutes
   */
  metricSecondsToExpiry(props?: MetricOptions): Metric {
    return this.#metric(METRICS.secondsToExpiry, Stats.MINIMUM, props);
  }

  /**
   * As seconds to expiry, but `renewBefore` while a live token only waits for its own end.
   *
   * @default - minimum over five minutes
   */
  metricHeadroom(props?: MetricOptions): Metric {
    return this.#metric(METRICS.headroom, Stats.MINIMUM, props);
  }

  /**
   * 0 healthy, 1 failing, 2 action required.
   *
   * @default - maximum over five minutes
   */
  metricFailureLevel(props?: MetricOptions): Metric {
    return this.#metric(METRICS.failureLevel, Stats.MAXIMUM, props);
  }

  #metric(name: string, statistic: string, props: MetricOptions = {}): Metric {
    return credentialMetric(this.#props.parts.namePrefix, this.credentialId, name, { statistic, ...props });
  }

  #rejectionTopic(): RejectionTopic {
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
    return this.#topic;
  }

  /** The config parameter, and the custom resource that deletes the other two after everything that writes them. */
  #createConfig(parameterName: string): StringParameter {
    const { parts, spec } = this.#props;
    const config = new StringParameter(this, 'Config', {
      parameterName,
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

  #allowParameters(configName: string): void {
    // The patterns of a fleet cover these names; exact names would only fill the policies.
    if (this.#props.hasFleet) return;
    const { refresher } = this.#props.parts;
    const { tokenParameterArn: token, stateParameterArn: state } = this;
    // Each tick reads all three in one call, the token without decryption: its version suffices.
    refresher.allow(['ssm:GetParameters'], [parameterArn(this, configName), state, token]);
    // Decryption is only for verifying, revoking or restoring the token. Its versions have the same ARN.
    refresher.allow(['ssm:GetParameter'], [token]);
    refresher.allow(['ssm:PutParameter', 'ssm:AddTagsToResource'], [token, state]);
    refresher.allowToken(token);
  }

  #allowSecret(): void {
    const { refresher } = this.#props.parts;
    // DescribeSecret returns the current version without the value.
    refresher.allow(
      ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      [secretArnForPolicy(this.secret)],
    );
    // The secret's own key. A key of another account must allow the role in its policy, too.
    const { encryptionKey } = this.secret;
    if (encryptionKey)
      refresher.allow(['kms:Decrypt'], [encryptionKey.keyArn], viaService(this, 'secretsmanager'));
  }
}
