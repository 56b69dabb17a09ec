import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRESETS, presetPreprocess } from '../../datasets/presets.ts';
import { numbersText, parseNumbers, presetOf, previewIndices } from './preprocess.ts';

describe('presetOf', () => {
  it('knows every preset again, but for the two that say the same', () => {
    for (const { id } of PRESETS) {
      const found = presetOf(presetPreprocess(id, 'pixels'))!.id;
      expect(found).toBe(id === 'stored' ? 'pixels' : id);
    }
  });

  it('knows that data in 0…1 is not divided again', () => {
    expect(presetOf(presetPreprocess('imagenet', 'unit'))).toEqual({ id: 'imagenet', range: 'unit' });
  });

  it('leaves settings of one’s own alone', () => {
    expect(presetOf({ ...presetPreprocess('unit', 'pixels'), mean: [0.5] })).toBeUndefined();
  });
});

describe('parseNumbers', () => {
  it('reads back what was written, exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 4 }),
        (a) => {
          // −0 is written as 0.
          expect(parseNumbers(numbersText(a))).toEqual(a.map((v) => v + 0));
        },
      ),
    );
  });

  it('refuses words and nothing, takes Chinese commas', () => {
    expect(parseNumbers('0.1，0.2')).toEqual([0.1, 0.2]);
    expect(parseNumbers('a')).toBeUndefined();
    expect(parseNumbers('1, b')).toBeUndefined();
    expect(parseNumbers('  ')).toBeUndefined();
    expect(parseNumbers('Infinity')).toBeUndefined();
  });
});

it('shows samples that exist, and others on another page', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 50 }), (count, page) => {
      const indices = previewIndices(count, 8, page);
      expect(indices).toHaveLength(Math.min(8, count));
      for (const i of indices) expect(i >= 0 && i < count && Number.isInteger(i)).toBe(true);
    }),
  );
  expect(previewIndices(2000, 8, 1)).not.toEqual(previewIndices(2000, 8, 0));
});
