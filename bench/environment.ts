import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopbackWorld, type WorldCredential } from '../simulator/world.ts';
import { startTlsProxy } from './tls-proxy.ts';

const HOUR = 3_600_000;
const ID = 'kis-main';
const CREDENTIAL: WorldCredential = { id: ID, broker: 'kis', sessions: [{ preset: 'nxt' }] };

export type BenchEnvironment = Awaited<ReturnType<typeof openEnvironment>>;

/** Starts the simulated brokers, and a fake AWS behind a TLS proxy, on loopback with the real clock. */
export async function openEnvironment(now: number) {
  // The clock starts at half past an hour, because a tick at the start of an hour also compares the version
  // of the secret.
  const clockShift = HOUR / 2 - (now % HOUR);
  const world = await LoopbackWorld.start({ start: now + clockShift, credentials: [CREDENTIAL] });
  const tlsProxy = await startTlsProxy(world.environment['AWS_ENDPOINT_URL'] ?? '');
  const directory = mkdtempSync(join(tmpdir(), 'broker-tokens-bench-'));
  const certificate = join(directory, 'certificate.pem');
  writeFileSync(certificate, tlsProxy.certificate);
  return {
    world,
    /** The environment variables of a process that runs the bundle of a Lambda function. */
    variables: {
      ...world.environment,
      AWS_ENDPOINT_URL: tlsProxy.url,
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_LAMBDA_FUNCTION_NAME: 'refresher',
      // These variables prevent the SDK from finding other credentials or configuration, as in Lambda.
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: directory,
      BENCH_CLOCK_SHIFT: String(clockShift),
    },
    tick: () => world.event({ credential: ID, cause: 'schedule' }),
    close: async () => {
      await tlsProxy.close();
      await world.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
