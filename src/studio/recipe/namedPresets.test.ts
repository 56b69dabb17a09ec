import { expect, it } from 'vitest';
import { parseRecipe } from '../../recipe/schema.ts';
import { knownFile, namedPresets } from './namedPresets.ts';

it('knows the recipes of transformers.js by their files, and no others', () => {
  expect(namedPresets().map((p) => p.file)).toEqual([
    'model_quantized.onnx',
    'model_int8.onnx',
    'model_uint8.onnx',
    'model_q4.onnx',
    'model_q4f16.onnx',
    'model_fp16.onnx',
  ]);
  for (const { file, recipe } of namedPresets()) {
    expect(knownFile(recipe)).toBe(file);
    expect(knownFile({ ...recipe, seed: 7 })).toBe(file);
  }
  expect(knownFile(parseRecipe({ pare: 1, steps: [] }))).toBeUndefined();
  expect(
    knownFile(parseRecipe({ pare: 1, steps: [{ method: 'quantize-dynamic', reduceRange: true }] })),
  ).toBeUndefined();
});
