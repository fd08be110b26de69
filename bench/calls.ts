import type { World } from '../simulator/world.ts';

/** Who was called how often. */
export interface Calls {
  readonly ssm: number;
  /** SSM uses the key for each SecureString that is written or decrypted; GetParameters does not decrypt here. */
  readonly kms: number;
  readonly secrets: number;
  readonly broker: number;
  /** Operations of AWS in order, as `GetParameters` or `PutParameter /broker-tokens/kis-main/state`. */
  readonly operations: readonly string[];
}

/** What has been called since the books were opened: the stand-in's from its last clearing, the broker's by what they then held. */
export function countCalls(world: World): () => Calls {
  const { aws, kis, kiwoom } = world;
  aws.clearCalls();
  const before = kis.calls.length + kiwoom.calls.length;
  return () => {
    const ssm = aws.calls.filter(({ service }) => service === 'ssm');
    const secured = ssm.filter(
      ({ operation, name }) => operation !== 'GetParameters' && aws.parameter(name)?.type === 'SecureString',
    );
    return {
      ssm: ssm.length,
      kms: secured.length,
      secrets: aws.calls.length - ssm.length,
      broker: kis.calls.length + kiwoom.calls.length - before,
      operations: aws.calls.map(({ operation, name }) =>
        operation === 'PutParameter' ? `${operation} ${name}` : operation,
      ),
    };
  };
}
