import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelBytes } from '../../onnx/write.ts';
import { fixtureData, nativeSession } from '../calibrate/testing.ts';
import { fixtureBytes, fixtureCases, fixtureModel, runFixture } from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import { quantizeStatic } from './apply.ts';
import { quantizeStaticSchema } from './options.ts';

/** 10·log10(Σx² / Σ(x − y)²) over all float outputs. */
function sqnr(float: object, quantized: object): number {
  let signal = 0;
  let noise = 0;
  for (const [name, { data, type }] of Object.entries(float as Record<string, { data: Float32Array; type: string }>)) {
    if (type !== 'float32') continue;
    const other = (quantized as Record<string, { data: Float32Array }>)[name].data;
    for (let i = 0; i < data.length; i++) {
      signal += data[i] ** 2;
      noise += (data[i] - other[i]) ** 2;
    }
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

/** Every float model of the fixtures, with the data it was calibrated on. */
const models = new Map(fixtureCases('quantize_static').map((c) => [c.float, c.data]));

describe('by default every model that the reference was tried on loads, runs, and is what the float model was', () => {
  for (const quantFormat of ['QDQ', 'QOperator'] as const) {
    const fitting = [...models].filter(([path]) => quantFormat === 'QDQ' || !path.includes('half'));
    it.each(fitting)(`${quantFormat} %s`, async (path, data) => {
      const ctx = { ...testContext(), data: fixtureData(data), openSession: nativeSession };
      const options = v.parse(quantizeStaticSchema, { method: 'quantize-static', quantFormat });
      const quantized = await modelBytes(await quantizeStatic(await fixtureModel(path), options, ctx));
      const float = await runFixture(fixtureBytes(path), data, 'disabled');
      for (const level of ['disabled', 'all'] as const) {
        const out = await runFixture(quantized, data, level);
        expect(out).toBeTypeOf('object');
        // The fixtures hold ugly weights on purpose; 10 dB tells a wrong graph, which gives 0 dB or less.
        expect(sqnr(float as object, out as object)).toBeGreaterThan(10);
      }
    });
  }
});

it.each([
  ['float16 in QOperator', 'models/half_13.onnx', { quantFormat: 'QOperator' }],
  ['16 bits in QOperator', 'models/cnn_21.onnx', { quantFormat: 'QOperator', activationType: 'QUInt16' }],
  ['4 bits in QOperator', 'models/cnn_21.onnx', { quantFormat: 'QOperator', weightType: 'QInt4' }],
  ['signed activations with unsigned weights', 'models/cnn_13.onnx', { activationType: 'QInt8', weightType: 'QUInt8' }],
  ['a bias beside blocks', 'models/mlp_21.onnx', { blockSize: 8 }],
  ['too few bins for Distribution', 'models/mlp_13.onnx', { calibrateMethod: 'Distribution', calibBins: 128 }],
])('refuses %s', async (_, path, own) => {
  const ctx = { ...testContext(), data: fixtureData(path.replace('.onnx', '.npz')), openSession: nativeSession };
  const options = v.parse(quantizeStaticSchema, { method: 'quantize-static', ...own });
  await expect(quantizeStatic(await fixtureModel(path), options, ctx)).rejects.toMatchObject({
    code: 'recipe/not-applicable',
    hint: expect.any(String),
  });
});

it('refuses to calibrate without data', async () => {
  const options = v.parse(quantizeStaticSchema, { method: 'quantize-static' });
  const run = quantizeStatic(await fixtureModel('models/mlp_13.onnx'), options, testContext());
  await expect(run).rejects.toMatchObject({ code: 'data/missing' });
});
