import type { Parameter } from '@aws-sdk/client-ssm';
import type { BrokerContract } from '../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../lambdas/brokers/endpoints.ts';
import { type Facts, factsFromStore, type SecretFacts } from '../lambdas/decision/facts.ts';
import { acceptRequest, adaptStoredState } from '../lambdas/decision/requests.ts';
import { type CredentialConfig, parseConfig } from '../lambdas/shared/credential.ts';
import type { InboxMessage } from '../lambdas/shared/message.ts';
import { CREDENTIAL_ID_PATTERN, parameterNames } from '../lambdas/shared/names.ts';
import { INITIAL_STATE, type State } from '../lambdas/shared/state.ts';
import { parseState } from '../lambdas/store/state-codec.ts';
import { suggestAllowedWord } from '../lib/config/configuration-error.ts';
import { type CliContext, parametersLocation } from './cli-context.ts';
import { CliError, CommandFailedError, NotFoundError, UsageError } from './cli-error.ts';

/** The config and state parameters of a credential. */
export interface Credential {
  readonly config: CredentialConfig;
  readonly state: State;
  /** Why the state cannot be parsed; `state` then contains only the fields that could be parsed. */
  readonly unreadableReason?: string | undefined;
  /** Why readers cannot use the token parameter; undefined if its version equals the version in the state. */
  readonly tokenProblem?: 'deleted' | 'overwritten' | undefined;
}

export type StoredCredentials = Awaited<ReturnType<typeof readCredentials>>;

export const REWRITE_CONFIG_FIX =
  'Write the parameter again: npx cdk deploy --revert-drift. For a fleet credential, run "remove" and "add" instead.';

export function brokerContractOf({ config }: Credential): BrokerContract {
  return BROKERS_BY_ID[config.broker].contract(config);
}

/**
 * Returns the facts with which the refresher decides at the next tick or, if `message` is passed, when it
 * receives the message. The facts about the secret are derived from the state, without reading the secret.
 */
export function decisionFactsOf(credential: Credential, now: number, message?: InboxMessage): Facts {
  const { config, unreadableReason, tokenProblem } = credential;
  const state =
    message === undefined ? credential.state : acceptRequest(credential.state, message, now, false);
  const unreadable = unreadableReason !== undefined;
  const facts: Facts = {
    ...factsFromStore({ config, contract: brokerContractOf(credential), state, unreadable }, now),
    secret: secretFactsOf(state),
    parameter: tokenProblem === undefined ? 'ours' : 'changed',
  };
  return { ...facts, state: adaptStoredState(facts, now) };
}

/** Returns undefined if the secret has changed or contained no key: the next tick then reads the secret. */
function secretFactsOf({ refused, pending, published, calledWith }: State): SecretFacts | undefined {
  const { appKey = calledWith, keyPair, secretVersion = '' } = published?.issuedFor ?? {};
  if (refused?.code === 'Unconfigured') return undefined;
  if (refused !== undefined)
    return { keyPair, version: refused.secretVersion, appKey: calledWith ?? appKey ?? UNKNOWN_APP_KEY };
  if (pending?.credentialsChanged !== undefined) return undefined;
  return { keyPair, version: secretVersion, appKey: appKey ?? UNKNOWN_APP_KEY };
}

/** Replaces an app key that is not in the state. No minimum interval and no daily limit apply to it. */
const UNKNOWN_APP_KEY = '';

/**
 * Returns the name of a secret from a partial ARN, which does not end with six random characters. The stack
 * writes a partial ARN for a secret that is configured by name. Returns undefined for a complete ARN.
 */
export function nameInPartialArn(arn: string): string | undefined {
  const name = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(arn)?.[1];
  return name === undefined || /-[A-Za-z0-9]{6}$/.test(name) ? undefined : name;
}

const listHint = ({ program }: CliContext): string => `To list the credentials, run: ${program} status`;

/** @throws UsageError */
export function requireCredentialId(context: CliContext, id: string): void {
  if (!CREDENTIAL_ID_PATTERN.test(id))
    throw new UsageError(
      `"${id}" is not a credential id: an id has 1 to 40 of a-z, 0-9 and "-".`,
      listHint(context),
    );
}

/** Reads one credential without decrypting its token. @throws NotFoundError with the ids that exist */
export async function readCredential(context: CliContext, id: string): Promise<Credential> {
  requireCredentialId(context, id);
  const { aws, prefix } = context;
  const { config, state, token } = parameterNames(prefix, id);
  const { Parameters = [] } = await aws.call('ssm:GetParameters', `${prefix}/${id}/*`, {
    Names: [config, state, token],
  });
  const parsedCredential = parseCredential(id, Parameters, prefix);
  if (parsedCredential === undefined) throw await unknownCredentialError(context, id);
  if ('problems' in parsedCredential)
    throw new CommandFailedError(
      `The parameter ${config} is invalid: ${parsedCredential.problems}.`,
      REWRITE_CONFIG_FIX,
    );
  return parsedCredential;
}

