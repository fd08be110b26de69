import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { generate } from 'selfsigned';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { EMULATOR_DIRECTORY, PYTHON } from './python.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'ap-northeast-2';

/** An emulator of AWS, which runs as a separate process on loopback. */
export interface Emulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The environment of a child process, without variables of the developer's AWS account. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    // The directory of the running Node.js is first, because this Node.js has the major version of the Lambda
    // runtime.
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: createTemporaryDirectory('home'),
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Prevents Python from writing compiled files into the folder of the examples.
    PYTHONDONTWRITEBYTECODE: '1',
    ...more,
  };
}

/**
 * Starts MiniStack, which emulates CloudFormation, Lambda, SQS, EventBridge and everything else that the
 * stack needs, without Docker.
 * @param inheritedVariables additional environment variables of MiniStack and of its functions
 */
export async function startMiniStack(
  inheritedVariables: Readonly<Record<string, string>> = {},
): Promise<Emulator> {
  const port = await findFreePort();
  const environment = miniStackEnvironment(port, inheritedVariables);
  return start(['-m', 'ministack'], environment, port);
}

/**
 * Starts a MiniStack that evaluates policies, which deny requests without TLS. Ctrl-C does not end this
 * MiniStack, so that the caller can first delete the stack. The function processes end with MiniStack.
 */
export async function startMiniStackWithPermissions(): Promise<Emulator & { readonly certificate: string }> {
  const port = await findFreePort();
  const { certificate, key } = await createCertificate();
  const variables = { AUTH: 'true', USE_SSL: '1', MINISTACK_SSL_CERT: certificate, MINISTACK_SSL_KEY: key };
  const detached = true;
  const emulator = await start(['-m', 'ministack'], miniStackEnvironment(port, variables), port, detached);
  return { ...emulator, endpoint: `https://127.0.0.1:${port}`, certificate };
}

function miniStackEnvironment(port: number, more: Readonly<Record<string, string>>) {
  return cleanEnvironment({
    // By default, MiniStack listens on every address of the machine.
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    // The functions in MiniStack may connect only to this machine, like the tests.
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, '..', 'loopback-only.ts'))}`,
    ...more,
  });
}

/** Creates a certificate for loopback. @returns the paths of the files, in a temporary directory */
async function createCertificate() {
  const generatedPems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const directory = createTemporaryDirectory('tls');
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  writeFileSync(certificate, generatedPems.cert);
  writeFileSync(key, generatedPems.private);
  return { certificate, key };
}

/** Starts moto, which emulates SSM and Secrets Manager in great detail. */
export async function startMoto(): Promise<Emulator> {
  const port = await findFreePort();
  const motoArguments = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  return start(motoArguments, cleanEnvironment({ MOTO_ACCOUNT_ID: ACCOUNT }), port);
}

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
  detached = false,
): Promise<Emulator> {
  mkdirSync(EMULATOR_DIRECTORY, { recursive: true });
  const log = join(EMULATOR_DIRECTORY, `emulator-${port}.log`);
  const output = openSync(log, 'w');
  const child = spawn(PYTHON, args, { env, cwd: env['HOME'], detached, stdio: ['ignore', output, output] });
  closeSync(output);
  // Kills the emulator even if the run is interrupted.
  const killEmulator = () => (detached ? killGroup(child) : child.kill('SIGKILL'));
  process.once('exit', killEmulator);
  await waitForPort(port, child, log);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      process.removeListener('exit', killEmulator);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const childExit = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([childExit, sleep(10_000).then(() => child.kill('SIGKILL'))]);
      if (detached) killGroup(child);
    },
  };
}

/** Ends the remaining processes of a process group, for example the processes of MiniStack's functions. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All processes of the group have already ended.
  }
}

async function waitForPort(port: number, child: ChildProcess, log: string): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    if (child.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(500);
    } finally {
      socket.destroy();
    }
  }
  child.kill('SIGKILL');
  throw new Error(`the emulator did not start: see ${log}`);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
