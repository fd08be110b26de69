import { SourceError } from './errors.ts';
import { parseObject } from './read-state.ts';
import { createSourceError, type ParameterSource } from './source.ts';

export interface ExtensionOptions {
  /** The port of the extension. @default the variable PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, or 2773 */
  readonly port?: number;
  /** The token that authorizes calls to the extension. @default AWS_SESSION_TOKEN, which Lambda sets */
  readonly sessionToken?: string;
}

/**
 * Creates a source that reads parameters from the AWS Parameters and Secrets Lambda Extension, over HTTP on
 * localhost and without the SDK. The extension caches values for up to five minutes, so set the environment
 * variable SSM_PARAMETER_STORE_TTL_MILLIS to 1000 or less.
 * Source: Systems Manager User Guide, "Using Parameter Store parameters in AWS Lambda functions".
 */
export function extensionSource({ port, sessionToken }: ExtensionOptions = {}): ParameterSource {
  const environment = process.env;
  const actualPort = port ?? Number(environment['PARAMETERS_SECRETS_EXTENSION_HTTP_PORT'] ?? 2773);
  return {
    region: environment['AWS_REGION'],
    read: async (names, signal) => {
      const token = sessionToken ?? environment['AWS_SESSION_TOKEN'] ?? '';
      const found = await Promise.all(names.map((name) => readParameter(actualPort, token, name, signal)));
      return new Map(found.filter((each) => each !== undefined));
    },
  };
}

async function readParameter(
  port: number,
  sessionToken: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly [string, string] | undefined> {
  const url = `http://localhost:${port}/systemsmanager/parameters/get?name=${encodeURIComponent(name)}&withDecryption=true`;
  const headers = { 'X-Aws-Parameters-Secrets-Token': sessionToken };
  const { isOk, status, text } = await fetch(url, { headers, signal })
    .then(async (response) => ({ isOk: response.ok, status: response.status, text: await response.text() }))
    .catch((cause: unknown) => {
      const message = `the Parameters and Secrets Extension does not answer on port ${port}: add its layer to the function`;
      throw new SourceError('unavailable', 'NoExtension', message, { cause });
    });
  if (!isOk && text.includes('ParameterNotFound')) return undefined;
  if (!isOk) {
    const code = /(\w+(?:Exception|Error|NotFound|Denied|Disabled))/.exec(text)?.[1] ?? `HTTP ${status}`;
    throw createSourceError(code, text.slice(0, 300));
  }
  const { Parameter } = parseObject(text) as { readonly Parameter?: { readonly Value?: unknown } };
  if (typeof Parameter?.Value === 'string') return [name, Parameter.Value];
  const message = 'the reply of the Parameters and Secrets Extension contains no parameter';
  throw new SourceError('unavailable', 'UnexpectedAnswer', message);
}
