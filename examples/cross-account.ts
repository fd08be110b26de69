import { SSMClient } from '@aws-sdk/client-ssm';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createTokenReader } from 'broker-token-refresher/reader';

/** The reader in an account that is not the refresher's: with a role there, whose ARN is READER_ROLE. */
export function readerOfOtherAccount(credential: string) {
  const credentials = fromTemporaryCredentials({
    params: { RoleArn: process.env['READER_ROLE'] ?? '', RoleSessionName: `reads-${credential}` },
  });
  return createTokenReader({ credential, client: new SSMClient({ credentials }) });
}
