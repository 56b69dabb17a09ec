import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { backendModels, feedsFor, parse, run, unparse } from '../../onnx/testing.ts';
import { simplified } from './testing.ts';

type Bytes = Uint8Array<ArrayBuffer>;
interface Counts {
  models: Record<string, { nodes: number; onnxsim: number | null; onnxslim: number | null }>;
}

const counts: Counts = JSON.parse(readFileSync(new URL('./fixtures/counts.json', import.meta.url), 'utf8'));
const samples = new URL('../../../public/samples/', import.meta.url);
const SHIPPED = Object.keys(counts.models).filter((name) => !name.includes('/'));

const models: [name: string, bytes: Bytes][] = [
  ...SHIPPED.map((name): [string, Bytes] => [name, new Uint8Array(readFileSync(new URL(name, samples)))]),
  ...backendModels(),
];

/** The largest difference of two results, over the largest magnitude of the first. Equal NaNs and infinities differ by nothing. */
function difference(a: unknown, b: unknown): number {
  const [x, y] = [Array.from(a as Float32Array, Number), Array.from(b as Float32Array, Number)];
  expect(y.length).toBe(x.length);
  const top = x.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0) || 1;
  return x.reduce((m, v, i) => (Object.is(v, y[i]) || v === y[i] ? m : Math.max(m, Math.abs(v - y[i]) / top)), 0);
}

test('every model runs as before, with at most as many nodes as before, as onnxsim leaves and as onnxslim leaves', async () => {
  let ran = 0;
  const more: string[] = [];
  for (const [name, bytes] of models) {
    const model = await parse(bytes, name);
    const { model: after } = await simplified(model);
    expect(after.proto.graph!.node.length, name).toBeLessThanOrEqual(model.proto.graph!.node.length);
    // onnxsim and onnxslim write weights out that a model computes from a shape and a number; ours stay computed unless asked for.
    const { model: large } = await simplified(model, { maxGenerated: 2 ** 31 - 1 });
    const nodes = large.proto.graph!.node.length;
    const reference = counts.models[name];
    const least = Math.min(reference?.onnxsim ?? Infinity, reference?.onnxslim ?? Infinity);
    if (nodes > least) more.push(`${name}: ${nodes} > ${JSON.stringify(reference)}`);
    const feeds = feedsFor(model);
    const before = feeds && (await run(bytes, feeds));
    if (!feeds || !before) continue;
    ran++;
    const result = await run(await unparse(after), feeds);
    expect(result, name).toBeDefined();
    for (const [output, { dims, data }] of Object.entries(before)) {
      expect(result![output].dims, name).toEqual(dims);
      // Scaling a weight rounds each of its elements once more, which adds up to some float32 roundings (6e-8 each).
      if (ArrayBuffer.isView(data)) expect(difference(data, result![output].data), name).toBeLessThan(1e-5);
      else expect(result![output].data, name).toEqual(data);
    }
  }
  expect(more).toEqual([]);
  expect(ran).toBeGreaterThan(70);
});
