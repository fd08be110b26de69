import * as v from 'valibot';
import type { BrokerId, Market } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import {
  ConfigurationError,
  didYouMean,
  distinct,
  type Problem,
  showSecret,
  showValue,
} from './configuration-error.ts';
import { FIELD_HELP } from './field-help.ts';
import { checkEveryProblem, credentialProblems } from './rules.ts';
import {
  contextSchema,
  credentialEntries,
  type EgressConfig,
  fleetEntries,
  type SecretReference,
  secretEntries,
  staticEntries,
  topEntries,
  vpcEntries,
} from './schema.ts';

/** `context.brokerTokens` of cdk.json, checked and complete; durations in seconds. */
export interface BrokerTokensConfig {
  readonly parameterPrefix: string;
  readonly alarmEmail?: string | undefined;
  readonly checkEvery: number;
  /** For credentials that are added without a deployment; absent: the defaults of their broker. */
  readonly renewBefore?: number | undefined;
  readonly responseTime: number;
  /** Token and state parameters outlive their credential. */
  readonly keepParameters: boolean;
  readonly egress: EgressConfig;
  /** Credentials may be added without a deployment. */
  readonly fleet?: { readonly secretPrefix: string } | undefined;
  readonly credentials: readonly CredentialSettings[];
}

export interface CredentialSettings {
  readonly id: string;
  readonly broker: BrokerId;
  readonly market: Market;
  readonly secret: SecretReference;
  readonly sessions: readonly Session[];
  readonly renewBefore: number;
  readonly maxIssuesPerDay: number;
  readonly minimumInterval?: number | undefined;
  readonly renewEarly: 'revoke' | 'wait';
  /** Kiwoom, live: no registered address is wanted. */
  readonly allowPublicEgress: boolean;
}

const SOURCE = 'The configuration (cdk.json, context.brokerTokens)';

/** Checks `context.brokerTokens`. @throws ConfigurationError with all problems at once */
export function parseBrokerTokens(input: unknown): BrokerTokensConfig {
  const shape = v.safeParse(contextSchema, input);
  const problems = distinct([
    ...unknownKeys(input),
    ...(shape.issues ?? []).map(toProblem),
    ...ruleProblems(input),
  ]);
  if (!shape.success || problems.length > 0) throw new ConfigurationError(SOURCE, problems);
  const { credentials, ...rest } = shape.output;
  return {
    ...rest,
    credentials: credentials.map((each) => {
      const { renewBeforeSeconds, sessions, maxIssuesPerDay, renewEarly } = credentialDefaults(each);
      return {
        ...each,
        renewBefore: each.renewBefore ?? rest.renewBefore ?? renewBeforeSeconds,
        sessions: each.sessions ?? sessions,
        maxIssuesPerDay: each.maxIssuesPerDay ?? maxIssuesPerDay,
        renewEarly: each.renewEarly ?? renewEarly,
      };
    }),
  };
}

function toProblem(issue: v.BaseIssue<unknown>): Problem {
  const keys = (issue.path ?? []).map((item) => item.key as string | number);
  const known = keys.findLastIndex(
    (_, index) => FIELD_HELP[pathOf(keys.slice(0, index + 1), true)] !== undefined,
  );
  const kept = keys.slice(0, known + 1);
  const help = FIELD_HELP[pathOf(kept, true)];
  const got = kept.length === keys.length ? issue.input : issue.path?.[kept.length]?.input;
  return {
    path: pathOf(kept) || 'brokerTokens',
    got: kept.includes('secret') ? showSecret(got) : showValue(got),
    allowed: help?.allowed ?? issue.message,
    fix: help?.fix(got) ?? 'see README.md',
  };
}

