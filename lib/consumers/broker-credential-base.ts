import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { appKeyVariable, parameterNames, reportTopicVariable } from '../../lambdas/shared/names.ts';
import { ConfigurationError } from '../config/configuration-error.ts';
import { tokenParametersCondition, viaServiceCondition } from '../key.ts';
import { parameterArn } from '../parameters.ts';
import { secretArnForPolicy } from '../secret/secret.ts';
import { requireGrantable, requireGranted } from './grantee.ts';
import { type BindReaderOptions, bindHost, type ReaderHost } from './reader-binding.ts';

/**
 * A credential of this app, or an imported credential of a different app. Its methods grant consumers access
 * to the token. All grants are added to the policies of the consumer, so that stacks do not depend on each
 * other in a cycle.
 */
export abstract class BrokerCredentialBase extends Construct {
  readonly credentialId: string;
  /** The prefix of the names of the token and state parameters. */
  readonly parameterPrefix: string;
  /** The name of the SecureString parameter with the bare access token. */
  readonly tokenParameterName: string;
  readonly tokenParameterArn: string;
  /**
   * The name of the String parameter with the state as JSON, without any secret: generation, fingerprint,
   * expiry and the last attempt.
   */
  readonly stateParameterName: string;
  readonly stateParameterArn: string;
  /** The secret with the app key; undefined for a credential that was imported without a secret. */
  abstract readonly secret: ISecret | undefined;
  /**
   * The topic to which consumers with `grantReport` publish reports of rejected tokens. The topic is created
   * on first use.
   */
  abstract readonly reportTopic: ITopic;
  protected abstract readonly tokenKeyArn: string;

  constructor(scope: Construct, id: string, credentialId: string, parameterPrefix: string) {
    super(scope, id);
    const { token, state } = parameterNames(parameterPrefix, credentialId);
    this.credentialId = credentialId;
    this.parameterPrefix = parameterPrefix;
    this.tokenParameterName = token;
    this.tokenParameterArn = parameterArn(this, token);
    this.stateParameterName = state;
    this.stateParameterArn = parameterArn(this, state);
  }

  /**
   * Allows a consumer to read the token and the state of this credential, by exact ARNs: a grant by path
   * would cover every credential. The grant does not include the history of the parameters, because the
   * history contains old tokens.
   *
   * @throws ConfigurationError for a principal of a different account, or without a known role
   */
  grantRead(grantee: IGrantable): Grant {
    requireGrantable(this, grantee);
    const parameters = Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter', 'ssm:GetParameters'],
      resourceArns: [this.tokenParameterArn, this.stateParameterArn],
    });
    const key = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.tokenKeyArn],
      conditions: tokenParametersCondition(this, [this.tokenParameterArn]),
    });
    return requireGranted(this, grantee, parameters.combine(key));
  }

  /**
   * Allows a consumer to report that the broker rejected a token of this credential. The consumer publishes
   * the message of the inbox contract to `reportTopic`. The refresher verifies the token before it acts on a
   * report. Source of the actions on the key: SNS Developer Guide, "Key management".
   *
   * @throws ConfigurationError as `grantRead`
   */
  grantReport(grantee: IGrantable): Grant {
    requireGrantable(this, grantee);
    const { topicArn } = this.reportTopic;
    const publish = Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [topicArn] });
    const key = Grant.addToPrincipal({
      grantee,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resourceArns: [this.tokenKeyArn],
      conditions: {
        StringEquals: {
          ...viaServiceCondition(this, 'sns').StringEquals,
          'kms:EncryptionContext:aws:sns:topicArn': topicArn,
        },
      },
    });
    return requireGranted(this, grantee, publish.combine(key));
  }

  /**
   * Binds a consumer that uses the reader (`broker-token-refresher/reader`). The method calls `grantRead`,
   * and sets the environment variables that `createTokenReader()` reads. If `report` is true, the method
   * calls `grantReport`. If `appKey` is true, the method grants access to the secret with the app key. A
   * program with several credentials must select a credential with `createTokenReader({ credential })`.
   *
   * @throws ConfigurationError for a host without an environment of its own, in a different account or
   * region, or bound to a credential below a different parameter prefix
   */
  bindReader(host: ReaderHost, { report = true, appKey = false }: BindReaderOptions = {}): void {
    const { grantee, set } = bindHost(host, this);
    this.grantRead(grantee);
    if (report) {
      this.grantReport(grantee);
      set(reportTopicVariable(this.credentialId), this.reportTopic.topicArn);
    }
    if (appKey) set(appKeyVariable(this.credentialId), this.#grantAppKey(grantee));
  }

  /**
   * Grants access to the secret with the app key. `ISecret.grantRead` is not used, because it would change
   * the policy of the KMS key of the secret, and the stack of the KMS key would then depend on the stack of
   * the consumer.
   */
  #grantAppKey(grantee: IGrantable): string {
    const { secret } = this;
    if (secret === undefined)
      throw new ConfigurationError(`bindReader of ${this.node.path}`, {
        path: 'appKey',
        got: 'true for an imported credential without its secret',
        allowed: 'true if the secret is known',
        fix: 'pass `secret` to BrokerCredential.fromAttributes(…)',
      });
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      resourceArns: [secretArnForPolicy(secret)],
    });
    if (secret.encryptionKey)
      Grant.addToPrincipal({
        grantee,
        actions: ['kms:Decrypt'],
        resourceArns: [secret.encryptionKey.keyArn],
        conditions: viaServiceCondition(this, 'secretsmanager'),
      });
    return secret.secretFullArn ?? secret.secretArn;
  }
}
