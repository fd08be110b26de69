import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the default credential chain of the SDK in the bundle, for a faster start (docs/performance.md).
 * Lambda sets the credentials of the role in the environment (Lambda Developer Guide, "Defined runtime
 * environment variables").
 */
export const defaultProvider = fromEnv;
