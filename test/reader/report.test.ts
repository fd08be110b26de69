import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it } from 'vitest';
import { topicReporter } from '../../reader/report.ts';

it('A rejection report has the message group of its credential and an unpredictable deduplication id', async () => {
  const sns = mockClient(SNSClient);
  sns.on(PublishCommand).resolves({});
  const reporter = topicReporter('arn:aws:sns:ap-northeast-2:123456789012:FAKE.fifo');
  for (let count = 0; count < 2; count += 1)
    await reporter.report('kis-main', 41, new AbortController().signal);
  const inputs = sns.commandCalls(PublishCommand).map(({ args }) => args[0].input);
  for (const { MessageGroupId, Message = '' } of inputs) {
    expect(MessageGroupId).toBe('kis-main');
    expect(JSON.parse(Message)).toMatchObject({ credential: 'kis-main', cause: 'rejected', generation: 41 });
  }
  const ids = inputs.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  sns.restore();
});
