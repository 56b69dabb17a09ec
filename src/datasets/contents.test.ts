import { expect, it } from 'vitest';
import { contentsOf } from './contents.ts';
import { subset } from './split.ts';
import { syntheticDataset } from './synthetic.ts';

const spec = [{ name: 'x', dtype: 'float32' as const, dims: [null, 3, 2] }];

it('tells datasets apart by what is in them, not by their names', async () => {
  const data = syntheticDataset(spec, 40, 1);
  const word = await contentsOf(data);
  expect(await contentsOf({ ...syntheticDataset(spec, 40, 1), name: 'another' })).toBe(word);
  expect(await contentsOf(syntheticDataset(spec, 40, 2))).not.toBe(word);
  expect(await contentsOf(subset(data, [...Array(39).keys()]))).not.toBe(word);
  const labels = new Int32Array(40);
  expect(await contentsOf({ ...data, labels })).not.toBe(word);
  expect(await contentsOf({ ...data, labels: labels.with(7, 1) as typeof labels })).not.toBe(
    await contentsOf({ ...data, labels }),
  );
});

it('reads one sample where there is one', async () => {
  expect(await contentsOf(syntheticDataset(spec, 1, 1))).toMatch(/^1-[0-9a-f]{16}$/);
});
