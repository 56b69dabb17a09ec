import { describe, expect, it } from 'vitest';
import { type FixtureCase, fixtureCases, fixtureModel, npzOf } from '../ort/testing.ts';
import { STATIC_OPS } from '../quantize-static/registry.ts';
import { testContext } from '../testing.ts';
import { calibrate } from './calibrate.ts';
import { calibratedTensors } from './tensors.ts';
import { fixtureData, nativeSession } from './testing.ts';
import { CALIBRATION_DEFAULTS, type CalibrationOptions } from './types.ts';

/** The reference's option names as ours, with its own defaults. */
function optionsOf({ config }: FixtureCase): CalibrationOptions {
  const method = (config.calibrate_method ?? 'MinMax') as CalibrationOptions['method'];
  const extra = (config.extra_options ?? {}) as Record<string, number | boolean>;
  const own = (config.calibrator ?? {}) as Record<string, number | boolean>;
  return {
    ...CALIBRATION_DEFAULTS,
    method,
    bins: Number(own.num_bins ?? (method === 'Entropy' ? 128 : 2048)),
    quantizedBins: Number(own.num_quantized_bins ?? 128),
    percentile: Number(own.percentile ?? extra.CalibPercentile ?? 99.999),
    symmetric: Boolean(own.symmetric ?? extra.CalibTensorRangeSymmetric ?? method === 'Percentile'),
    movingAverage: Boolean(extra.CalibMovingAverage),
    averagingConstant: Number(extra.CalibMovingAverageConstant ?? 0.01),
    stride: Number(extra.CalibStridedMinMax ?? 0),
  };
}

describe('ranges are those of the reference', () => {
  const cases = fixtureCases('quantize_static').filter((c) => c.calibration && c.quantized);
  it.each(cases.map((c) => [c.id, c] as const))('%s', async (_, c) => {
    const model = await fixtureModel(c.float);
    const ops = (c.config.op_types_to_quantize as string[] | undefined) ?? STATIC_OPS;
    const tensors = calibratedTensors(model, new Set(ops));
    // CalibMaxIntermediateOutputs = 3 threw the first three of four samples away.
    const data = fixtureData(c.data, c.id === 'cal_minmax_partly_lost' ? 3 : 0);
    const ctx = { ...testContext(), openSession: nativeSession };
    const found = await calibrate(model, tensors, data, optionsOf(c), ctx);
    const expected = Object.entries(c.calibration!);
    expect([...found.tensors.keys()].sort()).toEqual(expected.map(([name]) => name).sort());
    for (const [name, { lowest, highest }] of expected) {
      const { range } = found.tensors.get(name)!;
      expect([name, range[0] + 0, range[1] + 0]).toEqual([name, lowest + 0, highest + 0]);
    }
    const results = c.results ? npzOf(c.results) : new Map();
    if (optionsOf(c).method === 'Percentile') return;
    for (const [name, { searched }] of found.tensors) {
      const hist = results.get(`calibration/${name}/hist`);
      if (!hist) continue;
      expect(Array.from(searched!.counts)).toEqual(Array.from(hist.data as Int32Array));
      const edges = results.get(`calibration/${name}/edges`)!;
      expect(Array.from(searched!.edges)).toEqual(Array.from(edges.data as Float32Array));
    }
  });
});
