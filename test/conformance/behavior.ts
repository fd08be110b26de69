import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/** The SDK clients, connected to the endpoint of the backend. */
export interface AwsClients {
  readonly ssm: SSMClient;
  readonly secrets: SecretsManagerClient;
}

/** A fake or an emulator that replaces AWS in tests. */
export type Backend = 'fake AWS' | 'MiniStack' | 'moto';

export interface Behavior {
  /** A unique sentence that describes the behavior. */
  readonly title: string;
  /** The result that the AWS documentation states, or that was measured at the real service. */
  readonly documentedResult: unknown;
  /** The emulators that differ from AWS. docs/testing.md lists all differences. */
  readonly difference?: {
    readonly backends: readonly Backend[];
    readonly actualResult: unknown;
    /** A description of the actual result. */
    readonly description: string;
  };
  /** The AWS documentation page that states the result, or the source of its measurement. */
  readonly source: string;
  /** @param name the name of a new parameter or secret, with a leading slash */
  readonly run: (clients: AwsClients, name: string) => Promise<unknown>;
}

/** Returns the name of the error of a call, or `accepted` if the call succeeds. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Creates SDK clients without retries. */
export function clientsOf(endpoint: string): AwsClients {
  const options = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: 1,
  };
  return { ssm: new SSMClient(options), secrets: new SecretsManagerClient(options) };
}
