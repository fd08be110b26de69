/** The API for other CDK apps: `new TokenRefresher(…).addCredential(…)`. */
export type { Session, SessionHours, SessionPreset } from '../lambdas/shared/sessions.ts';
export type { CredentialAlarms } from './alarms/credential-alarms.ts';
export type { RefresherDashboard } from './alarms/dashboard.ts';
export type { ServiceAlarms } from './alarms/service-alarms.ts';
export { BrokerCredential } from './broker-credential.ts';
export type { FunctionAssets } from './bundled-function.ts';
export { ConfigurationError, type Problem } from './config/configuration-error.ts';
export type { IBrokerCredential } from './consumers/broker-credential-base.ts';
export type { BrokerCredentialAttributes } from './consumers/imported-credential.ts';
export type { BindReaderOptions, ReaderFunction, ReaderHost } from './consumers/reader-binding.ts';
export type { CredentialProps } from './credential-props.ts';
export type { Fleet, FleetOptions } from './fleet/fleet.ts';
export type { FleetAlarms } from './fleet/fleet-alarms.ts';
export type { Egress, EgressNetwork, StaticEgress, VpcEgress } from './network/egress.ts';
export { emptySecret } from './secret/secret.ts';
export type { SecretChangeRule } from './secret/secret-change-rule.ts';
export { TokenRefresher } from './token-refresher.ts';
export type { TokenRefresherProps } from './token-refresher-props.ts';
