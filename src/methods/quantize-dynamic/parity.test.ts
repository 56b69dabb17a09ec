import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelBytes } from '../../onnx/write.ts';
import { firstDifference } from '../ort/compare.ts';
import { type FixtureCase, fixtureBytes, fixtureCases, fixtureModel, runFixture } from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import { quantizeDynamic } from './apply.ts';
import { quantizeDynamicSchema } from './options.ts';

const EXTRA: Readonly<Record<string, string>> = {
  MatMulConstBOnly: 'matMulConstBOnly',
  EnableSubgraph: 'enableSubgraph',
  WeightSymmetric: 'weightSymmetric',
  ActivationSymmetric: 'activationSymmetric',
};

/** The reference's own option names as ours. Its default weight type is QInt8. */
function optionsOf({ config }: FixtureCase) {
  const options: Record<string, unknown> = { method: 'quantize-dynamic', weightType: 'QInt8' };
  for (const [key, value] of Object.entries(config)) {
    if (key === 'extra_options') {
      for (const [extra, x] of Object.entries(value as object)) options[EXTRA[extra]] = x;
    } else options[key.replace(/_(.)/g, (_, c: string) => c.toUpperCase())] = value;
  }
  return v.parse(quantizeDynamicSchema, options);
}

describe('quantize-dynamic is onnxruntime.quantization.quantize_dynamic', () => {
  const cases = fixtureCases('quantize_dynamic');
  it.each(cases.filter((c) => !c.exception).map((c) => [c.id, c] as const))('%s', async (_, c) => {
    const ours = await quantizeDynamic(await fixtureModel(c.float), optionsOf(c), testContext());
    expect(await firstDifference(ours, await fixtureModel(c.quantized!))).toBeUndefined();
    const bytes = await modelBytes(ours);
    for (const level of ['disabled', 'all'] as const) {
      const reference = await runFixture(fixtureBytes(c.quantized!), c.data, level);
      expect(reference).toBeTypeOf('object');
      expect(await runFixture(bytes, c.data, level)).toEqual(reference);
    }
  });

  it('refuses the float16 model that the reference turns into one that does not load', async () => {
    const [half] = cases.filter((c) => c.exception);
    expect(half.id).toBe('dyn_half13');
    const run = quantizeDynamic(await fixtureModel(half.float), optionsOf(half), testContext());
    await expect(run).rejects.toMatchObject({ code: 'recipe/not-applicable' });
  });
});
