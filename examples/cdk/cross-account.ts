import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

/** In the refresher's account: a role that the other account may take, for this credential only. */
export function letAccountRead(scope: Construct, credential: BrokerCredential, account: string): Role {
  const reader = new Role(scope, 'TokenReader', {
    roleName: `read-${credential.credentialId}`,
    assumedBy: new AccountPrincipal(account),
  });
  credential.grantRead(reader);
  return reader;
}
