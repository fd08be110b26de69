import * as v from 'valibot';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import { ConfigurationError, distinctProblems, type Problem, showValue } from './configuration-error.ts';
import { credentialEntries } from './credential-schema.ts';
import { parseField, problemsOf, recordOf } from './described.ts';
import { type CredentialRuleInput, credentialProblems } from './rules.ts';
import { contextEntries, contextSchema } from './schema.ts';

type BrokerTokensContext = v.InferOutput<typeof contextSchema>;
type Credential = BrokerTokensContext['credentials'][number];
type OptionalSetting = 'sessions' | 'renewBefore' | 'maxIssuesPerDay' | 'renewEarly';
type CredentialDefaultSettings = { readonly [key in OptionalSetting]: NonNullable<Credential[key]> };

/** The complete settings of a credential; durations in seconds. */
export type CredentialSettings = Omit<Credential, 'secret' | OptionalSetting> & CredentialDefaultSettings;

/** `context.brokerTokens` of cdk.json, validated and complete; durations in seconds. */
export type BrokerTokensConfig = Omit<BrokerTokensContext, 'credentials'> & {
  readonly credentials: readonly (CredentialSettings & Pick<Credential, 'secret'>)[];
};

const CONFIGURATION_NAME = 'The configuration (cdk.json, context.brokerTokens)';

/** Validates `context.brokerTokens`. @throws ConfigurationError with all problems at once */
export function parseBrokerTokens(input: unknown): BrokerTokensConfig {
  const problems = distinctProblems([
    ...problemsOf(contextSchema, input, 'brokerTokens'),
    // The rules check all valid fields, even if a different field is invalid, so that one problem does not
    // hide another.
    ...ruleProblems(recordOf(input)),
  ]);
  if (problems.length > 0) throw new ConfigurationError(CONFIGURATION_NAME, problems);
  const { credentials, ...stack } = v.parse(contextSchema, input);
  return { ...stack, credentials: credentials.map((each) => withDefaults(each, stack.renewBefore)) };
}

/** Adds the default of each setting that is left out. */
export function withDefaults<S extends Omit<Credential, 'secret'>>(
  settings: S,
  renewBefore: number | undefined,
): S & CredentialDefaultSettings {
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
  const egress = parseField(contextEntries.egress, top['egress']);
  const stack = {
    checkEvery: parseField(contextEntries.checkEvery, top['checkEvery']),
    responseTime: parseField(contextEntries.responseTime, top['responseTime']),
    egress: egress === undefined || egress === 'public' ? egress : ('fixed' as const),
  };
  const ids = credentials.map(({ id }) => id);
  return credentials.flatMap((own, index) => {
    const stackSettingNames = ['checkEvery', 'responseTime', 'egress'];
    if (own['renewBefore'] === undefined) stackSettingNames.push('renewBefore');
    const problems = credentialProblems({
      ...stack,
      ...parseRuleFields(credentialEntries, own, top['renewBefore']),
      at: (field) => (stackSettingNames.includes(field) ? field : `credentials[${index}].${field}`),
    });
    const firstIndexOfId = ids.indexOf(own['id']);
    if (typeof own['id'] !== 'string' || firstIndexOfId === index) return problems;
    const got = `${showValue(own['id'])} as credentials[${firstIndexOfId}]`;
    const fix = 'rename one of them: the id is part of parameter names';
    return [...problems, { path: `credentials[${index}].id`, got, allowed: 'each only once', fix }];
  });
}

/** The fields of a credential that the rules need. */
type RuleFields = Omit<CredentialRuleInput, 'at' | 'checkEvery' | 'responseTime' | 'egress'>;

/**
 * Returns the valid fields of a credential, and defaults for missing fields that a rule needs. An invalid
 * field is undefined.
 * @param stackRenewBefore `renewBefore` of the stack, not validated
 */
export function parseRuleFields(
  entries: { readonly [key in keyof RuleFields]-?: v.GenericSchema<unknown, RuleFields[key]> },
  own: Readonly<Record<string, unknown>>,
  stackRenewBefore: unknown,
): RuleFields {
  const broker = parseField(entries.broker, own['broker']);
  const market = parseField(entries.market, own['market']);
  const defaults = broker && market && credentialDefaults({ broker, market });
  const { sessions, renewBefore: margin = stackRenewBefore } = own;
  return {
    broker,
    market,
    id: parseField(entries.id, own['id']),
    renewBefore:
      margin === undefined ? defaults?.renewBeforeSeconds : parseField(entries.renewBefore, margin),
    sessions: sessions === undefined ? defaults?.sessions : parseField(entries.sessions, sessions),
    minimumInterval: parseField(entries.minimumInterval, own['minimumInterval']),
    renewEarly: parseField(entries.renewEarly, own['renewEarly']),
    allowPublicEgress: parseField(entries.allowPublicEgress, own['allowPublicEgress']),
  };
}
