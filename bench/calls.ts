import type { LoopbackWorld } from '../simulator/world.ts';

export type CallCounts = Readonly<ReturnType<ReturnType<typeof countCalls>>>;

/** Starts to count calls. @returns a function that returns the number of calls by service since the start */
export function countCalls({ aws, kis, kiwoom }: LoopbackWorld) {
  aws.clearCalls();
  const brokerCallsBefore = kis.calls.length + kiwoom.calls.length;
  return () => {
    const ssm = aws.calls.filter(({ service }) => service === 'ssm');
    const usesTokenKey = ({ operation, name }: (typeof ssm)[number]) =>
      operation !== 'GetParameters' && aws.parameter(name)?.type === 'SecureString';
    return {
      ssm: ssm.length,
      /**
       * The number of KMS calls by SSM: one for each SecureString that is written or decrypted. Calls of
       * GetParameters are not counted, because the refresher uses this operation without decryption.
       */
      kms: ssm.filter(usesTokenKey).length,
      secrets: aws.calls.length - ssm.length,
      broker: kis.calls.length + kiwoom.calls.length - brokerCallsBefore,
    };
  };
}

export function totalCalls({ ssm, secrets, broker }: CallCounts): number {
  return ssm + secrets + broker;
}
