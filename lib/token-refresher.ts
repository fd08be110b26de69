import { type CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEFAULT_PARAMETER_PREFIX } from '../lambdas/shared/names.ts';
import { AlarmTopic } from './alarms/alarm-topic.ts';
import { RefresherDashboard } from './alarms/dashboard.ts';
import { natInstanceAlarm } from './alarms/nat-instance-alarm.ts';
import { ServiceAlarms } from './alarms/service-alarms.ts';
import { BrokerCredential } from './broker-credential.ts';
import { Cleanup } from './cleanup/cleanup.ts';
import { ConfigurationError, type Problem, showValue } from './config/configuration-error.ts';
import { DEFAULTS, FUNCTION_TIMEOUT_OVER_INTERVAL } from './config/limits.ts';
import { credentialProblems } from './config/rules.ts';
import { type CredentialProps, completeProps } from './credential-props.ts';
import { Fleet } from './fleet/fleet.ts';
import { Inbox } from './inbox.ts';
import { EgressNetwork } from './network/egress.ts';
import { RefresherFunction } from './refresher-function.ts';
import { createSchedulerRole } from './scheduler-role.ts';
import { allowSecretChangeRules } from './secret-change-rule.ts';
import { validateLimits } from './stack-limits.ts';
import { refresherProblems, type TokenRefresherProps } from './token-refresher-props.ts';

/** Keeps a live token of each credential in Parameter Store. */
export class TokenRefresher extends Construct {
  readonly parameterPrefix: string;
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  /** Of credentials that do not say so themselves; absent: the default of their broker and market. */
  readonly renewBefore: Duration | undefined;
  /** Encrypts the token parameters and the alarm topic. */
  readonly tokenKey: Key;
  readonly inbox: Queue;
  readonly deadLetters: Queue;
  readonly function: LambdaFunction;
  /** The function's role. */
  readonly role: Role;
  /** The network that the refresher leaves by, and its consumers can join; absent with public egress. */
  readonly network: EgressNetwork | undefined;
  readonly alarmTopic: Topic;
  /** The alarms that concern all credentials; those of one are `credential.alarms`. */
  readonly alarms: ServiceAlarms;
  /** What takes credentials without a deployment; absent unless it was asked for. */
  readonly fleet: Fleet | undefined;
  readonly dashboard: RefresherDashboard;
  readonly scheduleGroup: ScheduleGroup;
  readonly schedulerRole: Role;
  readonly #responseTime: Duration;
  readonly #refresherFunction: RefresherFunction;
  readonly #cleanup: Cleanup;
  readonly #credentials: BrokerCredential[] = [];

