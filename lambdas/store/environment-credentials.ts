import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's default credential chain in a bundle. A function finds the credentials of its role in
 * the environment. Source: AWS Lambda Developer Guide, "Defined runtime environment variables". Effect:
 * docs/performance.md.
 */
export const defaultProvider = fromEnv;
