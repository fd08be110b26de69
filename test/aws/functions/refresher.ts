import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { BROKER_URL_ENVIRONMENT } from '../../../lambdas/shared/names.ts';
import { startLoopbackBrokers } from './loopback-brokers.ts';

type Handler = (event: SQSEvent, context?: Context) => Promise<SQSBatchResponse>;

let starting: Promise<Handler> | undefined;

/** The refresher's own handler, after the test brokers have started within the function. */
export async function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse> {
  starting ??= start();
  return (await starting)(event, context);
}

async function start(): Promise<Handler> {
  const url = await startLoopbackBrokers();
  for (const markets of Object.values(BROKER_URL_ENVIRONMENT))
    for (const name of Object.values(markets)) process.env[name] = url;
  // It reads its environment when it is loaded.
  const { handler: refresher } = await import('../../../lambdas/refresher/handler.ts');
  return refresher;
}
