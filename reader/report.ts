import { randomUUID } from 'node:crypto';
import type { SNSClient } from '@aws-sdk/client-sns';
import { BadOptionError } from './errors.ts';

/**
 * The part of `SNSClient` (`@aws-sdk/client-sns`) that the reader uses; programs without that package
 * compile, too.
 */
export interface SnsClientLike {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}

/** Sends reports that the broker rejected the token of a generation. */
export interface Reporter {
  report(credential: string, generation: number, signal: AbortSignal): Promise<void>;
}

/**
 * Reports through the credential's report topic (`grantReport`). `@aws-sdk/client-sns` is an optional peer
 * dependency. Message format: docs/contracts.md § The inbox message. The deduplication id is random, so that
 * no other publisher can suppress the message. However many reports arrive, the refresher verifies the token
 * at most once in 60 s.
 */
export function topicReporter(topicArn: string, client?: SnsClientLike): Reporter {
  let loading: Promise<SNSClient> | undefined;
  return {
    report: async (credential, generation, signal) => {
      const { PublishCommand, SNSClient } = await loadSdk();
      loading ??= Promise.resolve((client as SNSClient | undefined) ?? new SNSClient({ maxAttempts: 2 }));
      const body = { credential, cause: 'rejected', generation, at: new Date().toISOString() };
      const command = new PublishCommand({
        TopicArn: topicArn,
        Message: JSON.stringify(body),
        MessageGroupId: credential,
        MessageDeduplicationId: randomUUID(),
      });
      await (await loading).send(command, { abortSignal: signal });
    },
  };
}

/** The `try` marks the package as optional for bundlers, too. */
async function loadSdk() {
  try {
    return await import('@aws-sdk/client-sns');
  } catch (cause) {
    throw new BadOptionError('install @aws-sdk/client-sns', { cause });
  }
}