  constructor(scope: Construct, id: string, props: TokenRefresherProps = {}) {
    super(scope, id);
    this.parameterPrefix = props.parameterPrefix ?? DEFAULT_PARAMETER_PREFIX;
    this.namePrefix = props.namePrefix ?? Stack.of(this).stackName;
    this.checkEvery = props.checkEvery ?? Duration.seconds(DEFAULTS.checkEvery);
    this.renewBefore = props.renewBefore;
    this.#responseTime = props.responseTime ?? Duration.seconds(DEFAULTS.responseTime);
    const problems = refresherProblems(this, props.fleet);
    if (problems.length > 0)
      throw new ConfigurationError(`The token refresher (${this.node.path})`, problems);

    const keep = props.keepParameters ?? false;
    this.tokenKey = new Key(this, 'Key', {
      description: 'Broker tokens in Parameter Store, and the topic of their alarms',
      enableKeyRotation: true,
      // What it encrypts can be issued again at any time; a key that is kept costs money for ever.
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });

    const timeout = Duration.seconds(this.checkEvery.toSeconds() + FUNCTION_TIMEOUT_OVER_INTERVAL);
    const inbox = new Inbox(this, 'Inbox', { namePrefix: this.namePrefix, functionTimeout: timeout });
    this.inbox = inbox.queue;
    this.deadLetters = inbox.deadLetters;
    allowSecretChangeRules(this.inbox, this.namePrefix);

    this.#cleanup = new Cleanup(this, {
      parameterPrefix: this.parameterPrefix,
      keep,
      ...(props.cleanupCode && { code: props.cleanupCode }),
    });

    const egress = props.egress ?? 'public';
    this.network = egress === 'public' ? undefined : new EgressNetwork(this, 'Egress', egress);
    this.#refresherFunction = new RefresherFunction(this, 'Refresher', {
      parameterPrefix: this.parameterPrefix,
      tokenKeyArn: this.tokenKey.keyArn,
      timeout,
      ...(this.network && { network: this.network }),
      ...(props.code && { code: props.code }),
      ...(props.logRetention && { logRetention: props.logRetention }),
    });
    this.#refresherFunction.consume(this.inbox);
    this.function = this.#refresherFunction.function;
    if (this.network) {
      // Before the way out is there a first tick would fail.
      const { vpc, vpcSubnets } = this.network;
      this.function.node.addDependency(vpc.selectSubnets(vpcSubnets).internetConnectivityEstablished);
    }
    this.role = this.#refresherFunction.role;

    // An own group: metrics of schedules have no other dimension.
    this.scheduleGroup = new ScheduleGroup(this, 'Schedules', {
      scheduleGroupName: this.namePrefix,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.schedulerRole = createSchedulerRole(this, 'SchedulerRole', this.scheduleGroup, {
      description: 'Puts ticks into the inbox of the token refresher',
    });

    this.alarmTopic = new AlarmTopic(this, 'Alarms', {
      key: this.tokenKey,
      ...(props.alarmEmail !== undefined && { email: props.alarmEmail }),
    }).topic;
    const watched = {
      namePrefix: this.namePrefix,
      checkEvery: this.checkEvery,
      inbox: this.inbox,
      deadLetters: this.deadLetters,
      logGroup: this.#refresherFunction.logGroup,
    };
    this.alarms = new ServiceAlarms(this, 'ServiceAlarms', {
      ...watched,
      function: this.function,
      visibilityTimeout: inbox.visibilityTimeout,
      scheduleGroup: this.scheduleGroup,
      topic: this.alarmTopic,
    });
    this.fleet =
      props.fleet &&
      new Fleet(this, 'Fleet', {
        ...props.fleet,
        ...(props.fleetMonitorCode && { fleetMonitorCode: props.fleetMonitorCode }),
        parameterPrefix: this.parameterPrefix,
        namePrefix: this.namePrefix,
        checkEvery: this.checkEvery,
        ...(this.renewBefore && { renewBefore: this.renewBefore }),
        responseTime: this.#responseTime,
        egress: this.network === undefined ? 'public' : 'fixed',
        inbox: this.inbox,
        tokenKey: this.tokenKey,
        topic: this.alarmTopic,
        role: this.role,
        scheduleGroup: this.scheduleGroup,
        schedulerRole: this.schedulerRole,
        cleanUp: (scope) => this.#cleanup.addFleet(scope),
      });
    const { natInstance } = this.network ?? {};
    const natAlarms =
      natInstance === undefined
        ? []
        : [
            natInstanceAlarm(this, {
              instanceId: natInstance.instanceId,
              namePrefix: this.namePrefix,
              topic: this.alarmTopic,
            }),
          ];
    this.dashboard = new RefresherDashboard(this, 'Overview', {
      ...watched,
      alarms: [...this.alarms.all, ...natAlarms, ...(this.fleet?.alarms.all ?? [])],
    });
    validateLimits(this, this.role);
  }

  /** Where to place consumers that have to leave by the same address; undefined with public egress. */
  get vpc(): IVpc | undefined {
    return this.network?.vpc;
  }

  /** Subnets of `vpc` that leave by the same address. */
  get vpcSubnets(): SubnetSelection | undefined {
    return this.network?.vpcSubnets;
  }

  /** Credentials added so far. */
  get credentials(): readonly BrokerCredential[] {
    return this.#credentials;
  }

  /**
   * Keeps a token for one more app key.
   *
   * @param id names the credential and its parameters, such as `kis-main`
   */
  addCredential(id: string, given: CredentialProps): BrokerCredential {
    const props = completeProps(given, this.renewBefore);
    const problems: Problem[] = [
      ...credentialProblems({
        at: (field) => field,
        id,
        broker: props.broker,
        market: props.market,
        egress: this.network === undefined ? 'public' : 'fixed',
        allowPublicEgress: props.allowPublicEgress,
        checkEvery: this.checkEvery.toSeconds(),
        renewBefore: props.renewBefore.toSeconds(),
        responseTime: this.#responseTime.toSeconds(),
        sessions: props.sessions,
        maxIssuesPerDay: props.maxIssuesPerDay,
        minimumInterval: props.minimumInterval?.toSeconds(),
        renewEarly: props.renewEarly,
      }),
    ];
    const twin = this.#credentials.find(({ credentialId, secret }) => {
      return credentialId === id || secret.secretArn === props.secret.secretArn;
    });
    if (twin !== undefined) {
      problems.push({
        path: twin.credentialId === id ? 'id' : 'secret',
        got: `the same as ${showValue(twin.credentialId)}`,
        allowed: 'each only once',
        fix: 'give each credential its own id and its own app key',
      });
    }
    if (problems.length > 0)
      throw new ConfigurationError(`The credential ${showValue(id)} (${this.node.path})`, problems);
    const credential = new BrokerCredential(this, id, props);
    this.#credentials.push(credential);
    this.dashboard.addCredential(id, credential.alarms.all);
    return credential;
  }

  /** Adds to what the function may do. */
  allow(statement: PolicyStatement): void {
    this.#refresherFunction.allow(statement);
  }

  /**
   * Has the parameters that the function creates for a credential deleted when it goes. The function's
   * role depends on it: in a stack that is deleted, nothing can write them again afterwards.
   */
  cleanUp(scope: Construct, credential: string): CustomResource {
    const created = this.#cleanup.addCredential(scope, credential);
    this.role.node.addDependency(created);
    return created;
  }

  /** Lets the function use the key for one more token parameter. */
  allowTokenKey(tokenArn: string): void {
    this.#refresherFunction.allowKey(this.tokenKey.keyArn, tokenArn);
  }
}
