import { describe, expect, it } from 'vitest';
import { sortRows } from './sortRows.ts';

describe('sortRows', () => {
  const by = (v: unknown) => v as number | string | undefined;

  it('sorts numbers, infinities too, and keeps NaN and nothing last both ways', () => {
    const rows = [3, Number.NaN, Number.POSITIVE_INFINITY, undefined, -1, Number.NEGATIVE_INFINITY];
    expect(sortRows(rows, by, 'ascending')).toEqual([
      Number.NEGATIVE_INFINITY,
      -1,
      3,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      undefined,
    ]);
    expect(sortRows(rows, by, 'descending').slice(0, 4)).toEqual([
      Number.POSITIVE_INFINITY,
      3,
      -1,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it('sorts names as people count', () => {
    expect(sortRows(['conv10', 'conv2', 'conv1'], by, 'ascending')).toEqual(['conv1', 'conv2', 'conv10']);
  });

  it('is stable and leaves the input alone', () => {
    const rows = [
      { k: 1, n: 'a' },
      { k: 1, n: 'b' },
      { k: 0, n: 'c' },
    ];
    expect(sortRows(rows, (r) => r.k, 'descending').map((r) => r.n)).toEqual(['a', 'b', 'c']);
    expect(rows[0].n).toBe('a');
  });
});
