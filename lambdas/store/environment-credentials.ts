import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * In a bundle this stands where the SDK looks for credentials everywhere: profiles, single sign-on, instance metadata.
 * A function finds those of its role in the environment. Source: AWS Lambda Developer Guide, "Defined runtime
 * environment variables". What it saves is in docs/performance.md.
 */
export const defaultProvider = fromEnv;
