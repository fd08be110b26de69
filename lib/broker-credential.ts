import { Duration, Stack } from 'aws-cdk-lib';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { formatConfig } from '../lambdas/shared/credential.ts';
import type { InboxMessage } from '../lambdas/shared/message.ts';
import {
  appKeyVariable,
  METRICS,
  parameterNames,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../lambdas/shared/names.ts';
import { CredentialAlarms } from './alarms/credential-alarms.ts';
import { credentialMetric } from './alarms/stack-metrics.ts';
import type { CompleteCredentialProps } from './credential-props.ts';
import { forTokens, viaService } from './key-conditions.ts';
import { type BindReaderOptions, hostOf, type ReaderHost } from './reader-binding.ts';
import { allowRejectionTopics, RejectionTopic } from './rejection-topic.ts';
import { secretArnForPolicy } from './secret.ts';
import { SecretChangeRule } from './secret-change-rule.ts';
import type { TokenRefresher } from './token-refresher.ts';

/** One (broker, market, app key) that a token is kept for. Made by `TokenRefresher.addCredential()`. */
export class BrokerCredential extends Construct {
  readonly credentialId: string;
  readonly secret: ISecret;
  /** SecureString: the bare access token. */
  readonly tokenParameterName: string;
  readonly tokenParameterArn: string;
  /** String, JSON without any secret: generation, fingerprint, expiry and what happened last. */
  readonly stateParameterName: string;
  readonly stateParameterArn: string;
  readonly schedule: Schedule;
  readonly alarms: CredentialAlarms;
  readonly secretChangeRule: SecretChangeRule;
  readonly #refresher: TokenRefresher;
  #topic: RejectionTopic | undefined;

  constructor(refresher: TokenRefresher, id: string, props: CompleteCredentialProps) {
    super(refresher, id);
    const names = parameterNames(refresher.parameterPrefix, id);
    this.#refresher = refresher;
    this.credentialId = id;
    this.secret = props.secret;
    this.tokenParameterName = names.token;
    this.tokenParameterArn = this.#parameterArn(names.token);
    this.stateParameterName = names.state;
    this.stateParameterArn = this.#parameterArn(names.state);

    const config = new StringParameter(this, 'Config', {
      parameterName: names.config,
      description: `What the broker credential ${id} is; written by the stack`,
      tier: ParameterTier.STANDARD,
      stringValue: formatConfig({
        version: 1,
        id,
        broker: props.broker,
        market: props.market,
        secretArn: props.secret.secretFullArn ?? props.secret.secretArn,
        renewBeforeSeconds: props.renewBefore.toSeconds(),
        checkEverySeconds: refresher.checkEvery.toSeconds(),
        sessions: props.sessions,
        maxIssuesPerDay: props.maxIssuesPerDay,
        minimumIntervalSeconds: props.minimumInterval?.toSeconds(),
        renewEarly: props.renewEarly,
      }),
    });

    // Created before and deleted after everything that makes the function look at the credential.
    const created = refresher.cleanUp(this, id);
    config.node.addDependency(created);

    this.#allowFunction(this.#parameterArn(names.config));
    this.schedule = this.#tick(config);
    this.secretChangeRule = new SecretChangeRule(this, 'SecretChangeRule', {
      credential: id,
      secret: props.secret,
      inbox: refresher.inbox,
      namePrefix: refresher.namePrefix,
    });
    this.secretChangeRule.node.addDependency(config, refresher.function);
    this.alarms = new CredentialAlarms(this, 'Alarms', {
      credential: id,
      namePrefix: refresher.namePrefix,
      stateParameterName: names.state,
      checkEvery: refresher.checkEvery,
      renewBefore: props.renewBefore,
      topic: refresher.alarmTopic,
    });
  }

  /**
   * Lets a consumer read this credential's token and state, and nothing else: exact ARNs, because a
   * grant by path opens the whole subtree, and not the history, which holds old tokens.
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
      resourceArns: [this.#refresher.tokenKey.keyArn],
      conditions: forTokens(this, this.tokenParameterArn),
    });
    return parameters.combine(key);
  }

  /**
   * Lets a consumer report that a generation of this credential's token was rejected, and nothing else:
   * it publishes the message of the inbox contract to `reportTopic`. The refresher tries the token
   * itself before it believes it.
   */
  grantReport(grantee: IGrantable): Grant {
    return this.#rejectionTopic().grantPublish(grantee);
  }

  /** Where rejections are reported to, for a consumer that `grantReport` was called for; made on first use. */
  get reportTopic(): ITopic {
    return this.#rejectionTopic().topic;
  }

  /**
   * All that a consumer with the reader (`broker-token-refresher/reader`) needs: `grantRead`, `grantReport`, if it is asked for
   * the app key's secret, and the environment that `createTokenReader()` takes its settings from.
   *
   * @throws ConfigurationError for a task definition without a container
   */
  bindReader(host: ReaderHost, { report = true, appKey = false }: BindReaderOptions = {}): void {
    const { grantee, set } = hostOf(host);
    this.grantRead(grantee);
    // Of several credentials the one that is bound last is the one that a reader without settings reads.
    set(READER_ENVIRONMENT.credential, this.credentialId);
    set(READER_ENVIRONMENT.prefix, this.#refresher.parameterPrefix);
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
    return credentialMetric(this.credentialId, METRICS.secondsToExpiry, {
      statistic: Stats.MINIMUM,
      ...props,
    });
  }

  /**
   * As seconds to expiry, but `renewBefore` while a living token only waits for its own end.
   *
   * @default - minimum over five minutes
   */
  metricHeadroom(props?: MetricOptions): Metric {
    return credentialMetric(this.credentialId, METRICS.headroom, { statistic: Stats.MINIMUM, ...props });
  }

  /**
   * 0 healthy, 1 failing, 2 action required.
   *
   * @default - maximum over five minutes
   */
  metricFailureLevel(props?: MetricOptions): Metric {
    return credentialMetric(this.credentialId, METRICS.failureLevel, { statistic: Stats.MAXIMUM, ...props });
  }

  #rejectionTopic(): RejectionTopic {
    const { inbox, tokenKey, namePrefix } = this.#refresher;
    if (this.#topic === undefined) {
      allowRejectionTopics(inbox, namePrefix);
      const credential = this.credentialId;
      this.#topic = new RejectionTopic(this, 'RejectionTopic', {
        credential,
        inbox,
        key: tokenKey,
        namePrefix,
      });
    }
    return this.#topic;
  }

  #tick(config: StringParameter): Schedule {
    const { inbox, checkEvery, scheduleGroup, schedulerRole } = this.#refresher;
    const body: InboxMessage = {
      credential: this.credentialId,
      cause: 'schedule',
      // Two ticks differ and one delivered twice does not, which is what deduplication by content needs.
      at: ContextAttribute.scheduledTime,
    };
    const schedule = new Schedule(this, 'Schedule', {
      scheduleName: this.credentialId,
      scheduleGroup,
      description: `Ticks of the broker credential ${this.credentialId}`,
      schedule: ScheduleExpression.rate(checkEvery),
      target: new SqsSendMessage(inbox, {
        role: schedulerRole,
        messageGroupId: this.credentialId,
        input: ScheduleTargetInput.fromObject(body),
        retryAttempts: 3,
        // A tick that could not be delivered before the next one is worth nothing; 60 s is the least.
        maxEventAge: Duration.seconds(Math.max(60, checkEvery.toSeconds() - 60)),
      }),
    });
    // A rate without a start date fires at once on creation: by then everything must be there.
    schedule.node.addDependency(config, schedulerRole, this.#refresher.function);
    return schedule;
  }

  #allowFunction(configArn: string): void {
    const { tokenParameterArn: token, stateParameterArn: state } = this;
    const allow = (actions: string[], resources: string[], conditions = {}): void =>
      this.#refresher.allow(new PolicyStatement({ actions, resources, conditions }));
    // The patterns of a fleet cover these, and exact names beside them would only fill the policies.
    if (this.#refresher.fleet === undefined) {
      // Each tick reads all three in one call, the token without decryption: its version suffices.
      allow(['ssm:GetParameters'], [configArn, state, token]);
      // With decryption only to verify, revoke or restore the token; a version of it has the same ARN.
      allow(['ssm:GetParameter'], [token]);
      allow(['ssm:PutParameter', 'ssm:AddTagsToResource'], [token, state]);
      this.#refresher.allowTokenKey(token);
    }
    // DescribeSecret returns the current version without the value.
    allow(
      ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      [secretArnForPolicy(this.secret)],
    );
    // The secret's own key; one of another account must allow it in its policy as well.
    const { encryptionKey } = this.secret;
    if (encryptionKey) allow(['kms:Decrypt'], [encryptionKey.keyArn], viaService(this, 'secretsmanager'));
  }

  #parameterArn(name: string): string {
    return Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
  }
}
