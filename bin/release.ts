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
  const versionSection = sections.find(({ name }) => name === version);
  const unreleasedSection = sections.find(({ name }) => name === 'Unreleased');
  const problemIf = (holds: boolean, sentence: string) => (holds ? [sentence] : []);
  return [
    ...problemIf(
      !SEMVER.test(version),
      `version ${version} in package.json is not semantic (major.minor.patch)`,
    ),
    ...problemIf(
      lockVersion !== version,
      `package-lock.json says ${lockVersion}, package.json ${version}: run npm install`,
    ),
    ...problemIf(
      tags.includes(`v${version}`),
      `v${version} exists as a tag: raise the version with npm version --no-git-tag-version`,
    ),
    ...problemIf(
      versionSection === undefined,
      `CHANGELOG.md has no section "## [${version}] - ${today}": what is under [Unreleased] goes there`,
    ),
    ...problemIf(versionSection?.isEmpty === true, `CHANGELOG.md says nothing under [${version}]`),
    ...problemIf(
      versionSection !== undefined && !isDateUpToToday(versionSection.date, today),
      `CHANGELOG.md dates [${version}] ${versionSection?.date ?? 'not at all'}: YYYY-MM-DD, not after ${today}, is needed`,
    ),
    ...problemIf(
      unreleasedSection !== undefined && !unreleasedSection.isEmpty,
      `CHANGELOG.md has lines under [Unreleased]: they go under [${version}]`,
    ),
    ...problemIf(
      uncommittedFiles.length > 0,
      `${uncommittedFiles.length} files are not committed: ${uncommittedFiles[0]?.trim()}`,
    ),
  ];
}

function isDateUpToToday(text: string | undefined, today: string): boolean {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && text <= today;
}
