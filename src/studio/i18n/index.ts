import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/index.ts';

export type Language = 'en' | 'zh';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

/** What `navigator.language` asks for. */
export function deviceLanguage(languages: readonly string[] = navigator.languages): Language {
  const first = languages.find((l) => /^(en|zh)\b/i.test(l)) ?? '';
  return /^zh/i.test(first) ? 'zh' : 'en';
}

/** The page's translator. `en` is always there; other languages come when they are chosen. */
export const i18n = i18next.createInstance();

// With its texts at hand i18next is ready at once; the promise it returns has nothing to wait for.
void i18n.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  // Keys may hold colons: the pattern 2:4.
  nsSeparator: false,
  showSupportNotice: false,
  interpolation: { escapeValue: false },
  returnNull: false,
  initAsync: false,
});

/** Changes the language of the page, loading its texts first. */
export async function setLanguage(language: Language): Promise<void> {
  if (language === 'zh' && !i18n.hasResourceBundle('zh', 'translation')) {
    const { zh } = await import('./zh/index.ts');
    i18n.addResourceBundle('zh', 'translation', zh);
  }
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  await i18n.changeLanguage(language);
}
