import { expect, test } from 'vitest';
import { parseMessage } from '../../../lambdas/shared/message.ts';
import {
  createStack,
  findNamedResource,
  inboxId,
  KIS,
  KIWOOM,
  manyCredentials,
  onlyResource,
  policyLines,
  resources,
  type Statement,
  statements,
  Template,
  templateOf,
  valueText,
} from '../synth.ts';

const ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-kiwoom-AbCdEf';
const template = templateOf({
  credentials: [KIS, { ...KIWOOM, secret: { arn: ARN } }, { ...KIS, id: 'new', secret: { create: true } }],
});

interface Target {
  readonly Arn: unknown;
  readonly SqsParameters: { readonly MessageGroupId: string };
  readonly InputTransformer: { readonly InputPathsMap: object; readonly InputTemplate: string };
}

const rule = (credential: string) =>
  findNamedResource(template, 'AWS::Events::Rule', 'Name', `BrokerTokens-${credential}`)[1];

function targetOf(credential: string): Target {
  const [target, ...others] = rule(credential).Properties['Targets'] as readonly Target[];
  if (target === undefined || others.length > 0) throw new Error('The rule has not exactly one target');
  return target;
}

test('each credential has a rule that matches only events about a new AWSCURRENT version of its secret', () => {
  const secret = onlyResource(template, 'AWS::SecretsManager::Secret')[0];
  const pattern = (resource: unknown): unknown => ({
    source: ['aws.secretsmanager'],
    'detail-type': ['Secret Label Updated'],
    resources: [resource],
    detail: { labelUpdated: ['AWSCURRENT'] },
  });
  expect(rule('kiwoom-paper').Properties['EventPattern']).toEqual(pattern(ARN));
  expect(rule('new').Properties['EventPattern']).toEqual(pattern({ Ref: secret }));
  const named = rule('kis-paper').Properties['EventPattern'] as { resources: [{ prefix: unknown }] };
  expect(named).toEqual(pattern({ prefix: expect.anything() }));
  expect(valueText(named.resources[0].prefix)).toBe(
    'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:broker-tokens/kis-paper-',
  );
});

test.for(['kis-paper', 'kiwoom-paper', 'new'])(
  'the rule of %s sends an inbox message that the function can parse, in the message group of the credential',
  (credential) => {
    const { Arn, SqsParameters, InputTransformer } = targetOf(credential);
    expect(Arn).toEqual({ 'Fn::GetAtt': [inboxId(template), 'Arn'] });
    expect(SqsParameters).toEqual({ MessageGroupId: credential });
    const event: Readonly<Record<string, string>> = { '$.time': '2026-11-23T09:00:00Z', '$.id': 'event-id' };
    // EventBridge inserts a JSON string into the input template together with its quotation marks.
    const body = Object.entries(InputTransformer.InputPathsMap).reduce(
      (text, [name, path]) => text.replace(`<${name}>`, JSON.stringify(event[path])),
      InputTransformer.InputTemplate,
    );
    expect(parseMessage(body)).toEqual({
      ok: true,
      message: { credential, cause: 'credentials-changed', at: event['$.time'], id: event['$.id'] },
    });
  },
);

/** Returns the statements of the inbox policy that allow sending messages. */
function senders(from: Template): readonly Statement[] {
  const policies = [...resources(from, 'AWS::SQS::QueuePolicy').values()].filter(({ Properties }) =>
    JSON.stringify(Properties['Queues']).includes(inboxId(from)),
  );
  expect(policies).toHaveLength(1);
  return statements(policies[0]?.Properties['PolicyDocument']).filter(({ Effect }) => Effect === 'Allow');
}

test('EventBridge may send to the inbox only for the secret-change rules of the same refresher', () => {
  expect(senders(template)).toMatchObject([{ Principal: { Service: 'events.amazonaws.com' } }]);
  expect(policyLines(senders(template))).toEqual([
    `sqs:SendMessage <${inboxId(template)}.Arn> if ArnLike aws:SourceArn=arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/BrokerTokens-*`,
  ]);
});

test('the inbox policy has one statement for any number of credentials, because SQS allows only 20 statements', () => {
  expect(senders(templateOf(manyCredentials(30)))).toHaveLength(1);
});

test('secret-change rules of credentials with long ids have distinct names of at most 64 characters', () => {
  const ids = ['a', 'b'].map((end) => `${'x'.repeat(39)}${end}`);
  const long = createStack(
    { credentials: ids.map((id) => ({ ...KIS, id, secret: { name: id } })) },
    'A-name-of-a-stack-that-takes-all-of-the-45-ch',
  );
  const names = [...resources(Template.fromStack(long), 'AWS::Events::Rule').values()].map(({ Properties }) =>
    String(Properties['Name']),
  );
  expect(new Set(names).size).toBe(2);
  for (const name of names) {
    expect(name.length).toBeLessThanOrEqual(64);
    expect(name).toMatch(/^A-name-of-a-stack-that-takes-all-of-the-45-ch-x+-[0-9a-f]{8}$/);
  }
});
