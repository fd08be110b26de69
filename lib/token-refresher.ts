import { Duration } from 'aws-cdk-lib';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RefresherDashboard } from './alarms/dashboard.ts';
import { createAlarmTopic } from './alarms/runbook-alarm.ts';
import { natInstanceAlarm, ServiceAlarms } from './alarms/service-alarms.ts';
import { BrokerCredential } from './broker-credential.ts';
import { Cleanup } from './cleanup/cleanup.ts';
import type { ParsedRefresherProps } from './config/props-schema.ts';
import { type CredentialProps, parseCredentialProps } from './credential-props.ts';
import { Fleet } from './fleet/fleet.ts';
import { keepLogicalIds } from './former-path.ts';
import { Inbox } from './inbox.ts';
import { createTokenKey } from './key.ts';
import { EgressNetwork } from './network/egress.ts';
import { createOutputs } from './outputs.ts';
import { RefresherFunction } from './refresher-function.ts';
import type { RefresherParts } from './refresher-parts.ts';
import { createScheduleGroupAndRole } from './schedules.ts';
import { allowSecretChangeRules } from './secret/secret-change-rule.ts';
import { validateLimits } from './stack-limits.ts';
import { parseRefresherProps, type TokenRefresherProps } from './token-refresher-props.ts';

/** Keeps a live token of each credential in Parameter Store. */
export class TokenRefresher extends Construct {
  /** The network of the refresher, which consumers can join; undefined with public egress. */
  readonly network: EgressNetwork | undefined;
  /**
   * The alarms of the resources that all credentials share; the alarms of one credential are
   * `credential.alarms`.
   */
  readonly alarms: ServiceAlarms;
  /**
   * The resources for credentials that are added without a deployment; undefined without the option `fleet`.
   */
  readonly fleet: Fleet | undefined;
  readonly dashboard: RefresherDashboard;
  readonly #settings: ParsedRefresherProps;
  readonly #parts: RefresherParts;
  readonly #credentials: BrokerCredential[] = [];

  constructor(scope: Construct, id: string, props: TokenRefresherProps = {}) {
    super(scope, id);
    const settings = parseRefresherProps(this, props);
    const { parameterPrefix, namePrefix, runbookUrl, egress, formerPath } = settings;
    const checkEvery = Duration.seconds(settings.checkEvery);
    const tokenKey = createTokenKey(this, settings.keepParameters);
    const inbox = new Inbox(this, settings);
    const cleanup = new Cleanup(this, settings);
    this.network = egress === 'public' ? undefined : new EgressNetwork(this, 'Egress', egress);
    const refresher = new RefresherFunction(this, settings, tokenKey, inbox, this.network);
    const groupAndRole = createScheduleGroupAndRole(
      this,
      namePrefix,
      'Sends ticks to the inbox of the token refresher',
    );
    allowSecretChangeRules(inbox, namePrefix);
    const alarmTopic = createAlarmTopic(this, tokenKey, settings.alarmEmail);
    const commonParts = { parameterPrefix, namePrefix, checkEvery, runbookUrl };
    const parts = { ...commonParts, ...groupAndRole, tokenKey, inbox, cleanup, refresher, alarmTopic };
    this.alarms = new ServiceAlarms(this, 'ServiceAlarms', parts);
    this.fleet = settings.fleet && new Fleet(this, parts, settings, settings.fleet.secretPrefix);
    const natInstance = this.network?.natInstance;
    this.dashboard = new RefresherDashboard(this, 'Overview', parts, [
      ...this.alarms.all,
      ...(natInstance ? [natInstanceAlarm(this, parts, natInstance)] : []),
      ...(this.fleet?.alarms.all ?? []),
    ]);
    validateLimits(this, refresher.role);
    createOutputs(this, parts, this.network, settings, this.#credentials);
    if (formerPath !== undefined) keepLogicalIds(this, formerPath);
    this.#settings = settings;
    this.#parts = parts;
  }

  get parameterPrefix(): string {
    return this.#parts.parameterPrefix;
  }

  get namePrefix(): string {
    return this.#parts.namePrefix;
  }

  /** The key that encrypts the token parameters and the alarm topic. */
  get tokenKey(): Key {
    return this.#parts.tokenKey;
  }

  get inbox(): Queue {
    return this.#parts.inbox.queue;
  }

  get deadLetters(): Queue {
    return this.#parts.inbox.deadLetters;
  }

  get function(): LambdaFunction {
    return this.#parts.refresher.function;
  }

  /** The function's role. */
  get role(): Role {
    return this.#parts.refresher.role;
  }

  get alarmTopic(): Topic {
    return this.#parts.alarmTopic;
  }

  /** The VPC for consumers that must use the same outbound address; undefined with public egress. */
  get vpc(): IVpc | undefined {
    return this.network?.vpc;
  }

  /** The subnets of `vpc` that use the same outbound address. */
  get vpcSubnets(): SubnetSelection | undefined {
    return this.network?.vpcSubnets;
  }

  /** The credentials that were added so far. */
  get credentials(): readonly BrokerCredential[] {
    return this.#credentials;
  }

  /**
   * Adds a credential. The refresher then keeps a live token of this credential in Parameter Store.
   *
   * @param id names the credential and its parameters, such as `kis-main`
   * @throws ConfigurationError with all problems at once
   */
  addCredential(id: string, props: CredentialProps): BrokerCredential {
    const spec = parseCredentialProps(this, id, props, this.#settings);
    const credential = new BrokerCredential(this, id, spec, this.#parts, this.fleet !== undefined);
    this.#credentials.push(credential);
    this.dashboard.addCredential(id, credential.alarms.all);
    return credential;
  }
}
