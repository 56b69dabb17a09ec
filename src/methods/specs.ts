import { distillSpec } from './distill/spec.ts';
import { equalizeSpec } from './equalize/spec.ts';
import { factorizeSpec } from './factorize/spec.ts';
import { float16Spec } from './float16/spec.ts';
import { pruneChannelsSpec } from './prune-channels/spec.ts';
import { pruneWeightsSpec } from './prune-weights/spec.ts';
import { quantizeBlocksSpec } from './quantize-blocks/spec.ts';
import { quantizeDynamicSpec } from './quantize-dynamic/spec.ts';
import { quantizeStaticSpec } from './quantize-static/spec.ts';
import { quantizeWeightsSpec } from './quantize-weights/spec.ts';
import { simplifySpec } from './simplify/spec.ts';
import type { MethodSpec } from './types.ts';

/**
 * What the page knows of every technique, in the order that it offers them: names, options and forecasts. `index.ts` has the same with
 * what they do to a model, which only workers and the command line need.
 */
// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
export const specs: readonly MethodSpec<any>[] = [
  simplifySpec,
  equalizeSpec,
  pruneWeightsSpec,
  factorizeSpec,
  pruneChannelsSpec,
  distillSpec,
  quantizeWeightsSpec,
  quantizeBlocksSpec,
  quantizeDynamicSpec,
  quantizeStaticSpec,
  float16Spec,
];
