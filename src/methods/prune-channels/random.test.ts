import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectMasked, randomlyGone } from './testing/masked.ts';
import { randomNet } from './testing/random.ts';

test('a cut network computes what it did with those channels masked to zero', async () => {
  let cut = 0;
  const ops = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const model = randomNet(seed);
      const { tensors } = await expectMasked(model, (analysis) => randomlyGone(analysis, seed + 1));
      if (tensors.size) cut++;
      for (const n of model.proto.graph!.node) ops.add(n.opType);
    }),
    { numRuns: 200 },
  );
  // Random nets are deep enough for nearly all of them to have something to cut, and have every operator.
  expect(cut).toBeGreaterThan(150);
  expect(ops.size).toBeGreaterThan(35);
}, 180_000);
