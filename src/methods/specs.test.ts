import { expect, test } from 'vitest';
import { methods } from './index.ts';
import { specs } from './specs.ts';

test('the page and the engine have the same methods in the same order', () => {
  expect(specs).toEqual(methods.map(({ apply: _, ...spec }) => spec));
});
