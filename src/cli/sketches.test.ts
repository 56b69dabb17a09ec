import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ByteSource, memorySource } from '../base/source.ts';
import { sketchTensor } from '../kernels/sketchTensor.ts';
import { graph, modelProto, node } from '../onnx/build.ts';
import { rangePayload } from '../onnx/payload.ts';
import { readModel } from '../onnx/read.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { modelOf } from '../onnx/testing.ts';
import { isCompressible, listWeights } from '../onnx/weights.ts';
import { sketchesOf } from './sketches.ts';

const vit = new Uint8Array(readFileSync('public/samples/mnist-vit.onnx'));

test('the sketches of one pass are those of each weight, in whatever order they are asked for', async () => {
  let read = 0;
  const inner = memorySource(vit, 'vit.onnx');
  const source: ByteSource = {
    ...inner,
    read(offset, length) {
      read += length;
      return inner.read(offset, length);
    },
  };
  const model = await readModel(source);
  const structure = read;
  const weights = listWeights(model.proto).filter(isCompressible);
  expect(weights.length).toBeGreaterThan(10);
  const sketch = sketchesOf(model);
  for (const w of [...weights].reverse()) expect(await sketch(w)).toEqual(await sketchTensor(w.tensor, w.channelAxis));
  // Each weight once in one pass, and once more by the line above.
  expect(read - structure).toBeLessThan(2.1 * vit.length);
  // Asked for again, nothing is read.
  const before = read;
  await Promise.all(weights.map(sketch));
  expect(read).toBe(before);
});

test('a weight whose bytes do not fit stops no other', async () => {
  const bytes = memorySource(new Uint8Array(40_000));
  const tensors = [
    makeTensor('whole', 1, [50, 100], rangePayload(bytes, 0, 20_000)),
    makeTensor('short', 1, [50, 100], rangePayload(bytes, 20_000, 16_000)),
  ];
  const nodes = [node('MatMul', ['x', 'whole'], ['y']), node('MatMul', ['x', 'short'], ['z'])];
  const model = modelOf(modelProto(graph('g', nodes, [], [], tensors)));
  const sketch = sketchesOf(model);
  const [whole, short] = listWeights(model.proto);
  expect(await sketch(short)).toEqual(await sketchTensor(short.tensor, short.channelAxis));
  expect((await sketch(whole)).count).toBe(5000);
});

test('a file that cannot be read fails whoever asks', async () => {
  const broken: ByteSource = { name: 'gone', size: 1e6, read: () => Promise.reject(new Error('gone')) };
  const tensor = makeTensor('w', 1, [50, 100], rangePayload(broken, 0, 20_000));
  const model = modelOf(modelProto(graph('g', [node('MatMul', ['x', 'w'], ['y'])], [], [], [tensor])));
  const [weight] = listWeights(model.proto);
  await expect(sketchesOf(model)(weight)).rejects.toThrow('gone');
});
