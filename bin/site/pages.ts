import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly repository: { readonly url: string };
};
export const REPOSITORY_URL = repository.url.replace(/^git\+|\.git$/g, '');

interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly items?: SidebarItem[];
  readonly collapsed?: boolean;
}
type Language = 'en' | 'ko';

/** The groups of documents in the sidebar, by their names without `.md`. */
const SIDEBAR_GROUPS: readonly (readonly [
  title: Readonly<Record<Language, string>>,
  pages: readonly string[],
])[] = [
  [
    { en: 'Guides', ko: '안내서' },
    [
      'getting-started',
      'operations',
      'notifications',
      'runbook',
      'runbook-fleet',
      'upgrading',
      'consumers',
      'consumers-python',
      'consumers-other',
      'stack-layout',
      'clients',
      'kubernetes',
      'local-development',
      'simulators',
      'faq',
    ],
  ],
  [
    { en: 'Reference', ko: '참조' },
    [
      'settings',
      'cli',
      'cli-changes',
      'alarms',
      'reader',
      'contracts',
      'brokers',
      'brokers-kis',
      'brokers-kiwoom',
      'glossary',
    ],
  ],
  [{ en: 'Evaluation', ko: '검토' }, ['costs', 'limits', 'availability', 'scale', 'performance', 'security']],
  [{ en: 'Development', ko: '개발' }, ['architecture', 'testing', 'CONTRIBUTING', 'CHANGELOG']],
];

/** Maps each document outside docs/ to its page on the site. */
const PAGES_OUTSIDE_DOCS: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'README.ko.md': 'ko/index.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'SECURITY.md': 'security-policy.md',
  'CODE_OF_CONDUCT.md': 'code-of-conduct.md',
  'reader-python/README.md': 'reader-python.md',
};

/** Returns the path on the site for the path of a document or image, such as cli.md for docs/cli.md. */
export function sitePath(document: string): string {
  return PAGES_OUTSIDE_DOCS[document] ?? document.replace(/^docs\//, '');
}

/** Returns the paths of all documents of the site, relative to the root of the repository. */
export function documentPaths(): readonly string[] {
  const pathsInDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return [
    ...Object.keys(PAGES_OUTSIDE_DOCS),
    ...pathsInDocs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`),
  ];
}

/** Returns the groups of the sidebar. If a document has no translation, its item links to the original. */
export function sidebarGroups(language: Language): SidebarItem[] {
  return SIDEBAR_GROUPS.map(([title, names]) => ({
    text: title[language],
    items: names.map((name) => {
      const paths = [`docs/${language}/${name}.md`, `docs/${name}.md`, `${name}.md`];
      const document = paths.find((path) => existsSync(join(ROOT, path))) ?? name;
      const text = /^# (.+)$/m.exec(readFileSync(join(ROOT, document), 'utf8'))?.[1] ?? name;
      return { text, link: `/${sitePath(document)}` };
    }),
  }));
}

/** Returns the English pages that have a Korean version. */
export function bilingualPages(): readonly string[] {
  return ['index.md', ...readdirSync(join(ROOT, 'docs', 'ko'))];
}

/** Returns the sidebar entries of the API reference, one for each class, interface, type and function. */
export function apiSidebarItems(): SidebarItem[] {
  const api = join(ROOT, 'bin', 'site', 'content', 'api');
  const modules = readdirSync(api, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const items = modules.map(({ name }) => ({
    text: name,
    link: `/api/${name}/index.md`,
    collapsed: true,
    items: readdirSync(join(api, name), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('/'))
      .sort()
      .map((path) => ({ text: path.slice(path.lastIndexOf('/') + 1, -3), link: `/api/${name}/${path}` })),
  }));
  return [{ text: 'API', link: '/api/index.md', items }];
}

/** Returns the anchor that GitHub generates for a heading. */
export function slug(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
