import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { listenDuringTest, START } from '../brokers/broker-harness.ts';

/** Starts the fake AWS over HTTP, with SDK clients that do not retry. */
export async function startFakeAws() {
  const clock = new ManualClock(START);
  const aws = new FakeAws({ clock });
  const endpoint = await listenDuringTest(aws.listen());
  const options = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
    maxAttempts: 1,
  };
  return { clock, aws, endpoint, ssm: new SSMClient(options), secrets: new SecretsManagerClient(options) };
}

/** Returns the error of a call, or an error with the name `none` if the call succeeds. */
export async function rejection(
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
  }
  return { name: 'none', message: '' };
}
