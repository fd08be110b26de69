import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { checkLinks } from '../check-links.ts';
import { apiSidebarItems, bilingualPages, REPOSITORY_URL, ROOT, sidebarGroups, slug } from '../pages.ts';

/**
 * The sidebar and the labels of the Korean site. `npm run docs` builds the site in both languages in
 * dist/site.
 */
const koreanTheme: DefaultTheme.Config = {
  sidebar: sidebarGroups('ko'),
  outline: { label: '이 페이지의 내용', level: [2, 3] },
  docFooter: { prev: '이전', next: '다음' },
  langMenuLabel: '언어',
  returnToTopLabel: '맨 위로',
  sidebarMenuLabel: '메뉴',
  darkModeSwitchLabel: '화면 모드',
};

const searchInKorean = {
  button: { buttonText: '검색', buttonAriaLabel: '검색' },
  modal: {
    noResultsText: '결과가 없습니다',
    resetButtonTitle: '지우기',
    displayDetails: '자세한 목록',
    footer: { selectText: '선택', navigateText: '이동', closeText: '닫기' },
  },
};

export default defineConfig({
  title: 'broker-token-refresher',
  description: 'Live access tokens of KIS and Kiwoom in SSM Parameter Store',
  // GitHub Pages serves the site of a project below /<name of the repository>/.
  base: process.env['SITE_BASE'] ?? '/',
  srcDir: 'content',
  outDir: join(ROOT, 'dist', 'site'),
  // This style prevents line breaks within Korean words.
  head: [
    ['style', {}, '.vp-doc { word-break: keep-all; overflow-wrap: break-word; }'],
    ['link', { rel: 'icon', href: 'data:,' }],
  ],
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: { sidebar: [...sidebarGroups('en'), ...apiSidebarItems()], outline: { level: [2, 3] } },
    },
    ko: { label: '한국어', lang: 'ko', themeConfig: koreanTheme },
  },
  markdown: { anchor: { slugify: slug } },
  themeConfig: {
    bilingual: bilingualPages(),
    socialLinks: [{ icon: 'github', link: REPOSITORY_URL }],
    search: { provider: 'local', options: { locales: { ko: { translations: searchInKorean } } } },
  },
  vite: {
    resolve: { alias: { '../composables/langs': join(import.meta.dirname, 'langs.ts') } },
  },
  buildEnd: ({ outDir }) => checkLinks(outDir),
});
