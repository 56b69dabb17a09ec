import { describe, expect, it } from 'vitest';
import { dodge } from './dodge.ts';

describe('dodge', () => {
  it('leaves names alone that are apart', () => {
    expect(dodge([0.9, 0.1], 200)).toEqual([0, 0]);
    expect(dodge([], 200)).toEqual([]);
  });

  it('moves the lower ones down, in order', () => {
    const moved = dodge([0.5, 0.51, 0.5], 200);
    expect(moved[1]).toBe(0);
    const y = [0.5, 0.51, 0.5].map((h, i) => (1 - h) * 200 + moved[i]).sort((a, b) => a - b);
    expect(y[1] - y[0]).toBeGreaterThanOrEqual(13);
    expect(y[2] - y[1]).toBeGreaterThanOrEqual(13);
  });
});
