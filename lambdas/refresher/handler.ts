import { Logger } from '@aws-lambda-powertools/logger';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { connectToBroker } from '../brokers/client.ts';
import { createEndpointResolver } from '../brokers/endpoints.ts';
import { readRefresherEnvironment } from '../shared/environment.ts';
import { METRICS } from '../shared/names.ts';
import { ParameterStore } from '../store/parameters.ts';
import { SecretsManagerSecrets } from '../store/secrets.ts';
import { systemClock } from './clock.ts';
import { createEmfMetrics } from './metrics.ts';
import { createSqsHandler } from './sqs-handler.ts';

/**
 * The FIFO inbox queue invokes the function with one message. A late message is safe, because a decision
 * depends on the state and the current time. A duplicate message is safe, because the state contains the id
 * of the last message. A credential has no concurrent invocations, because its id is the message group. After
 * a crash or a timeout, the next tick continues the refresh (see `refresh`).
 */
const environment = readRefresherEnvironment(process.env);
const resolveEndpoint = createEndpointResolver(process.env);

/** Short attempts, so that one unanswered call does not use the whole invocation time. */
const AWS_CLIENT_OPTIONS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

const handleEvent = createSqsHandler({
  ports: {
    store: new ParameterStore({
      ssm: new SSMClient(AWS_CLIENT_OPTIONS),
      prefix: environment.parameterPrefix,
      tokenKeyArn: environment.tokenKeyArn,
      now: systemClock.now,
    }),
    secrets: new SecretsManagerSecrets(new SecretsManagerClient(AWS_CLIENT_OPTIONS)),
    connect: (credential) => connectToBroker(credential, resolveEndpoint),
    tokenKeyArn: environment.tokenKeyArn,
    clock: systemClock,
  },
  log: new Logger({ serviceName: METRICS.service }),
  metrics: createEmfMetrics(environment.namePrefix),
});

/** The assumed remaining time of an invocation without a Lambda context, in milliseconds. */
const ASSUMED_REMAINING_TIME = 60_000;

export async function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse> {
  const remainingTime = context?.getRemainingTimeInMillis() ?? ASSUMED_REMAINING_TIME;
  return handleEvent(event, systemClock.now() + remainingTime);
}
