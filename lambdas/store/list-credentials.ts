import { setTimeout } from 'node:timers/promises';
import { type Parameter, paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';
import { type CredentialConfig, isFleetConfig, parseConfig } from '../shared/credential.ts';
import { CREDENTIAL_ID_PATTERN, parameterNames } from '../shared/names.ts';
import type { State } from '../shared/state.ts';
import { AwsError } from './aws-error.ts';
import { parseState } from './state-codec.ts';

/** A fleet credential: a credential that `tokens add` created without a deployment. */
export interface FleetCredential {
  readonly id: string;
  /** Undefined if the config parameter is invalid. */
  readonly config: CredentialConfig | undefined;
  readonly state: State;
  /** Whether the state parameter is damaged; `state` then contains the fields that could be recovered. */
  readonly unreadable: boolean;
  /** The time at which the config was last written, in epoch milliseconds. */
  readonly configWrittenAt: number;
}

/** The pause between pages, in milliseconds, uses a quarter of the account's read quota (docs/scale.md). */
const PAGE_PAUSE = 100;

/** Reads only String parameters, two of each credential, but never a token. @throws AwsError */
export async function listFleetCredentials(
  client: SSMClient,
  prefix: string,
): Promise<readonly FleetCredential[]> {
  const parametersByName = new Map<string, Parameter>();
  for await (const page of stringParameters(client, prefix, PAGE_PAUSE))
    for (const parameter of page) parametersByName.set(parameter.Name ?? '', parameter);
  return [...parametersByName].flatMap(([name, { Value = '', LastModifiedDate }]) => {
    const id = credentialIdIn(name, prefix);
    if (id === undefined || !isFleetConfig(Value)) return [];
    const parsed = parseConfig(Value);
    const config = parsed.ok ? parsed.config : undefined;
    const { state, unreadable } = parseState(parametersByName.get(parameterNames(prefix, id).state)?.Value);
    const configWrittenAt = LastModifiedDate?.getTime() ?? 0;
    return [{ id, config, state, unreadable: unreadable !== undefined, configWrittenAt }];
  });
}

/** Returns undefined for a parameter that is not a config parameter. */
function credentialIdIn(name: string, prefix: string): string | undefined {
  const id = name.slice(prefix.length + 1, -'/config'.length);
  return CREDENTIAL_ID_PATTERN.test(id) && name === parameterNames(prefix, id).config ? id : undefined;
}

/** Lists the ids of the fleet credentials. @throws AwsError */
export async function* listFleetPages(client: SSMClient, prefix: string): AsyncGenerator<readonly string[]> {
  for await (const page of stringParameters(client, prefix))
    yield page.flatMap(({ Name = '', Value = '' }) =>
      isFleetConfig(Value) ? (credentialIdIn(Name, prefix) ?? []) : [],
    );
}

/** Reads pages of ten String parameters, with a pause between two pages. @throws AwsError */
async function* stringParameters(client: SSMClient, prefix: string, pause = 0) {
  const input = {
    Path: prefix,
    Recursive: true,
    MaxResults: 10,
    ParameterFilters: [{ Key: 'Type', Option: 'Equals', Values: ['String'] }],
  };
  try {
    for await (const { Parameters = [], NextToken } of paginateGetParametersByPath({ client }, input)) {
      yield Parameters;
      if (pause > 0 && NextToken !== undefined) await setTimeout(pause);
    }
  } catch (error) {
    throw new AwsError(`read the parameters under ${prefix}`, error);
  }
}
