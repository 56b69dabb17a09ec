import { describe, expect, it } from 'vitest';
import { en } from './en/index.ts';
import { deviceLanguage } from './index.ts';
import { zh } from './zh/index.ts';

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : leaves(value, `${prefix}${key}.`),
  );
}

const english = leaves(en);
const chinese = new Map(leaves(zh as Tree));
const variables = (text: string) => (text.match(/\{\{?\w+\}?\}/g) ?? []).sort();

describe('translations', () => {
  it('has in Chinese exactly the keys of English, but for the plural that Chinese lacks', () => {
    const wanted = english.map(([key]) => key).filter((key) => !key.endsWith('_one'));
    expect([...chinese.keys()].sort()).toEqual(wanted.sort());
  });

  it('keeps the variables of every text', () => {
    for (const [key, text] of english)
      if (chinese.has(key)) expect([key, variables(chinese.get(key)!)]).toEqual([key, variables(text)]);
  });

  it('leaves no text empty, and shouts nowhere', () => {
    for (const [key, text] of [...english, ...chinese]) {
      expect([key, text.trim()]).not.toEqual([key, '']);
      expect([key, /[!！]/.test(text)]).toEqual([key, false]);
    }
  });
});

describe('deviceLanguage', () => {
  it('takes the first language it speaks', () => {
    expect(deviceLanguage(['zh-TW', 'en'])).toBe('zh');
    expect(deviceLanguage(['fr-FR', 'en-GB', 'zh'])).toBe('en');
    expect(deviceLanguage(['fr'])).toBe('en');
    expect(deviceLanguage([])).toBe('en');
  });
});
