import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The directory of the emulators and their last logs, which `npm run test:deploy` and
 * `npm run test:aws -- --emulator` keep between runs. Git ignores this directory.
 */
export const EMULATOR_DIRECTORY = join(import.meta.dirname, '..', '..', '.deploy-test');
const VENV = join(EMULATOR_DIRECTORY, 'venv');

/** The Python interpreter of the virtual environment. */
export const PYTHON = join(VENV, 'bin', 'python');
/** The directory of the commands in the virtual environment, including `aws`. */
export const COMMAND_DIRECTORY = join(VENV, 'bin');

const PIN_FILES = ['requirements.txt', 'constraints.txt'].map((name) => join(import.meta.dirname, name));

/** Creates the virtual environment, unless one with exactly the same pinned versions exists. */
export async function setup(): Promise<void> {
  mkdirSync(EMULATOR_DIRECTORY, { recursive: true });
  for (const name of readdirSync(EMULATOR_DIRECTORY))
    if (name.endsWith('.log')) rmSync(join(EMULATOR_DIRECTORY, name));
  const installedPinsPath = join(VENV, 'pins');
  const pins = PIN_FILES.map((path) => readFileSync(path, 'utf8')).join('\n');
  if (readIfExists(installedPinsPath) === pins) return;
  rmSync(VENV, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', VENV]);
    const [requirements = '', constraints = ''] = PIN_FILES;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(PYTHON, [...pip, '--requirement', requirements, '--constraint', constraints]);
  } catch (error) {
    throw new Error(
      'the emulators could not be installed: they need python3 with venv and pip, and a package registry',
      { cause: error },
    );
  }
  writeFileSync(installedPinsPath, pins);
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
