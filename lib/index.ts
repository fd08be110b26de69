/** What other CDK apps may use: `new TokenRefresher(…).addCredential(…)`. */
export type { Session, SessionHours, SessionPreset } from '../lambdas/shared/sessions.ts';
export { BrokerCredential, type CredentialProps } from './credential.ts';
export { ConfigurationError, type Problem } from './problems.ts';
export { TokenRefresher, type TokenRefresherProps } from './refresher.ts';
export { emptySecret } from './secret.ts';
