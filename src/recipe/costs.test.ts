import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { readModel } from '../onnx/read.ts';
import { costsOf } from './costs.ts';

test('LeNet-300-100 costs a multiply-accumulate for each weight', async () => {
  const bytes = new Uint8Array(readFileSync('public/samples/mnist-lenet300.onnx'));
  const costs = costsOf(await readModel(memorySource(bytes, 'lenet.onnx')));
  const layers = [784 * 300, 300 * 100, 100 * 10];
  expect(costs.nodes.map(([, macs]) => macs)).toEqual(layers);
  expect(costs.macs).toBe(layers.reduce((a, b) => a + b));
  expect(costs.unknown).toBe(0);
});
