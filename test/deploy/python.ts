import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const CONSTRAINTS_FILE = join(import.meta.dirname, 'constraints.txt');

/** Creates the virtual environment, unless one with exactly the same pinned versions exists. */
export async function setup(): Promise<void> {
  mkdirSync(EMULATOR_DIRECTORY, { recursive: true });
  for (const name of readdirSync(EMULATOR_DIRECTORY))
    if (name.endsWith('.log')) rmSync(join(EMULATOR_DIRECTORY, name));
  const pins = [REQUIREMENTS, CONSTRAINTS_FILE].map((path) => readFileSync(path, 'utf8')).join('\n');
  try {
    await installOnce(VENV, pins, async () => {
      await run('python3', ['-m', 'venv', VENV]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      await run(PYTHON, [...pip, '--requirement', REQUIREMENTS, '--constraint', CONSTRAINTS_FILE]);
    });
  } catch (error) {
    throw new Error(
      'the emulators could not be installed: they need python3 with venv and pip, and a package registry',
      { cause: error },
    );
  }
}

/** Creates the directory of an installation, unless an installation with the same pinned versions exists. */
export async function installOnce(directory: string, pins: string, install: () => Promise<unknown>) {
  const pinsPath = join(directory, 'pins');
  if (existsSync(pinsPath) && readFileSync(pinsPath, 'utf8') === pins) return;
  rmSync(directory, { recursive: true, force: true });
  await install();
  writeFileSync(pinsPath, pins);
}
