import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { parse } from '../../onnx/testing.ts';
import { goneChannels, keptCounts, perCost, rankChannels, shareLeft } from './choose.ts';
import { channelPlan, planOf } from './describe.ts';
import { analyse } from './groups.ts';
import { MULTIPLES, RANKINGS, TARGETS } from './options.ts';
import { type ChannelPlan, forecastChannels } from './plan.ts';
import { cutChannels } from './surgery.ts';

const load = (name: string) =>
  parse(new Uint8Array(readFileSync(new URL(`../../../public/samples/${name}.onnx`, import.meta.url))));
const models = await Promise.all(['fashion-resdw', 'mnist-lenet5', 'mnist-vit', 'mnist-lenet300'].map(load));
const plans = models.map(channelPlan);

/** Groups of each channel. */
const groupsOf = (plan: ChannelPlan) => Int32Array.from(plan.groups.flatMap((g, i) => Array(g.channels).fill(i)));

test('the forecast is what cutting gives, to the last parameter', async () => {
  for (const [i, model] of models.entries()) {
    const plan = plans[i];
    const r = new Random(i);
    const kept = Int32Array.from(plan.groups, (g) => 1 + r.int(g.channels));
    const analysis = analyse(model);
    const { order } = rankChannels(
      Float64Array.from(analysis.roots, () => r.next()),
      analysis.groupOf,
    );
    const cut = cutChannels(analysis, goneChannels(order, analysis.groupOf, plan, kept));
    const { macs, parameters, bytes } = channelPlan(cut.model).total;
    const foretold = forecastChannels(structuredClone(plan), kept);
    expect(foretold.macs).toBe(macs);
    expect(foretold.parameters).toBe(parameters);
    // Targets of Reshapes that are computed no more are no longer stored, or are new: some integers.
    expect(Math.abs(foretold.bytes - bytes)).toBeLessThan(600);
  }
});

test('the target is met with no more gone than must be, multiples and least numbers are kept', () => {
  fc.assert(
    fc.property(
      fc.record({
        model: fc.nat(plans.length - 1),
        seed: fc.integer(),
        target: fc.constantFrom(...TARGETS),
        reduction: fc.double({ min: 0, max: 0.95, noNaN: true }),
        ranking: fc.constantFrom(...RANKINGS),
        multiple: fc.constantFrom(...MULTIPLES),
        minKept: fc.constantFrom(0, 0.1, 0.5, 1),
      }),
      ({ model, seed, ...options }) => {
        const plan = plans[model];
        const r = new Random(seed);
        const [skipped, fixed] = [plan.groups[0], plan.groups.at(-1)!];
        const layers = r.int(2) ? { [skipped.id]: { skip: true }, [fixed.id]: { keep: 2 } } : {};
        const own = new Set(Object.keys(layers));
        const groupOf = groupsOf(plan);
        const { groups } = rankChannels(
          Float64Array.from(groupOf, () => r.next()),
          groupOf,
        );
        const kept = keptCounts(plan, groups, { ...options, layers });
        const least = plan.groups.map((g) => Math.max(1, Math.ceil(options.minKept * g.channels - 1e-9)));
        plan.groups.forEach((g, i) => {
          expect(kept[i]).toBeLessThanOrEqual(g.channels);
          if (own.has(g.id)) {
            expect(kept[i]).toBe(g.id === fixed.id ? 2 : g.channels);
            return;
          }
          expect(kept[i]).toBeGreaterThanOrEqual(least[i]);
          const rest = (kept[i] * g.width) % options.multiple;
          expect(kept[i] === g.channels || rest === 0).toBe(true);
        });
        const share = shareLeft(plan, kept, options.target);
        const fits = share <= 1 - options.reduction + 1e-9;
        // Where it is not met, all groups are at their least.
        const atLeast = plan.groups.every((g, i) => own.has(g.id) || kept[i] - least[i] < options.multiple);
        expect(fits || atLeast).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('a group keeps its most important channels, of equal ones the first', () => {
  const plan = plans[3];
  const groupOf = groupsOf(plan);
  const scores = Float64Array.from(groupOf, (g, c) => (g === 0 ? c % 3 : 1));
  scores[299] = Number.NaN;
  const { order } = rankChannels(scores, groupOf);
  const gone = goneChannels(order, groupOf, plan, Int32Array.of(200, 40));
  expect(Array.from({ length: 300 }, (_, c) => gone[c])).toEqual(
    Array.from({ length: 300 }, (_, c) => (c === 297 || c % 3 === 0 ? 1 : 0)).map((g, c) => (c === 299 ? 0 : g)),
  );
  expect(Array.from(gone.subarray(300))).toEqual(Array.from({ length: 100 }, (_, c) => (c < 40 ? 0 : 1)));
});

test('scores by cost favour what frees more', () => {
  const plan = plans[3];
  const scores = perCost(plan, new Float64Array(400).fill(1), { target: 'macs' });
  // A channel of fc1 frees 784 + 100 products, one of fc2 300 + 10.
  expect(scores[300] / scores[0]).toBeCloseTo(884 / 310, 6);
});

test('the plan of a random model says what its groups touch', () => {
  const { groups, left } = planOf(analyse(models[1]));
  expect(groups.map((g) => g.id)).toEqual(['conv1.weight', 'conv2.weight', 'fc1.weight']);
  expect(groups[1].touches).toEqual([
    { tensor: 'conv2.weight', axis: 0, part: 'makes' },
    { tensor: 'conv2.bias', axis: 0, part: 'follows' },
    { tensor: 'fc1.weight', axis: 1, part: 'takes' },
  ]);
  expect(left).toEqual([{ id: 'fc2.weight', reason: 'output', node: '/fc2/Gemm' }]);
});
