import { expect, test } from 'vitest';
import type { CurvePoint } from '../../methods/types.ts';
import { curvesOf } from './curves.ts';

const point = (p: Partial<CurvePoint>): CurvePoint => ({ recipeStep: 0, series: 'student', at: 0, of: 10, ...p });

test('points become curves by step and series, with the best of the student', () => {
  const [first, second] = curvesOf([
    point({ recipeStep: 2, at: 5, loss: 3 }),
    point({ at: 0, held: 0.5, teacher: 0.9 }),
    point({ at: 5, loss: 2, held: 0.8, teacher: 0.9 }),
    point({ series: 'teacher', at: 5, loss: 1, held: 0.95 }),
    point({ at: 10, loss: 1, held: 0.7, teacher: 0.9 }),
  ]);
  expect([first.last, first.of]).toEqual([10, 10]);
  expect(second).toEqual({
    step: 2,
    of: 10,
    last: 5,
    loss: [{ series: 'student', points: [{ x: 5, y: 3 }] }],
    held: [],
  });
  expect(first.best).toEqual({ at: 5, held: 0.8 });
  expect(first.teacher).toBe(0.9);
  expect(first.loss.map((c) => [c.series, c.points.length])).toEqual([
    ['student', 2],
    ['teacher', 1],
  ]);
  expect(first.held[0].points).toEqual([
    { x: 0, y: 0.5 },
    { x: 5, y: 0.8 },
    { x: 10, y: 0.7 },
  ]);
});

test('no points, no curves', () => expect(curvesOf([])).toEqual([]));