/** `credentials[0].secret.name`, or without indices `credentials[].secret.name`. */
function pathOf(keys: readonly (string | number)[], withoutIndices = false): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${withoutIndices ? '' : key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

/** A misspelt option would silently be a default: every unknown key is refused. */
function unknownKeys(input: unknown): readonly Problem[] {
  const strangers = (value: unknown, allowed: readonly string[], path: string): readonly Problem[] =>
    Object.keys(record(value))
      // A leading "//" is the usual way to leave a comment in cdk.json.
      .filter((key) => !allowed.includes(key) && !key.startsWith('//'))
      .map((key) => ({
        path: path === '' ? key : `${path}.${key}`,
        got: 'an unknown key',
        allowed: allowed.map((each) => showValue(each)).join(', '),
        fix: didYouMean(key, allowed, 'remove it'),
      }));
  return [
    ...strangers(input, Object.keys(topEntries), ''),
    ...strangers(record(input)['fleet'], Object.keys(fleetEntries), 'fleet'),
    ...egressStrangers(record(input)['egress'], strangers),
    ...credentialsOf(input).flatMap((credential, index) => [
      ...strangers(credential, Object.keys(credentialEntries), `credentials[${index}]`),
      ...strangers(record(credential)['secret'], Object.keys(secretEntries), `credentials[${index}].secret`),
    ]),
  ];
}

/** Judges whatever could be read, so that a broken field does not hide what else is wrong. */
function ruleProblems(input: unknown): readonly Problem[] {
  const top = record(input);
  const checkEvery = read(topEntries.checkEvery, top['checkEvery']);
  const credentials = credentialsOf(input);
  return [
    ...(checkEvery === undefined ? [] : [checkEveryProblem(checkEvery, 'checkEvery')]),
    ...credentials.flatMap((value, index) => {
      const own = record(value);
      const path = `credentials[${index}]`;
      const broker = read(credentialEntries.broker, own['broker']);
      const market = read(credentialEntries.market, own['market']);
      const defaults = broker && market && credentialDefaults({ broker, market });
      const isOwn = own['renewBefore'] !== undefined;
      const margin = isOwn ? own['renewBefore'] : top['renewBefore'];
      const { sessions } = own;
      return credentialProblems({
        at: (field) =>
          field === 'renewBefore'
            ? `${isOwn ? `${path}.` : ''}renewBefore`
            : field === 'checkEvery' || field === 'responseTime' || field === 'egress'
              ? field
              : `${path}.${field}`,
        id: read(credentialEntries.id, own['id']),
        broker,
        checkEvery,
        renewBefore:
          margin === undefined ? defaults?.renewBeforeSeconds : read(credentialEntries.renewBefore, margin),
        responseTime: read(topEntries.responseTime, top['responseTime']),
        sessions: sessions === undefined ? defaults?.sessions : read(credentialEntries.sessions, sessions),
        maxIssuesPerDay: read(credentialEntries.maxIssuesPerDay, own['maxIssuesPerDay']),
        minimumInterval: read(credentialEntries.minimumInterval, own['minimumInterval']),
        renewEarly: read(credentialEntries.renewEarly, own['renewEarly']),
        market,
        egress: egressOf(top['egress']),
        allowPublicEgress: read(credentialEntries.allowPublicEgress, own['allowPublicEgress']),
      });
    }),
    ...duplicates(credentials, 'id', 'rename one of them: the id names the parameters'),
    ...duplicates(
      credentials,
      'secret',
      'give each credential its own app key: a broker keeps one token per key, so two would replace each other’s',
    ),
  ].filter((problem) => problem !== undefined);
}

/** Keys that its kind does not have; of an unknown kind none is known to be a stranger. */
function egressStrangers(
  egress: unknown,
  strangers: (value: unknown, allowed: readonly string[], path: string) => readonly Problem[],
): readonly Problem[] {
  const entries = { static: staticEntries, vpc: vpcEntries };
  const { kind } = record(egress);
  if (kind !== 'static' && kind !== 'vpc') return [];
  return strangers(egress, Object.keys(entries[kind]), 'egress');
}

function egressOf(value: unknown): 'public' | 'fixed' | undefined {
  const egress = read(topEntries.egress, value);
  return egress === undefined || egress === 'public' ? egress : 'fixed';
}

function duplicates(
  credentials: readonly unknown[],
  field: 'id' | 'secret',
  fix: string,
): readonly Problem[] {
  const first = new Map<string, number>();
  return credentials.flatMap((credential, index) => {
    const value = record(credential)[field];
    const { name, arn } = record(value) as { name?: unknown; arn?: unknown };
    const key = field === 'id' ? value : (arn ?? name);
    if (typeof key !== 'string') return [];
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return [];
    }
    const got = field === 'id' ? showValue(key) : 'the same secret';
    return [
      {
        path: `credentials[${index}].${field}`,
        got: `${got} as credentials[${earlier}]`,
        allowed: 'each only once',
        fix,
      },
    ];
  });
}

function credentialsOf(input: unknown): readonly unknown[] {
  const credentials = record(input)['credentials'];
  return Array.isArray(credentials) ? credentials : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A field by itself, with its default; undefined if it is not well formed. */
function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
