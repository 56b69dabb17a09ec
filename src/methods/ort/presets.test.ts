import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelBytes } from '../../onnx/write.ts';
import { float16Method } from '../float16/index.ts';
import { quantizeBlocksMethod } from '../quantize-blocks/index.ts';
import { quantizeDynamicMethod } from '../quantize-dynamic/index.ts';
import { testContext } from '../testing.ts';
import type { Method } from '../types.ts';
import { firstDifference } from './compare.ts';
import { PRESETS } from './presets.ts';
import { fixtureBytes, fixtureCases, fixtureModel, runFixture } from './testing.ts';

// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
const methods: readonly Method<any>[] = [quantizeDynamicMethod, quantizeBlocksMethod, float16Method];

describe('presets make what transformers.js calls its files', () => {
  const cases = fixtureCases('preset');
  it.each(cases.map((c) => [c.id, c] as const))('%s', async (_, c) => {
    const preset = PRESETS.find((p) => p.name === c.config.preset)!;
    expect(preset.file).toBe(`model_${preset.name}.onnx`);
    let model = await fixtureModel(c.float);
    for (const step of preset.steps) {
      const method = methods.find((m) => m.name === step.method)!;
      model = await method.apply(model, v.parse(method.schema, step), testContext());
    }
    expect(await firstDifference(model, await fixtureModel(c.quantized!))).toBeUndefined();
    const bytes = await modelBytes(model);
    for (const level of ['disabled', 'all'] as const) {
      const reference = await runFixture(fixtureBytes(c.quantized!), c.data, level);
      expect(reference).toBeTypeOf('object');
      expect(await runFixture(bytes, c.data, level)).toEqual(reference);
    }
  });

  it('covers every preset', () => {
    expect(new Set(cases.map((c) => c.config.preset))).toEqual(new Set(PRESETS.map((p) => p.name)));
  });
});
