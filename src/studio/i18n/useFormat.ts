import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as format from '../../ui/format.ts';

/** The number formats of `ui/format.ts` in one locale. */
export function formatsFor(language: string) {
  const locale = language === 'zh' ? 'zh-CN' : 'en';
  return {
    locale,
    bytes: (v: number) => format.bytes(v, locale),
    count: (v: number) => format.count(v, locale),
    integer: (v: number) => format.integer(v, locale),
    percent: (v: number, digits = 1) => format.percent(v, digits, locale),
    points: (v: number, digits = 1) => format.points(v, undefined, digits, locale),
    decibels: (v: number) => format.decibels(v, 1, locale),
    duration: (v: number) => format.duration(v, locale),
    remaining: (v: number) => format.remaining(v, locale),
    ratio: (v: number) => format.ratio(v, locale),
    significant: (v: number, digits = 3) => format.significant(v, digits, locale),
    fixed: (v: number, digits: number) => format.fixed(v, digits, locale),
  };
}

export type Formats = ReturnType<typeof formatsFor>;

/** The number formats in the reader's language. */
export function useFormat(): Formats {
  const { i18n } = useTranslation();
  return useMemo(() => formatsFor(i18n.language), [i18n.language]);
}
