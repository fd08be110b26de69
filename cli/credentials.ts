import type { Parameter } from '@aws-sdk/client-ssm';
import type { Contract } from '../lambdas/brokers/broker.ts';
import { BROKER } from '../lambdas/brokers/endpoints.ts';
import { type Facts, type SecretFacts, storedFacts } from '../lambdas/decision/facts.ts';
import { accept, upToDate } from '../lambdas/decision/requests.ts';
import { type CredentialConfig, parseConfig } from '../lambdas/shared/credential.ts';
import type { InboxMessage } from '../lambdas/shared/message.ts';
import { CREDENTIAL_ID, parameterNames } from '../lambdas/shared/names.ts';
import { NO_STATE, type State } from '../lambdas/shared/state.ts';
import { parseState } from '../lambdas/store/state-codec.ts';
import { suggest } from '../lib/config/configuration-error.ts';
import { type CliContext, location } from './cli-context.ts';
import { CommandFailedError, NotFoundError, UsageError } from './cli-error.ts';

/** A credential: the content of its two readable parameters. */
export interface Credential {
  readonly config: CredentialConfig;
  readonly state: State;
  /** What is wrong with the state parameter; `state` then holds what could be saved. */
  readonly unreadable?: string | undefined;
}

/** A credential whose config parameter is not valid. */
export interface Broken {
  readonly id: string;
  readonly problems: string;
}

/** What to do about a config parameter that is not valid. */
export const CONFIG_ANEW =
  'Deploy the stack again: it writes the parameter. A fleet credential: remove it, then add it again.';

export function contractOf({ config }: Credential): Contract {
  return BROKER[config.broker].contract(config);
}

/** The facts of the next tick, or of a message sent now. The secret is not read: see `assumedSecret`. */
export function factsOf(credential: Credential, now: number, message?: InboxMessage): Facts {
  const { config, unreadable } = credential;
  const state = message === undefined ? credential.state : accept(credential.state, message, now, false);
  const stored = { config, contract: contractOf(credential), state, unreadable: unreadable !== undefined };
  const facts = { ...storedFacts(stored, now), secret: assumedSecret(state) };
  return { ...facts, state: upToDate(facts, now) };
}

/** A key that was not used for a call yet: no interval and no budget of another key holds it. */
const UNUSED_KEY = '';

/** The secret that the state names; undefined if it changed since or held no key: a tick reads it first. */
function assumedSecret({ refused, pending, published, calledWith }: State): SecretFacts | undefined {
  const issuer = published?.issuedFor;
  if (refused?.code === 'Unconfigured') return undefined;
  const issued = { appKey: issuer?.appKey ?? calledWith ?? UNUSED_KEY, keyPair: issuer?.keyPair };
  if (refused !== undefined)
    return { ...issued, version: refused.secretVersion, appKey: calledWith ?? issued.appKey };
  if (pending?.credentialsChanged !== undefined) return undefined;
  return { ...issued, version: issuer?.secretVersion ?? '' };
}

/**
 * One credential: a single GetParameters of config and state, as the refresher itself reads them.
 * @throws NotFoundError with the ids there are, if that is none
 */
export async function readCredential(context: CliContext, id: string): Promise<Credential> {
  if (!CREDENTIAL_ID.test(id))
    throw new UsageError(
      `"${id}" is no credential's id: it matches [a-z0-9-]{1,40}.`,
      `See them: ${context.program} status`,
    );
  const names = parameterNames(context.prefix, id);
  const { GetParametersCommand } = await import('@aws-sdk/client-ssm');
  const { Parameters = [] } = await context.aws.use('ssm:GetParameters', `${context.prefix}/${id}/*`, (ssm) =>
    ssm.send(new GetParametersCommand({ Names: [names.config, names.state] }), {
      abortSignal: context.signal,
    }),
  );
  const found = credentialFrom(id, Parameters, context.prefix);
  if (found === undefined) throw await unknownCredential(context, id);
  if ('problems' in found)
    throw new CommandFailedError(
      `The parameter ${names.config} cannot be understood: ${found.problems}.`,
      CONFIG_ANEW,
    );
  return found;
}

