import { randomUUID } from 'node:crypto';
import type { SNSClient } from '@aws-sdk/client-sns';
import { BadOptionError } from './errors.ts';

/**
 * The part of `SNSClient` that the reader uses. With this type, programs compile without the package
 * `@aws-sdk/client-sns`.
 */
export interface SnsClientLike {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}

/** A destination for reports. Each report states the generation of a token that the broker rejected. */
export interface Reporter {
  report(credential: string, generation: number, signal: AbortSignal): Promise<void>;
}

/**
 * Creates a reporter that publishes to the credential's report topic (docs/contracts.md § The inbox message).
 * The reporter needs the package `@aws-sdk/client-sns`. The deduplication id of each message is random, so
 * that no other publisher can suppress the message. The refresher verifies a token at most once in 60
 * seconds.
 */
export function topicReporter(topicArn: string, client?: SnsClientLike): Reporter {
  let currentClient = client as SNSClient | undefined;
  return {
    report: async (credential, generation, signal) => {
      const { PublishCommand, SNSClient } = await loadSdk();
      currentClient ??= new SNSClient({ maxAttempts: 2 });
      const body = { credential, cause: 'rejected', generation, at: new Date().toISOString() };
      const command = new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(body),
        MessageGroupId: credential,
        MessageDeduplicationId: randomUUID(),
      });
      await currentClient.send(command, { abortSignal: signal });
    },
  };
}

/** Loads the SDK in a `try`, because bundlers then treat the package as optional. */
async function loadSdk() {
  try {
    return await import('@aws-sdk/client-sns');
  } catch (cause) {
    throw new BadOptionError('install @aws-sdk/client-sns', { cause });
  }
}
