import type { SNSClient } from '@aws-sdk/client-sns';

/** Sends the report that the broker rejected the token of a generation. */
export interface Reporter {
  report(credential: string, generation: number, signal: AbortSignal): Promise<void>;
}

/**
 * Reports through the credential's report topic (`grantReport`). `@aws-sdk/client-sns` is an optional peer
 * dependency. The message is that of docs/contracts.md § The inbox message; its deduplication id lets the
 * topic deliver one report of all consumers.
 */
export function topicReporter(topicArn: string, client?: SNSClient): Reporter {
  let loading: Promise<SNSClient> | undefined;
  return {
    report: async (credential, generation, signal) => {
      const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
      loading ??= Promise.resolve(client ?? new SNSClient({ maxAttempts: 2 }));
      const body = { credential, cause: 'rejected', generation, at: new Date().toISOString() };
      const command = new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(body),
        MessageGroupId: credential,
        MessageDeduplicationId: `rejected-${credential}-${generation}`,
      });
      await (await loading).send(command, { abortSignal: signal });
    },
  };
}
