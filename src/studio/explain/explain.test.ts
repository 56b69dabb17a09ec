import { describe, expect, it } from 'vitest';
import { en } from '../i18n/en/index.ts';
import { formulas } from './formulas.ts';
import { type Piece, tokens } from './math.tsx';
import { sources } from './sources.ts';
import { texts as english } from './texts/en.ts';
import { texts as chinese } from './texts/zh.ts';

const topics = Object.keys(en.explain.topics).sort();

describe('explanations', () => {
  it('say the same things in both languages, and something about every topic', () => {
    expect(Object.keys(english).sort()).toEqual(topics);
    expect(Object.keys(chinese).sort()).toEqual(topics);
    for (const [topic, text] of Object.entries(english)) {
      const other = chinese[topic as keyof typeof chinese];
      expect([topic, Object.keys(other).sort()]).toEqual([topic, Object.keys(text).sort()]);
      expect([topic, other.what.split('\n\n').length]).toEqual([topic, text.what.split('\n\n').length]);
    }
  });

  it('have formulas and sources of known topics only', () => {
    for (const topic of [...Object.keys(formulas), ...Object.keys(sources)]) expect(topics).toContain(topic);
  });

  it('close every bracket of a formula', () => {
    const text = (pieces: readonly Piece[]): string =>
      pieces.map((p) => (typeof p === 'string' ? p : p.parts.map(text).join(' '))).join(' ');
    for (const lines of Object.values(formulas)) {
      for (const line of lines) {
        const all = text(line);
        expect([all, all.split('(').length]).toEqual([all, all.split(')').length]);
      }
    }
  });
});

describe('tokens', () => {
  it('tells names, numbers and operators apart', () => {
    expect(tokens('q = 2.5 x̂ − round(x)').map((t) => `${t.tag}:${t.text}`)).toEqual([
      'mi:q',
      'mo:=',
      'mn:2.5',
      'mi:x̂',
      'mo:−',
      'mi:round',
      'mo:(',
      'mi:x',
      'mo:)',
    ]);
  });
});
