/** What other CDK apps may use: `new TokenRefresher(…).addCredential(…)`. */
export type { Session, SessionHours, SessionPreset } from '../lambdas/shared/sessions.ts';
export type { CredentialAlarms } from './alarms/credential-alarms.ts';
export type { RefresherDashboard } from './alarms/dashboard.ts';
export type { ServiceAlarms } from './alarms/service-alarms.ts';
export { BrokerCredential } from './broker-credential.ts';
export { ConfigurationError, type Problem } from './config/configuration-error.ts';
export type { CompleteCredentialProps, CredentialProps } from './credential-props.ts';
export { Fleet, type FleetOptions, type FleetProps } from './fleet/fleet.ts';
export type { FleetAlarms } from './fleet/fleet-alarms.ts';
export { type Egress, EgressNetwork, type StaticEgress, type VpcEgress } from './network/egress.ts';
export type { BindReaderOptions, ReaderFunction, ReaderHost } from './reader-binding.ts';
export { emptySecret } from './secret.ts';
export type { SecretChangeRule } from './secret-change-rule.ts';
export { TokenRefresher } from './token-refresher.ts';
export type { TokenRefresherProps } from './token-refresher-props.ts';
