import type { ParseKeys } from 'i18next';
import { specs } from '../../methods/specs.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';

/** A recipe to start from. */
export interface Preset {
  id: 'int8' | 'static8' | 'int4' | 'half8' | 'float16' | 'codebook' | 'even4' | 'lighter';
  /** Options that differ from the defaults. */
  steps: Step[];
}

/** Enough for ranges to settle, quick enough to wait for. */
export const CALIBRATION_SAMPLES = 200;

const all: readonly Preset[] = [
  { id: 'int8', steps: [{ method: 'quantize-weights', bits: 8 }] },
  {
    id: 'static8',
    // Normalization that is not folded first would be quantized by itself, which costs accuracy.
    steps: [{ method: 'simplify' }, { method: 'quantize-static', calibSamples: CALIBRATION_SAMPLES }],
  },
  { id: 'int4', steps: [{ method: 'quantize-weights', bits: 4, granularity: 'block', blockSize: 32 }] },
  {
    id: 'half8',
    steps: [
      { method: 'prune-weights', sparsity: 0.5 },
      { method: 'quantize-weights', bits: 8 },
    ],
  },
  { id: 'codebook', steps: [{ method: 'quantize-weights', bits: 3, scheme: 'codebook', granularity: 'tensor' }] },
  {
    id: 'even4',
    steps: [
      { method: 'simplify' },
      { method: 'equalize' },
      { method: 'quantize-weights', bits: 4, granularity: 'tensor', scheme: 'symmetric' },
    ],
  },
  {
    id: 'lighter',
    steps: [
      { method: 'simplify' },
      { method: 'prune-channels', target: 'macs', reduction: 0.5, importance: 'taylor' },
      { method: 'distill' },
    ],
  },
  { id: 'float16', steps: [{ method: 'quantize-weights', bits: 16 }] },
];

/** The presets whose methods are here. */
export const presets: readonly Preset[] = all.filter((p) =>
  p.steps.every((s) => specs.some((m) => m.name === s.method)),
);

export const presetName = (p: Preset): ParseKeys => `recipe.preset.${p.id}.name`;

/** The recipe with a preset's steps in place of its own. */
export const withPreset =
  (p: Preset) =>
  (recipe: Recipe): Recipe => ({ ...recipe, steps: p.steps });
