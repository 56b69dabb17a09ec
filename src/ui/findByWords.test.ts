import { expect, it } from 'vitest';
import { findByWords } from './findByWords.ts';

const commands = ['Open…', 'Start over', 'Show the layers', 'Layers'].map((label) => ({ label }));
const labels = (text: string) => findByWords(commands, text).map((c) => c.label);

it('finds by all words in any order, beginnings first', () => {
  expect(labels('layers')).toEqual(['Layers', 'Show the layers']);
  expect(labels('over st')).toEqual(['Start over']);
  expect(labels('nothing')).toEqual([]);
  expect(labels('')).toHaveLength(4);
});
