import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * The bundle contains this provider instead of the default credential provider chain of the SDK, which makes
 * the start faster (docs/performance.md). Lambda sets the credentials of the role in the environment (Lambda
 * Developer Guide, "Defined runtime environment variables").
 */
export const defaultProvider = fromEnv;
