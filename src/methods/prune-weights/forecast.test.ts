import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import { evaluatePlan } from '../plan.ts';
import { randomWeights } from '../testing.ts';
import type { LayerPlan } from '../types.ts';
import { forecastPruneWeights } from './forecast.ts';
import { pruneWeightsSchema } from './options.ts';

const forecast = (plans: LayerPlan[], o: object) =>
  forecastPruneWeights(plans, v.parse(pruneWeightsSchema, { method: 'prune-weights', ...o }));

function planOf(id: string, dims: number[], seed: number, scores?: Float32Array<ArrayBuffer>): LayerPlan {
  const n = dims.reduce((a, b) => a * b, 1);
  const sketch = sketchOf(randomWeights('normal', n, seed), dims);
  const base = { id, name: id, role: 'weight', dims, dtype: 'float32', bytes: 4 * n, channelAxis: 0, sketch } as const;
  return {
    facts: { ...base, ...(scores && { scores: { taylor: sketchOf(scores) } }) },
    bytes: 4 * n,
    encoding: 'float32',
  };
}

const plans = () => [planOf('a', [10, 30], 1), planOf('b', [7, 11], 2)];

describe('importance that no weight tells', () => {
  test('within layers the zeros are known, the error is not', () => {
    const found = forecast(plans(), { importance: 'taylor', scope: 'layer', sparsity: 0.9 }).map((p) =>
      evaluatePlan(p),
    );
    expect(found.map((e) => e.zeros)).toEqual([270, 69]);
    expect(found.map((e) => e.sqnr)).toEqual([Number.NaN, Number.NaN]);
    const output = forecast(plans(), { importance: 'wanda', sparsity: 0.5 });
    expect(output.map((p) => p.lost)).toEqual([{ zeros: 150 }, { zeros: 42 }]);
  });

  test('across layers their sum is known, and each once its scores are', () => {
    const blind = forecast(plans(), { importance: 'gradient', sparsity: 0.5 });
    expect(blind.every((p) => p.lost?.shared)).toBe(true);
    expect(blind.reduce((n, p) => n + p.lost!.zeros, 0)).toBeCloseTo(189, 9);
    const scores = [
      randomWeights('uniform', 300, 3).map(Math.abs),
      randomWeights('uniform', 77, 4).map((x) => 2 * Math.abs(x)),
    ];
    const seen = [planOf('a', [10, 30], 1, scores[0]), planOf('b', [7, 11], 2, scores[1])];
    const told = forecast(seen, { importance: 'taylor', sparsity: 0.5, rounds: 1 });
    const all = [...scores[0], ...scores[1]].sort((x, y) => x - y);
    told.forEach((p, i) => {
      expect(p.lost!.shared).toBeUndefined();
      // Inside a bin values are taken as evenly spread.
      expect(Math.abs(p.lost!.zeros - scores[i].filter((s) => s < all[189]).length)).toBeLessThan(3);
    });
    // Measured anew on the way, they are other scores in the end.
    expect(forecast(seen, { importance: 'taylor', sparsity: 0.5 }).map((p) => p.lost?.shared)).toEqual([true, true]);
    const limit = forecast(seen, { importance: 'taylor', threshold: 0.05 });
    limit.forEach((p, i) => {
      expect(Math.abs(p.lost!.zeros - scores[i].filter((s) => s < 0.05).length)).toBeLessThan(3);
    });
  });

  test('a threshold or a pattern over unmeasured importance says nothing', () => {
    for (const o of [{ threshold: 1 }, { pattern: '2:4' }]) {
      expect(forecast(plans(), { importance: 'taylor', ...o }).map((p) => evaluatePlan(p).zeros)).toEqual([NaN, NaN]);
    }
  });

  test('zeros that were there count, and steps after it know no more', () => {
    const [first] = forecast([planOf('a', [10, 30], 1)], { sparsity: 0.8 });
    const [more] = forecast([first], { importance: 'taylor', sparsity: 0.5, scope: 'layer' });
    expect(Math.abs(more.lost!.zeros - 240)).toBeLessThan(3);
    const [again] = forecast([more], { sparsity: 0.9 });
    expect([again.lost!.zeros, evaluatePlan(again).sqnr]).toEqual([270, Number.NaN]);
  });

  test('measured on what earlier steps left, scores tell the zeros behind them too', () => {
    const scores = randomWeights('uniform', 300, 5).map((x, i) => (i < 90 ? 0 : Math.abs(x)));
    const [first] = forecast([planOf('a', [10, 30], 1, scores)], { sparsity: 0.3 });
    const [more] = forecast([first], { importance: 'taylor', threshold: 0.04 });
    expect(Math.abs(more.lost!.zeros - scores.filter((s) => s < 0.04).length)).toBeLessThan(3);
    expect(more.lost!.zeros).toBeGreaterThan(90);
    const [none] = forecast([planOf('a', [10, 30], 1, scores)], { importance: 'taylor', threshold: 0 });
    expect(none.lost).toEqual({ zeros: 0 });
  });

  test('weights that cannot be reached are left out', () => {
    const seen = [planOf('a', [10, 30], 1, randomWeights('uniform', 300, 3).map(Math.abs)), plans()[1]];
    const unreached = { ...seen[1], facts: { ...seen[1].facts, scores: {} } };
    const [reached, left] = forecast([seen[0], unreached], { importance: 'taylor', rounds: 1, sparsity: 0.5 });
    expect(Math.abs(reached.lost!.zeros - 150)).toBeLessThan(3);
    expect(left.lost).toBeUndefined();
    const half = { ...plans()[1], facts: { ...plans()[1].facts, dtype: 'float16' } };
    expect(forecast([half], { importance: 'taylor' })[0].lost).toBeUndefined();
    expect(forecast([half], { importance: 'wanda' })[0].lost).toBeDefined();
    const table = { ...half, facts: { ...half.facts, role: 'embedding' as const } };
    expect(forecast([table], { importance: 'wanda' })[0].lost).toBeUndefined();
  });
});
