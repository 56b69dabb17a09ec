import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../base/source.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { floatsToHalves } from '../onnx/float.ts';
import { DataType, type TensorProto } from '../onnx/proto.ts';
import { readModel } from '../onnx/read.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { listWeights } from '../onnx/weights.ts';
import { writeModel } from '../onnx/write.ts';
import { sketchOf } from './sketch.ts';
import { sketchAll, sketchTensor } from './sketchTensor.ts';

const wave = (n: number, k: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * k) * k);

/** A model of MatMuls over the given weights, written and read again, so that its payloads are ranges of a file. */
async function written(tensors: TensorProto[]) {
  const nodes = tensors.map((t, i) => node('MatMul', [`x${i}`, t.name], [`y${i}`]));
  const inputs = tensors.map((t, i) => valueInfo(`x${i}`, DataType.FLOAT, ['n', Number(t.dims[0])]));
  const proto = modelProto(graph('g', nodes, inputs, [valueInfo('y0', DataType.FLOAT, null)], tensors), 17);
  const sink = memorySink();
  await writeModel({ name: 'm.onnx', proto, bytes: 0, external: [] }, sink);
  return readModel(memorySource(sink.bytes(), 'm.onnx'));
}

test('all tensors of a file, small, neighbouring and larger than one piece, as if each were in memory', async () => {
  const shapes: [number, number][] = [
    [3, 5],
    [64, 64],
    [40, 60],
    [3000, 1001],
    [50, 50],
    [1, 2000],
  ];
  const data = shapes.map(([a, b], i) => wave(a * b, 0.1 + i / 7));
  const model = await written(shapes.map((dims, i) => makeTensor(`w${i}`, DataType.FLOAT, dims, data[i])));
  const found = new Map<string, unknown>();
  let last = 0;
  await sketchAll(listWeights(model.proto), (w, s) => found.set(w.id, s), {
    onProgress: (p) => {
      expect(p.done).toBeGreaterThanOrEqual(last);
      last = p.done;
    },
  });
  // Pieces are summed one after the other; only the last bits of mean and std may differ from one long sum.
  shapes.forEach((dims, i) => {
    const expected = sketchOf(data[i], dims, 1);
    const got = found.get(`w${i}`) as typeof expected;
    expect({ ...got, mean: 0, std: 0 }).toEqual({ ...expected, mean: 0, std: 0 });
    expect(got.mean).toBeCloseTo(expected.mean, 9);
    expect(got.std).toBeCloseTo(expected.std, 9);
  });
});

test('half floats are sketched at their own values', async () => {
  const x = wave(5000, 0.37);
  const halves = floatsToHalves(x);
  const model = await written([makeTensor('h', DataType.FLOAT16, [50, 100], halves)]);
  const s = await sketchTensor(listWeights(model.proto)[0].tensor, 1);
  expect(s.count).toBe(5000);
  expect(s.channels?.min.length).toBe(100);
  expect(Math.abs(s.max - Math.max(...x))).toBeLessThan(0.37 * 2 ** -11);
});
