import { expect, test } from 'vitest';
import { rateAt } from './schedules.ts';

test('rises, then falls by half a cosine to its floor', () => {
  const o = { kind: 'cosine', rate: 1, steps: 14, warmup: 4, floor: 0.2 } as const;
  expect([0, 1, 3].map((s) => rateAt(o, s))).toEqual([0.25, 0.5, 1]);
  expect(rateAt(o, 4)).toBe(1);
  expect(rateAt(o, 9)).toBeCloseTo(0.6, 12);
  expect(rateAt(o, 14)).toBeCloseTo(0.2, 12);
  expect(rateAt({ kind: 'constant', rate: 0.1, steps: 5 }, 4)).toBe(0.1);
});
