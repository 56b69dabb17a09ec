import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mainGraph } from '../../onnx/model.ts';
import { parse } from '../../onnx/testing.ts';
import { listWeights } from '../../onnx/weights.ts';
import { simplified } from './testing.ts';

it('leaves layers the names of their weights when normalization is folded into them', async () => {
  const file = new URL('../../../public/samples/fashion-resdw.onnx', import.meta.url);
  const model = await parse(new Uint8Array(readFileSync(file)), 'fashion-resdw.onnx');
  const { model: after } = await simplified(model);
  expect(mainGraph(after).node.some((n) => n.opType === 'BatchNormalization')).toBe(false);
  const weights = (m: typeof model) =>
    listWeights(m.proto)
      .filter((w) => w.role === 'weight')
      .map((w) => w.id)
      .sort();
  expect(weights(after)).toEqual(weights(model));
  const names = mainGraph(after).initializer.map((t) => t.name);
  expect(new Set(names).size).toBe(names.length);
});
