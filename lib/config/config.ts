import * as v from 'valibot';
import type { BrokerId, Market } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { ConfigurationError, distinct, type Problem, showValue } from './configuration-error.ts';
import { credentialEntries, type SecretReference } from './credential-schema.ts';
import { problemsOf, readField, recordOf } from './described.ts';
import type { RenewEarly } from './limits.ts';
import { type CredentialRuleInput, credentialProblems } from './rules.ts';
import { contextSchema, type EgressConfig, topEntries } from './schema.ts';

/** `context.brokerTokens` of cdk.json, validated and complete; durations in seconds. */
export interface BrokerTokensConfig {
  readonly parameterPrefix: string;
  readonly alarmEmail?: string | undefined;
  readonly runbookUrl?: string | undefined;
  readonly checkEvery: number;
  /** For fleet credentials; absent: the default of their broker and market. */
  readonly renewBefore?: number | undefined;
  readonly responseTime: number;
  /** Token and state parameters outlive their credential. */
  readonly keepParameters: boolean;
  readonly egress: EgressConfig;
  /** Credentials may be added without a deployment. */
  readonly fleet?: { readonly secretPrefix: string } | undefined;
  readonly credentials: readonly (CredentialSettings & { readonly secret: SecretReference })[];
}

/** The settings of a credential, complete; durations in seconds. */
export interface CredentialSettings {
  readonly id: string;
  readonly formerId?: string | undefined;
  readonly broker: BrokerId;
  readonly market: Market;
  readonly sessions: readonly Session[];
  readonly renewBefore: number;
  readonly maxIssuesPerDay: number;
  readonly minimumInterval?: number | undefined;
  readonly renewEarly: RenewEarly;
  /** A live key of Kiwoom that needs no registered address. */
  readonly allowPublicEgress: boolean;
}

const SOURCE = 'The configuration (cdk.json, context.brokerTokens)';

/** Validates `context.brokerTokens`. @throws ConfigurationError with all problems at once */
export function parseBrokerTokens(input: unknown): BrokerTokensConfig {
  const problems = distinct([
    ...problemsOf(contextSchema, input, 'brokerTokens'),
    // The rules judge every field that could be read, so that one problem does not hide another.
    ...ruleProblems(recordOf(input)),
  ]);
  if (problems.length > 0) throw new ConfigurationError(SOURCE, problems);
  const { credentials, ...stack } = v.parse(contextSchema, input);
  return { ...stack, credentials: credentials.map((each) => withDefaults(each, stack.renewBefore)) };
}

type Optional = 'sessions' | 'renewBefore' | 'maxIssuesPerDay' | 'renewEarly';

/** Settings with a value for each one that was left out. */
export function withDefaults<S extends Omit<CredentialSettings, Optional>>(
  settings: S & { readonly [key in Optional]?: CredentialSettings[key] | undefined },
  renewBefore: number | undefined,
): S & Pick<CredentialSettings, Optional> {
  const defaults = credentialDefaults(settings);
  return {
    ...settings,
    renewBefore: settings.renewBefore ?? renewBefore ?? defaults.renewBeforeSeconds,
    sessions: settings.sessions ?? defaults.sessions,
    maxIssuesPerDay: settings.maxIssuesPerDay ?? defaults.maxIssuesPerDay,
    renewEarly: settings.renewEarly ?? defaults.renewEarly,
  };
}

function ruleProblems(top: Readonly<Record<string, unknown>>): readonly Problem[] {
  const credentials = Array.isArray(top['credentials']) ? top['credentials'].map(recordOf) : [];
  const egress = readField(topEntries.egress, top['egress']);
  const stack = {
    checkEvery: readField(topEntries.checkEvery, top['checkEvery']),
    responseTime: readField(topEntries.responseTime, top['responseTime']),
    egress: egress === undefined || egress === 'public' ? egress : ('fixed' as const),
  };
  const ids = credentials.map(({ id }) => id);
  return credentials.flatMap((own, index) => {
    const ofStack = ['checkEvery', 'responseTime', 'egress'];
    if (own['renewBefore'] === undefined) ofStack.push('renewBefore');
    const problems = credentialProblems({
      ...stack,
      ...ruleInput(credentialEntries, own, top['renewBefore']),
      at: (field) => (ofStack.includes(field) ? field : `credentials[${index}].${field}`),
    });
    const earlier = ids.indexOf(own['id']);
    if (typeof own['id'] !== 'string' || earlier === index) return problems;
    const got = `${showValue(own['id'])} as credentials[${earlier}]`;
    const fix = 'rename one of them: the id is part of parameter names';
    return [...problems, { path: `credentials[${index}].id`, got, allowed: 'each only once', fix }];
  });
}

/** What the rules need of a credential. */
type RuleFields = Omit<CredentialRuleInput, 'at' | 'checkEvery' | 'responseTime' | 'egress'>;

/**
 * The fields of a credential that its schemas accept, with defaults where a rule needs them.
 * @param stackMargin `renewBefore` of the stack, not validated
 */
export function ruleInput(
  entries: { readonly [key in keyof RuleFields]-?: v.GenericSchema<unknown, RuleFields[key]> },
  own: Readonly<Record<string, unknown>>,
  stackMargin: unknown,
): RuleFields {
  const broker = readField(entries.broker, own['broker']);
  const market = readField(entries.market, own['market']);
  const defaults = broker && market && credentialDefaults({ broker, market });
  const { sessions, renewBefore: margin = stackMargin } = own;
  return {
    broker,
    market,
    id: readField(entries.id, own['id']),
    renewBefore: margin === undefined ? defaults?.renewBeforeSeconds : readField(entries.renewBefore, margin),
    sessions: sessions === undefined ? defaults?.sessions : readField(entries.sessions, sessions),
    minimumInterval: readField(entries.minimumInterval, own['minimumInterval']),
    renewEarly: readField(entries.renewEarly, own['renewEarly']),
    allowPublicEgress: readField(entries.allowPublicEgress, own['allowPublicEgress']),
  };
}
