import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import { reportTopicName } from '../../lambdas/shared/names.ts';
import { ConfigurationError, type Problem, showValue, throwProblems } from '../config/configuration-error.ts';
import { credentialEntries } from '../config/credential-schema.ts';
import { withHelp } from '../config/described.ts';
import { propsProblems, secretSchema, textOrCdkToken } from '../config/props-schema.ts';
import { contextEntries } from '../config/schema.ts';
import { differingPart } from '../environment.ts';
import { BrokerCredentialBase } from './broker-credential-base.ts';

/** The attributes of a credential that a different app maintains in the same account and region. */
export interface BrokerCredentialAttributes {
  readonly credentialId: string;

  /** @default '/broker-tokens' */
  readonly parameterPrefix?: string | undefined;

  /**
   * The output `TokenKeyArn` of the refresher.
   *
   * @default - any key of the account, but only to decrypt this token
   */
  readonly tokenKeyArn?: string | undefined;

  /**
   * `credential.reportTopic.topicArn` in the app of the refresher.
   *
   * @default - `grantReport` fails, and `bindReader` requires `{ report: false }`
   */
  readonly reportTopicArn?: string | undefined;

  /**
   * The secret with the app key, for `bindReader(…, { appKey: true })`.
   *
   * @default - none
   */
  readonly secret?: ISecret | undefined;
}

const arnSchema = (pattern: RegExp, allowed: string, fix: string) =>
  v.optional(withHelp(textOrCdkToken(pattern), { allowed, fix }));

const schema = withHelp(
  v.object({
    credentialId: credentialEntries.id,
    parameterPrefix: contextEntries.parameterPrefix,
    tokenKeyArn: arnSchema(
      /^arn:[^:]+:kms:[^:]+:\d{12}:key\/./,
      'the ARN of a KMS key',
      'use the output TokenKeyArn',
    ),
    reportTopicArn: arnSchema(
      /^arn:[^:]+:sns:[^:]+:\d{12}:.+\.fifo$/,
      'the ARN of a FIFO topic',
      'use the ARN of credential.reportTopic',
    ),
    secret: v.optional(secretSchema),
  }),
  { allowed: 'an object with "credentialId"', fix: 'pass the attributes as an object' },
);

export class ImportedCredential extends BrokerCredentialBase {
  readonly secret: ISecret | undefined;
  protected readonly tokenKeyArn: string;
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, attributes: BrokerCredentialAttributes) {
    const source = `The imported credential ${scope.node.path}/${id}`;
    throwProblems(source, propsProblems(schema, attributes));
    const parsed = v.parse(schema, attributes);
    const { credentialId, parameterPrefix, tokenKeyArn, reportTopicArn, secret } = parsed;
    throwProblems(source, [
      ...environmentProblems(scope, { tokenKeyArn, reportTopicArn, secret: secret?.secretArn }),
      ...topicProblems(credentialId, reportTopicArn),
    ]);
    super(scope, id, credentialId, parameterPrefix);
    this.secret = secret;
    const anyKeyArnComponents = { service: 'kms', resource: 'key', resourceName: '*' };
    this.tokenKeyArn = tokenKeyArn ?? Stack.of(this).formatArn(anyKeyArnComponents);
    this.#topic = reportTopicArn ? Topic.fromTopicArn(this, 'ReportTopic', reportTopicArn) : undefined;
  }

  get reportTopic(): ITopic {
    if (this.#topic !== undefined) return this.#topic;
    throw new ConfigurationError(`The imported credential ${this.node.path}`, {
      path: 'reportTopicArn',
      got: 'nothing',
      allowed: 'the ARN of the report topic, which the app of the refresher creates',
      fix: 'there, read credential.reportTopic.topicArn; here, pass it to fromAttributes, or bind with { report: false }',
    });
  }
}

/** Keys, topics and secrets must be in the account and region of the credential. */
function environmentProblems(
  scope: Construct,
  arns: Readonly<Record<string, string | undefined>>,
): readonly Problem[] {
  const own = Stack.of(scope);
  return Object.entries(arns).flatMap(([path, arn]) => {
    if (arn === undefined || Token.isUnresolved(arn)) return [];
    const env = Arn.split(arn, ArnFormat.NO_RESOURCE_NAME);
    const part = differingPart(own, env);
    if (part === undefined) return [];
    return {
      path,
      got: `an ARN of the ${part} ${env[part]}`,
      allowed: `an ARN of the ${part} of this stack, ${own[part]}`,
      fix: 'import the credential in the account and region of its refresher: docs/consumers-other.md',
    };
  });
}

/** A report topic forwards only reports about its own credential. */
function topicProblems(credentialId: string, topicArn: string | undefined): readonly Problem[] {
  const topicNameSuffix = reportTopicName('', credentialId);
  if (topicArn === undefined || Token.isUnresolved(topicArn) || topicArn.endsWith(topicNameSuffix)) return [];
  return [
    {
      path: 'reportTopicArn',
      got: showValue(topicArn),
      allowed: `the report topic of ${credentialId}, whose name ends with "${topicNameSuffix}"`,
      fix: 'use the ARN of its own credential.reportTopic',
    },
  ];
}
