import { SSMClient } from '@aws-sdk/client-ssm';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createTokenReader } from 'broker-token-refresher/reader';

/**
 * Creates a reader for a credential whose refresher is in a different account. READER_ROLE is the ARN of the
 * role to assume.
 */
export function readerOfOtherAccount(credential: string) {
  const credentials = fromTemporaryCredentials({
    params: { RoleArn: process.env['READER_ROLE'] ?? '', RoleSessionName: `reads-${credential}` },
  });
  return createTokenReader({ credential, client: new SSMClient({ credentials }) });
}
