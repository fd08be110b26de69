import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The state of the working tree before a release. */
export interface ReleaseFacts {
  readonly version: string;
  /** The version in package-lock.json. */
  readonly lockVersion: string;
  readonly changelog: string;
  /** The lines that `git status --porcelain` prints. */
  readonly uncommittedFiles: readonly string[];
  readonly tags: readonly string[];
  /** YYYY-MM-DD, UTC. */
  readonly today: string;
}

const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const CHANGELOG_SECTION = /^## \[([^\]]+)\](?: - (\S+))?[^\n]*\n(.*?)(?=^## |\n*$(?![\s\S]))/gms;

/** Returns one sentence for each reason why this version cannot be released. */
export function releaseProblems(facts: ReleaseFacts): readonly string[] {
  const { version, lockVersion, changelog, uncommittedFiles, tags, today } = facts;
  const sections = [...changelog.matchAll(CHANGELOG_SECTION)].map(([, name = '', date, body = '']) => ({
    name,
    date,
    isEmpty: !/^[-*] /m.test(body),
  }));
  const section = sections.find(({ name }) => name === version);
  const isDateValid = /^\d{4}-\d\d-\d\d$/.test(section?.date ?? '') && (section?.date ?? '') <= today;
  const possibleProblems: readonly (readonly [exists: boolean, sentence: string])[] = [
    [!SEMVER.test(version), `version ${version} in package.json is not semantic (major.minor.patch)`],
    [
      lockVersion !== version,
      `package-lock.json says ${lockVersion}, package.json ${version}: run npm install`,
    ],
    [
      tags.includes(`v${version}`),
      `v${version} exists as a tag: raise the version with npm version --no-git-tag-version`,
    ],
    [
      section === undefined,
      `CHANGELOG.md has no section "## [${version}] - ${today}": what is under [Unreleased] goes there`,
    ],
    [section?.isEmpty === true, `CHANGELOG.md says nothing under [${version}]`],
    [
      section !== undefined && !isDateValid,
      `CHANGELOG.md dates [${version}] ${section?.date ?? 'not at all'}: YYYY-MM-DD, not after ${today}, is needed`,
    ],
    [
      sections.some(({ name, isEmpty }) => name === 'Unreleased' && !isEmpty),
      `CHANGELOG.md has lines under [Unreleased]: they go under [${version}]`,
    ],
    [
      uncommittedFiles.length > 0,
      `${uncommittedFiles.length} files are not committed: ${uncommittedFiles[0]?.trim()}`,
    ],
  ];
  return possibleProblems.flatMap(([exists, sentence]) => (exists ? [sentence] : []));
}

/** Checks the preconditions of a release, then runs every check of CI. Returns the exit code. */
function checkRelease(root: string): number {
  const readText = (name: string) => readFileSync(join(root, name), 'utf8');
  const readVersion = (name: string) => (JSON.parse(readText(name)) as { readonly version: string }).version;
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim().split('\n').filter(Boolean);
  const version = readVersion('package.json');
  const problems = releaseProblems({
    version,
    lockVersion: readVersion('package-lock.json'),
    changelog: readText('CHANGELOG.md'),
    uncommittedFiles: git('status', '--porcelain'),
    tags: git('tag', '--list'),
    today: new Date().toISOString().slice(0, 10),
  });
  for (const problem of problems) process.stderr.write(`✗ ${problem}\n`);
  if (problems.length > 0) {
    process.stderr.write(`${version} is not ready to be released; the checks of CI did not run.\n`);
    return 1;
  }
  process.stdout.write(
    `✓ ${version}: version, changelog and working tree are ready; running every check of CI\n`,
  );
  const { status } = spawnSync('bash', [join(root, '.ci', 'run')], { cwd: root, stdio: 'inherit' });
  process.stdout.write(
    status === 0 ? `✓ ${version} can be released: git tag v${version}\n` : '✗ a check of CI failed\n',
  );
  return status ?? 1;
}

if (import.meta.main) process.exitCode = checkRelease(process.argv[2] ?? process.cwd());
