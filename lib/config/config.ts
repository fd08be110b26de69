import * as v from 'valibot';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import { type Problem, showValue, throwProblems } from './configuration-error.ts';
import { type CredentialSettings, credentialSchema } from './credential-schema.ts';
import { parseValidFields, problemsOf, recordOf } from './described.ts';
import { credentialProblems } from './rules.ts';
import { contextSchema } from './schema.ts';

/** `context.brokerTokens` of cdk.json, validated; durations in seconds. */
export type BrokerTokensConfig = v.InferOutput<typeof contextSchema>;

/** Validates `context.brokerTokens`. @throws ConfigurationError with all problems at once */
export function parseBrokerTokens(input: unknown): BrokerTokensConfig {
  throwProblems('The configuration (cdk.json, context.brokerTokens)', [
    ...problemsOf(contextSchema, input, 'brokerTokens'),
    // The rules check all valid fields, so that an invalid field does not hide problems of other fields.
    ...ruleProblems(recordOf(input)),
  ]);
  return v.parse(contextSchema, input);
}

function ruleProblems(context: Readonly<Record<string, unknown>>): readonly Problem[] {
  const credentials = Array.isArray(context['credentials']) ? context['credentials'].map(recordOf) : [];
  const { checkEvery, responseTime, egress } = parseValidFields(contextSchema, context);
  const ids = credentials.map(({ id }) => id);
  return credentials.flatMap((own, index) => {
    const stackSettingNames = ['checkEvery', 'responseTime', 'egress'];
    if (own['renewBefore'] === undefined) stackSettingNames.push('renewBefore');
    const problems = credentialProblems({
      ...parseRuleFields(credentialSchema, own, context['renewBefore']),
      checkEvery,
      responseTime,
      egress,
      at: (field) => (stackSettingNames.includes(field) ? field : `credentials[${index}].${field}`),
    });
    const firstIndexOfId = ids.indexOf(own['id']);
    if (typeof own['id'] !== 'string' || firstIndexOfId === index) return problems;
    const got = `${showValue(own['id'])} as credentials[${firstIndexOfId}]`;
    const fix = 'rename one of them: the id is part of parameter names';
    return [...problems, { path: `credentials[${index}].id`, got, allowed: 'each only once', fix }];
  });
}

/**
 * Returns the valid fields of a credential, and defaults for missing fields that a rule needs.
 * @param stackRenewBefore `renewBefore` of the stack, not validated
 */
export function parseRuleFields(
  schema: v.GenericSchema<unknown, CredentialSettings>,
  own: Readonly<Record<string, unknown>>,
  stackRenewBefore: unknown,
): Partial<CredentialSettings> {
  const { sessions, renewBefore = stackRenewBefore } = own;
  const fields = parseValidFields(schema, { ...own, renewBefore });
  const { broker, market } = fields;
  const defaults = broker && market && credentialDefaults({ broker, market });
  return {
    ...fields,
    ...(renewBefore === undefined && { renewBefore: defaults?.renewBeforeSeconds }),
    ...(sessions === undefined && { sessions: defaults?.sessions }),
  };
}
