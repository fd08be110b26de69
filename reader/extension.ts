import { SourceError } from './errors.ts';
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
  let text: string;
  try {
    const response = await fetch(url, { headers, signal });
    text = await response.text();
    if (!response.ok) return throwUnlessNotFound(response.status, text);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(
      'unavailable',
      'NoExtension',
      `the Parameters and Secrets Extension does not answer on port ${port}: add its layer to the function`,
      { cause: error },
    );
  }
  return [name, parameterValue(text)];
}

function throwUnlessNotFound(status: number, text: string): undefined {
  if (text.includes('ParameterNotFound')) return undefined;
  const code = /(\w+(?:Exception|Error|NotFound|Denied|Disabled))/.exec(text)?.[1] ?? `HTTP ${status}`;
  throw createSourceError(code, text.slice(0, 300));
}

function parameterValue(text: string): string {
  try {
    const { Parameter } = JSON.parse(text) as { readonly Parameter?: { readonly Value?: unknown } };
    if (typeof Parameter?.Value === 'string') return Parameter.Value;
  } catch {
    // A reply with invalid JSON results in the error `UnexpectedAnswer` below.
  }
  throw new SourceError(
    'unavailable',
    'UnexpectedAnswer',
    'the reply of the Parameters and Secrets Extension contains no parameter',
  );
}