/** Creates the error for an unknown id. The fix contains a similar id if there is one. */
export async function unknownCredentialError(context: CliContext, id: string): Promise<NotFoundError> {
  const ids = await existingIds(context);
  if (ids?.length === 0) return nothingDeployedError(context);
  const suggestedId = ids && suggestAllowedWord(id, ids);
  const knownIdsText =
    ids !== undefined && ids.length <= 8 ? `Credentials: ${ids.join(', ')}.` : listHint(context);
  return new NotFoundError(
    `There is no credential "${id}" under ${parametersLocation(context)}.`,
    suggestedId === undefined ? knownIdsText : `Did you mean "${suggestedId}"? ${knownIdsText}`,
  );
}

async function existingIds(context: CliContext): Promise<readonly string[] | undefined> {
  try {
    const { credentials, invalid } = await listCredentials(context);
    return [...credentials.map(({ config }) => config.id), ...invalid.map(({ id }) => id)];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return undefined;
  }
}

function nothingDeployedError(context: CliContext): NotFoundError {
  return new NotFoundError(
    `Nothing is deployed under ${parametersLocation(context)}: there is no config parameter.`,
    'To read a different account, region or prefix, pass --profile, --region or --prefix. To deploy, run: npx cdk deploy.',
  );
}

/** Reads all credentials without decrypting a token. @throws NotFoundError if there are none */
export async function readCredentials(context: CliContext) {
  const stored = await listCredentials(context);
  if (Object.values(stored).flat().length === 0) throw nothingDeployedError(context);
  return stored;
}

async function listCredentials({ aws, prefix }: CliContext) {
  const pages = await aws.pages('ssm:GetParametersByPath', `parameter${prefix}`, {
    Path: prefix,
    Recursive: true,
    MaxResults: 10,
  });
  const parameters = pages.flatMap(({ Parameters = [] }) => Parameters);
  const ids = [...new Set(parameters.flatMap(({ Name = '' }) => credentialIdIn(Name, prefix) ?? []))].sort();
  const parsedCredentials = ids.map((id) => parseCredential(id, parameters, prefix));
  return {
    credentials: parsedCredentials.filter((each) => each !== undefined && 'config' in each),
    invalid: parsedCredentials.filter((each) => each !== undefined && 'problems' in each),
    /** The ids that have a state or a token parameter, but no config parameter. */
    withoutConfig: ids.filter((_, index) => parsedCredentials[index] === undefined),
  };
}

/** Returns the credential id in the name of a config, state or token parameter; undefined for other names. */
export function credentialIdIn(name: string, prefix: string): string | undefined {
  if (!name.startsWith(`${prefix}/`)) return undefined;
  const [, id = ''] = /^([^/]+)\/(?:config|state|token)$/.exec(name.slice(prefix.length + 1)) ?? [];
  return CREDENTIAL_ID_PATTERN.test(id) ? id : undefined;
}

type ParsedCredential = Credential | { readonly id: string; readonly problems: string } | undefined;

function parseCredential(id: string, parameters: readonly Parameter[], prefix: string): ParsedCredential {
  const names = parameterNames(prefix, id);
  const config = parameters.find(({ Name }) => Name === names.config)?.Value;
  if (config === undefined) return undefined;
  const parsed = parseConfig(config);
  if (!parsed.ok) return { id, problems: shortenProblems(parsed.problems) };
  const stateParameter = parameters.find(({ Name }) => Name === names.state);
  if (stateParameter?.Value === undefined) return { config: parsed.config, state: INITIAL_STATE };
  const { state, unreadable: unreadableReason } = parseState(stateParameter.Value);
  const tokenParameter = parameters.find(({ Name }) => Name === names.token);
  if (unreadableReason === undefined)
    return { config: parsed.config, state, tokenProblem: findTokenProblem(state, tokenParameter) };
  // If the state is damaged, the refresher assumes that the last broker call was at the last state write.
  const lastCallAt = state.lastCallAt ?? stateParameter.LastModifiedDate?.getTime();
  return { config: parsed.config, state: { ...state, lastCallAt }, unreadableReason };
}

function findTokenProblem({ published, attempt }: State, parameter?: Parameter): Credential['tokenProblem'] {
  if (published === undefined) return undefined;
  if (parameter === undefined) return 'deleted';
  // During a broker call, the two versions can differ: the refresher writes the token before the state.
  if (published.tokenVersion === undefined || attempt?.outcome === 'started') return undefined;
  return parameter.Version === published.tokenVersion ? undefined : 'overwritten';
}

function shortenProblems(problems: string): string {
  const all = problems.split('; ');
  return all.length <= 3 ? problems : `${all.slice(0, 2).join('; ')}; and ${all.length - 2} more`;
}
