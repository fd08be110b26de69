import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { BROKER_URL_ENVIRONMENT } from '../../../lambdas/shared/names.ts';
import { startLoopbackBrokers } from '../brokers.ts';

type Handler = (event: SQSEvent, context?: Context) => Promise<SQSBatchResponse>;

let starting: Promise<Handler> | undefined;

/** Starts the test brokers within the function, then runs the handler of the refresher. */
export async function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse> {
  starting ??= start();
  return (await starting)(event, context);
}

async function start(): Promise<Handler> {
  const url = await startLoopbackBrokers();
  for (const markets of Object.values(BROKER_URL_ENVIRONMENT))
    for (const name of Object.values(markets)) process.env[name] = url;
  // The import is dynamic, because the handler reads the environment variables when it is loaded.
  const { handler: refresher } = await import('../../../lambdas/refresher/handler.ts');
  return refresher;
}
