import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReleaseFacts, releaseProblems } from '../../bin/release-check.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.3] - 2026-11-21

### Fixed

- A thing.

## [1.2.2] - 2026-11-01

- Another.
`;
const READY: ReleaseFacts = {
  version: '1.2.3',
  lockVersion: '1.2.3',
  changelog: CHANGELOG,
  uncommittedFiles: [],
  tags: ['v1.2.2'],
  today: '2026-11-21',
};

describe('the check of a release', () => {
  test('finds no problem if version, changelog and Git tree are ready', () => {
    expect(releaseProblems(READY)).toEqual([]);
  });

  test.for<[string, Partial<ReleaseFacts>, string]>([
    ['a version of two numbers', { version: '1.2' }, 'version 1.2 in package.json is not semantic'],
    ['another version in the lock file', { lockVersion: '1.2.2' }, 'package-lock.json says 1.2.2'],
    ['a tag that exists', { tags: ['v1.2.3'] }, 'v1.2.3 exists as a tag'],
    [
      'no section in the changelog',
      { changelog: CHANGELOG.replace('[1.2.3]', '[1.2.9]') },
      'no section "## [1.2.3] - 2026-11-21"',
    ],
    ['an empty section', { changelog: CHANGELOG.replace('- A thing.', '') }, 'says nothing under [1.2.3]'],
    [
      'a section without a date',
      { changelog: CHANGELOG.replace(' - 2026-11-21', '') },
      'dates [1.2.3] not at all',
    ],
    ['a date in the future', { today: '2026-11-20' }, 'dates [1.2.3] 2026-11-21'],
    [
      'lines that are still unreleased',
      { changelog: CHANGELOG.replace('[Unreleased]\n', '[Unreleased]\n\n- New.\n') },
      'has lines under [Unreleased]',
    ],
    [
      'a file that is not committed',
      { uncommittedFiles: [' M README.md'] },
      '1 files are not committed: M README.md',
    ],
  ])('finds a problem for %s', ([, change, complaint]) => {
    const problems = releaseProblems({ ...READY, ...change });
    expect(problems.join('\n')).toContain(complaint);
    if (!('version' in change)) expect(problems).toHaveLength(1);
  });
});

describe('the command "npm run release:check"', () => {
  /** Runs the command in a Git repository with this changelog and these checks of CI. */
  function check(changelog: string, checks: string) {
    const root = createTemporaryDirectory('release');
    mkdirSync(join(root, '.ci'));
    for (const [file, text] of [
      ['package.json', '{"version":"1.2.3"}'],
      ['package-lock.json', '{"version":"1.2.3"}'],
      ['CHANGELOG.md', changelog.replaceAll('2026-11-21', '2026-11-01')],
      ['.ci/run', checks],
    ] as const)
      writeFileSync(join(root, file), text);
    const author = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
    for (const words of [['init'], ['add', '.'], ['commit', '--message', 'x']])
      execFileSync('git', [...author, ...words], { cwd: root, stdio: 'ignore' });
    const program = join(import.meta.dirname, '..', '..', 'bin', 'release-check.ts');
    return spawnSync(process.execPath, [program, root], { encoding: 'utf8' });
  }

  test('runs every check of CI if the Git tree is ready, and prints the release commands', () => {
    const { status, stdout } = check(CHANGELOG, 'echo every gate');
    expect(stdout).toContain('every gate');
    expect(stdout).toContain('1.2.3 can be released: git tag v1.2.3');
    expect(status).toBe(0);
  });

  test('fails with the exit code of a check that fails', () => {
    const { status, stdout } = check(CHANGELOG, 'exit 3');
    expect(stdout).toContain('a check of CI failed');
    expect(status).toBe(3);
  });

  test('prints the unmet conditions of a release, and does not run the checks of CI if a condition is unmet', () => {
    const { status, stdout, stderr } = check('# Changelog\n', 'echo every gate');
    expect(stderr).toContain('✗ CHANGELOG.md has no section');
    expect(stdout).not.toContain('every gate');
    expect(status).toBe(1);
  });
});
