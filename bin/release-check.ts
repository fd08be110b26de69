import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseProblems } from './release.ts';

/**
 * `npm run release:check`: checks the preconditions of a release, then runs every check of CI. The exit code
 * is 1 if a precondition is not met.
 */
const root = process.argv[2] ?? process.cwd();
const readText = (name: string) => readFileSync(join(root, name), 'utf8');
const git = (...words: string[]) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
const { version } = JSON.parse(readText('package.json')) as { readonly version: string };

const problems = releaseProblems({
  version,
  lockVersion: (JSON.parse(readText('package-lock.json')) as { readonly version: string }).version,
  changelog: readText('CHANGELOG.md'),
  uncommittedFiles: git('status', '--porcelain').split('\n').filter(Boolean),
  tags: git('tag', '--list').split('\n').filter(Boolean),
  today: new Date().toISOString().slice(0, 10),
});
for (const problem of problems) process.stderr.write(`✗ ${problem}\n`);
if (problems.length > 0) {
  process.stderr.write(`${version} is not ready to be released; the checks of CI did not run.\n`);
  process.exit(1);
}
process.stdout.write(
  `✓ ${version}: version, changelog and working tree are ready; running every check of CI\n`,
);
const checksScript = join(root, '.ci', 'run');
if (!existsSync(checksScript)) {
  process.stderr.write('✗ .ci/run is missing, so the checks of CI cannot run\n');
  process.exit(1);
}
const { status } = spawnSync('bash', [checksScript], { cwd: root, stdio: 'inherit' });
process.stdout.write(
  status === 0 ? `✓ ${version} can be released: git tag v${version}\n` : '✗ a check of CI failed\n',
);
process.exit(status ?? 1);
