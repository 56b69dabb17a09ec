import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/proto.ts';
import { modelBytes } from '../../onnx/write.ts';
import { firstDifference } from '../ort/compare.ts';
import { type FixtureCase, fixtureBytes, fixtureCases, fixtureModel, runFixture } from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import { prepare, quantizeWith } from './apply.ts';
import { quantizeStaticSchema } from './options.ts';
import type { CalibratedRange } from './parameters.ts';

const camel = (key: string) => key.replace(/_(.)/g, (_, c: string) => c.toUpperCase());
const EXTRA: Readonly<Record<string, string>> = { 'extra.Sigmoid.nnapi': 'sigmoidNnapi' };

/** The reference's own option names as ours: `quant_type` as `quantType`, `QDQKeepRemovableActivations` as `qdqKeep…`. */
function optionsOf({ config }: FixtureCase) {
  const own = (key: string) =>
    EXTRA[key] ?? (key.startsWith('QDQ') ? `qdq${key.slice(3)}` : key[0].toLowerCase() + key.slice(1));
  const deep = (x: unknown): unknown => {
    if (Array.isArray(x)) return x.map(deep);
    if (typeof x !== 'object' || x === null) return x;
    return Object.fromEntries(Object.entries(x).map(([k, y]) => [camel(k), deep(y)]));
  };
  const options: Record<string, unknown> = {
    method: 'quantize-static',
    exact: true,
    perChannel: false,
    calibrateMethod: 'MinMax',
  };
  for (const [key, value] of Object.entries(config)) {
    if (key === 'calibrator') continue;
    if (key !== 'extra_options') options[camel(key)] = value;
    else {
      for (const [extra, x] of Object.entries(value as Record<string, unknown>)) {
        if (extra.startsWith('Calib')) continue;
        if (extra === 'TensorQuantOverrides') {
          options.tensorQuantOverrides = Object.fromEntries(Object.entries(x as object).map(([k, y]) => [k, deep(y)]));
        } else options[own(extra)] = x;
      }
    }
  }
  return v.parse(quantizeStaticSchema, options);
}

function rangesOf({ calibration }: FixtureCase): Map<string, CalibratedRange> {
  return new Map(
    Object.entries(calibration as Record<string, { lowest: number; highest: number; dtype: string }>).map(
      ([name, { lowest, highest, dtype }]) => [
        name,
        { range: [lowest, highest], dataType: dtype === 'float16' ? DataType.FLOAT16 : DataType.FLOAT },
      ],
    ),
  );
}

describe('quantize-static is onnxruntime.quantization.quantize_static', () => {
  const cases = fixtureCases('quantize_static').filter((c) => c.quantized);
  it.each(cases.map((c) => [c.id, c] as const))('%s', async (_, c) => {
    const options = optionsOf(c);
    const model = prepare(await fixtureModel(c.float), options);
    const ours = await quantizeWith(model, rangesOf(c), options, testContext());
    expect(await firstDifference(ours, await fixtureModel(c.quantized!))).toBeUndefined();
    const bytes = await modelBytes(ours);
    for (const level of ['disabled', 'all'] as const) {
      const reference = await runFixture(fixtureBytes(c.quantized!), c.data, level);
      if (typeof reference === 'string') expect(await runFixture(bytes, c.data, level)).toBeTypeOf('string');
      else expect(await runFixture(bytes, c.data, level)).toEqual(reference);
    }
  });
});
