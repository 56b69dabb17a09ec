import { expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import { randomWeights } from '../../methods/testing.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import { Forecaster } from './engine.ts';
import { plansOf } from './plans.ts';

const facts: LayerFacts = {
  ...{ id: 'w', name: 'w', role: 'weight', dims: [40, 50], dtype: 'float32', bytes: 8000, channelAxis: 1 },
  uses: [{ op: 'MatMul', node: 'y', input: 1 }],
  sketch: sketchOf(randomWeights('normal', 2000, 1), [40, 50], 1),
};
const recipe = (...steps: object[]) => parseRecipe({ pare: 1, steps });

it('foretells a factorization by rank, and nothing behind it', () => {
  const rank = { method: 'factorize', rank: 0.2 };
  const alone = plansOf([facts], recipe(rank));
  expect([alone.unknownFrom, alone.plans[0].bytes]).toEqual([undefined, 4 * 8 * 90]);
  expect(plansOf([facts], recipe(rank, { method: 'quantize-weights' })).unknownFrom?.step).toBe(1);
  expect(plansOf([facts], recipe({ method: 'factorize', energy: 0.9 })).unknownFrom?.step).toBe(0);
});

it('knows how many weights fall by a measured importance, and not what that costs', () => {
  const forecaster = new Forecaster();
  const asked = recipe({ method: 'prune-weights', importance: 'taylor', sparsity: 0.9 });
  forecaster.ask({ layers: [facts], opset: 17, bytes: 9000, recipe: asked });
  while (forecaster.step());
  const { forecast, unknownFrom, whole } = forecaster.store.getState();
  expect(unknownFrom).toBeUndefined();
  expect(forecast?.of('w')).toMatchObject({ bytes: 8000, zeros: 1800, sqnr: Number.NaN, shared: true });
  expect(whole?.after).toBeUndefined();
});

it('with the scores of each step, knows which layer loses how much, and forgets them behind it', () => {
  const other: LayerFacts = { ...facts, id: 'v', name: 'v', sketch: sketchOf(randomWeights('normal', 2000, 2)) };
  const scores = new Map([
    ['w', sketchOf(Float32Array.from({ length: 2000 }, (_, i) => i / 2000))],
    ['v', sketchOf(Float32Array.from({ length: 2000 }, (_, i) => 1 + i / 2000))],
  ]);
  const taylor = { method: 'prune-weights', importance: 'taylor', rounds: 1 };
  const asked = recipe({ ...taylor, sparsity: 0.25 }, { ...taylor, sparsity: 0.5 });
  const zeros = (given: (typeof scores | undefined)[]) =>
    plansOf([facts, other], asked, given).plans.map((p) => Math.round(p.lost!.zeros / 20));
  const first = plansOf([facts, other], recipe(asked.steps[0]), [scores]).plans;
  expect(first.map((p) => [Math.round(p.lost!.zeros), p.lost!.shared])).toEqual([
    [1000, undefined],
    [0, undefined],
  ]);
  expect(zeros([scores])).toEqual([50, 50]);
  expect(zeros([scores, scores])).toEqual([100, 0]);
  expect(zeros([])).toEqual([50, 50]);
});
