import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { World, type WorldCredential } from '../simulator/world.ts';
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

/** Everything that a function meets, on loopback, AWS behind TLS; in real time. */
export interface BenchEnvironment {
  readonly world: World;
  readonly aws: TlsProxy;
  /** Of a process that runs a function here. */
  readonly variables: Readonly<Record<string, string>>;
  tick(): SQSEvent;
  close(): Promise<void>;
}

const HOUR = 3_600_000;
export const CREDENTIAL = 'kis-main';

/** As a trader has it: hours of trading, in which the token should not change. */
const BUSY: WorldCredential = { id: CREDENTIAL, broker: 'kis', sessions: [{ preset: 'nxt' }] };

export async function openEnvironment(now: number): Promise<BenchEnvironment> {
  const shift = HOUR / 2 - (now % HOUR);
  const world = await World.start({ start: now + shift, credentials: [BUSY] });
  const aws = await startTlsProxy(world.environment['AWS_ENDPOINT_URL'] ?? '', { tls: true });
  const directory = mkdtempSync(join(tmpdir(), 'broker-tokens-bench-'));
  const certificate = join(directory, 'certificate.pem');
  writeFileSync(certificate, aws.certificate ?? '');
  return {
    world,
    aws,
    variables: {
      ...world.environment,
      AWS_ENDPOINT_URL: aws.url,
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_LAMBDA_FUNCTION_NAME: 'refresher',
      // Where a library asks for more than was given, it finds nobody: as in Lambda.
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: directory,
      BENCH_CLOCK_SHIFT: String(shift),
    },
    tick: () => world.event({ credential: CREDENTIAL, cause: 'schedule' }),
    close: async () => {
      await aws.close();
      await world.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
