import { expect, test } from 'vitest';
import { latencyAt } from './latency.ts';

test('between two points by their line, beyond them the nearest, whatever the order', () => {
  const points = [
    { macs: 1, ms: 10 },
    { macs: 0.5, ms: 6 },
    { macs: 0.25, ms: 5 },
  ];
  expect(latencyAt(points, 0.75)).toBe(8);
  expect(latencyAt(points, 0.5)).toBe(6);
  expect(latencyAt(points, 0.1)).toBe(5);
  expect(latencyAt(points, 2)).toBe(10);
  expect(latencyAt([{ macs: 1, ms: 3 }], 0.4)).toBe(3);
});
