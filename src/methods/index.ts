import { distillMethod } from './distill/index.ts';
import { equalizeMethod } from './equalize/index.ts';
import { factorizeMethod } from './factorize/index.ts';
import { float16Method } from './float16/index.ts';
import { pruneChannelsMethod } from './prune-channels/index.ts';
import { pruneWeightsMethod } from './prune-weights/index.ts';
import { quantizeBlocksMethod } from './quantize-blocks/index.ts';
import { quantizeDynamicMethod } from './quantize-dynamic/index.ts';
import { quantizeStaticMethod } from './quantize-static/index.ts';
import { quantizeWeightsMethod } from './quantize-weights/index.ts';
import { simplifyMethod } from './simplify/index.ts';
import type { Method } from './types.ts';

/** Every technique there is, in the order of `specs.ts`. To add one: a folder, and a line here and there. */
// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
export const methods: readonly Method<any>[] = [
  simplifyMethod,
  equalizeMethod,
  pruneWeightsMethod,
  factorizeMethod,
  pruneChannelsMethod,
  distillMethod,
  quantizeWeightsMethod,
  quantizeBlocksMethod,
  quantizeDynamicMethod,
  quantizeStaticMethod,
  float16Method,
];