/** What to say of an id that nothing has. */
export async function unknownCredential(context: CliContext, id: string): Promise<NotFoundError> {
  const ids = await idsThereAre(context);
  const seeAll = `See them: ${context.program} status`;
  if (ids === undefined)
    return new NotFoundError(`There is no credential "${id}" under ${location(context)}.`, seeAll);
  if (ids.length === 0) return nothingDeployed(context);
  const meant = suggest(id, ids);
  const known = ids.length <= 8 ? `There are: ${ids.join(', ')}.` : seeAll;
  return new NotFoundError(
    `There is no credential "${id}" under ${location(context)}.`,
    meant === undefined ? known : `Did you mean "${meant}"? ${known}`,
  );
}

/** Undefined where they may not be listed: the message is then shorter, and that is all. */
async function idsThereAre(context: CliContext): Promise<readonly string[] | undefined> {
  try {
    const { credentials, broken } = await readCredentials(context);
    return [...credentials.map(({ config }) => config.id), ...broken.map(({ id }) => id)];
  } catch {
    return undefined;
  }
}

function nothingDeployed(context: CliContext): NotFoundError {
  return new NotFoundError(
    `Nothing is deployed under ${location(context)}: there is no parameter of a credential.`,
    'Another account or region? Pass --profile or --region; another prefix: --prefix. Else deploy: npx cdk deploy.',
  );
}

/**
 * All credentials. Strings only: what is asked for never includes a token, not even encrypted.
 * @throws NotFoundError if there are none
 */
export async function readAll(
  context: CliContext,
): Promise<{ readonly credentials: readonly Credential[]; readonly broken: readonly Broken[] }> {
  const found = await readCredentials(context);
  if (found.credentials.length + found.broken.length === 0) throw nothingDeployed(context);
  return found;
}

async function readCredentials(context: CliContext) {
  const { prefix } = context;
  const { paginateGetParametersByPath } = await import('@aws-sdk/client-ssm');
  const parameters = await context.aws.use('ssm:GetParametersByPath', `parameter${prefix}`, async (ssm) => {
    const pages = paginateGetParametersByPath(
      { client: ssm },
      {
        Path: prefix,
        Recursive: true,
        MaxResults: 10,
        ParameterFilters: [{ Key: 'Type', Option: 'Equals', Values: ['String'] }],
      },
      { abortSignal: context.signal },
    );
    const all: Parameter[] = [];
    for await (const { Parameters = [] } of pages) all.push(...Parameters);
    return all;
  });
  const ids = parameters.flatMap(({ Name = '' }) => idOf(Name, prefix) ?? []);
  const found = [...new Set(ids)].sort().map((id) => credentialFrom(id, parameters, prefix));
  const present = found.filter((each) => each !== undefined);
  return {
    credentials: present.filter((each): each is Credential => 'config' in each),
    broken: present.filter((each): each is Broken => 'problems' in each),
  };
}

/** The credential that a config parameter belongs to. */
function idOf(name: string, prefix: string): string | undefined {
  const id = name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1).replace(/\/config$/, '') : '';
  return CREDENTIAL_ID.test(id) && name.endsWith('/config') ? id : undefined;
}

function credentialFrom(
  id: string,
  parameters: readonly Parameter[],
  prefix: string,
): Credential | Broken | undefined {
  const names = parameterNames(prefix, id);
  const config = parameters.find(({ Name }) => Name === names.config)?.Value;
  if (config === undefined) return undefined;
  const parsed = parseConfig(config);
  if (!parsed.ok) return { id, problems: firstOf(parsed.problems) };
  const parameter = parameters.find(({ Name }) => Name === names.state);
  if (parameter?.Value === undefined) return { config: parsed.config, state: NO_STATE };
  const { state, unreadable } = parseState(parameter.Value);
  if (unreadable === undefined) return { config: parsed.config, state };
  // As the refresher bounds the minimum interval of a damaged state.
  const lastCallAt = state.lastCallAt ?? parameter.LastModifiedDate?.getTime();
  return { config: parsed.config, state: { ...state, lastCallAt }, unreadable };
}

/** Where all is wrong, the first two tell enough. */
function firstOf(problems: string): string {
  const all = problems.split('; ');
  return all.length <= 3 ? problems : `${all.slice(0, 2).join('; ')}; and ${all.length - 2} more`;
}
