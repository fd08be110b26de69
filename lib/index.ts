/** What other CDK apps may use: `new TokenRefresher(…).addCredential(…)`. */
export type { Session, SessionHours, SessionPreset } from '../lambdas/shared/sessions.ts';
export type { CredentialAlarms } from './alarms.ts';
export { BrokerCredential } from './credential.ts';
export type { CompleteCredentialProps, CredentialProps } from './credential-props.ts';
export type { RefresherDashboard } from './dashboard.ts';
export { type Egress, EgressNetwork, type StaticEgress, type VpcEgress } from './egress.ts';
export { Fleet, type FleetOptions, type FleetProps } from './fleet.ts';
export type { FleetAlarms } from './fleet-alarms.ts';
export { ConfigurationError, type Problem } from './problems.ts';
export type { BindReaderOptions, ReaderFunction, ReaderHost } from './reader-binding.ts';
export { TokenRefresher } from './refresher.ts';
export type { TokenRefresherProps } from './refresher-props.ts';
export { emptySecret } from './secret.ts';
export type { SecretWatch } from './secret-watch.ts';
export type { ServiceAlarms } from './service-alarms.ts';
