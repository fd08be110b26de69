import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from '../deploy/python.ts';

const run = promisify(execFile);

/**
 * The directory that `npm run test:clients` keeps between runs, with one virtual environment per client. Not
 * in git.
 */
const ENVIRONMENTS = join(import.meta.dirname, '..', '..', '.clients-test');
const REQUIREMENTS = join(import.meta.dirname, 'requirements');

/** The version of uv, which creates the virtual environments faster than venv and pip. */
const UV = 'uv==0.13.9';

/** The oldest supported minor version of Python 3, by environment. The default is 11. */
const OLDEST_PYTHON_MINOR: Readonly<Record<string, number>> = { kwcli: 13 };

/** The settings with which Python stores compiled modules outside the directories of the examples. */
export const PYTHON_CACHE = {
  PYTHONDONTWRITEBYTECODE: '',
  PYTHONPYCACHEPREFIX: join(ENVIRONMENTS, 'pycache'),
};

/**
 * Returns the path of a program in a virtual environment, or undefined if this machine has no Python version
 * for that environment.
 */
export function programPath(environment: string, program: string): string | undefined {
  const path = join(ENVIRONMENTS, environment, 'bin', program);
  return existsSync(path) ? path : undefined;
}

/** Returns the message that explains why a virtual environment does not exist. */
export function missingEnvironmentMessage(environment: string): string {
  return `NOT RUN: ${environment} needs Python 3.${oldestMinorVersion(environment)} or later, and this machine has none`;
}

/** Creates each virtual environment that does not exist or whose pinned versions changed. */
export async function setup(): Promise<void> {
  mkdirSync(ENVIRONMENTS, { recursive: true });
  await installOnce(join(ENVIRONMENTS, 'uv'), UV, async () => {
    await run('python3', ['-m', 'venv', join(ENVIRONMENTS, 'uv')]);
    const options = ['--quiet', '--disable-pip-version-check'];
    await run(join(ENVIRONMENTS, 'uv', 'bin', 'pip'), ['install', ...options, UV]);
  });
  const pythons = await findInterpreters();
  for (const file of readdirSync(REQUIREMENTS)) {
    const environment = file.replace('.txt', '');
    const python = pythons.find(({ minorVersion }) => minorVersion >= oldestMinorVersion(environment));
    if (python) await makeEnvironment(environment, python.path);
    else process.stderr.write(`${missingEnvironmentMessage(environment)}\n`);
  }
}

async function makeEnvironment(environment: string, python: string): Promise<void> {
  const uv = join(ENVIRONMENTS, 'uv', 'bin', 'uv');
  const requirements = join(REQUIREMENTS, `${environment}.txt`);
  const directory = join(ENVIRONMENTS, environment);
  const pinnedVersions = `${python}\n${readFileSync(requirements, 'utf8')}`;
  // With UV_SYSTEM_CERTS, uv trusts the certificates of the system, as pip does.
  const env = { ...process.env, UV_SYSTEM_CERTS: '1', UV_PYTHON_DOWNLOADS: 'never' };
  const pip = ['pip', 'install', '--quiet', '--python', join(directory, 'bin', 'python')];
  await installOnce(directory, pinnedVersions, async () => {
    await run(uv, ['venv', '--quiet', '--python', python, directory], { env });
    await run(uv, [...pip, '--requirement', requirements], { env });
  });
}

function oldestMinorVersion(environment: string): number {
  return OLDEST_PYTHON_MINOR[environment] ?? 11;
}

/** Finds the Python interpreters that can be started on this machine. The default interpreter comes first. */
async function findInterpreters() {
  const pyenvVersions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const pyenvInterpreters = existsSync(pyenvVersions)
    ? readdirSync(pyenvVersions).map((name) => join(pyenvVersions, name, 'bin/python3'))
    : [];
  const names = [11, 12, 13, 14].map((minor) => `python3.${minor}`);
  const pythons = await Promise.all(['python3', ...names, ...pyenvInterpreters].map(inspectInterpreter));
  return pythons.filter((python) => python !== undefined);
}

async function inspectInterpreter(command: string) {
  const script = 'import sys; print(sys.version_info[1], sys.executable)';
  try {
    const { stdout } = await run(command, ['-c', script]);
    const [minorVersion = '', ...path] = stdout.trim().split(' ');
    return { minorVersion: Number(minorVersion), path: path.join(' ') };
  } catch {
    return undefined;
  }
}
