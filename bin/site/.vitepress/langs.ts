import { useData } from 'vitepress';
import { useLangs as useThemeLangs } from 'vitepress/dist/client/theme-default/composables/langs.js';
import { computed } from 'vue';

/**
 * Replaces the function `useLangs` of the VitePress theme. The language switch links to the same page and
 * section if the page exists in both languages (`bilingual` in the configuration), and otherwise to the home
 * page of the language.
 */
export function useLangs({ correspondingLink = false } = {}) {
  const { page, theme } = useData();
  const samePage = useThemeLangs({ correspondingLink: true });
  const firstPage = useThemeLangs();
  const localeLinks = computed(() => {
    const isBilingual = theme.value.bilingual.includes(page.value.relativePath.replace(/^ko\//, ''));
    return (correspondingLink && isBilingual ? samePage : firstPage).localeLinks.value;
  });
  return { localeLinks, currentLang: firstPage.currentLang };
}
