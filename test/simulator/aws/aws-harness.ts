import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { START, started } from '../brokers/broker-harness.ts';

/** The stand-in behind HTTP, and the SDK's own clients pointed at it. No repetitions: every call counts. */
export async function startFakeAws() {
  const clock = new ManualClock(START);
  const aws = new FakeAws({ clock });
  const endpoint = await started(aws.listen());
  const options = {
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
    maxAttempts: 1,
  };
  return { clock, aws, endpoint, ssm: new SSMClient(options), secrets: new SecretsManagerClient(options) };
}

/** What a refusal looks like to a user of the SDK. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
  }
  return { name: 'none', message: '' };
}
