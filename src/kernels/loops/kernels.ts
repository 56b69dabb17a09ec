import type { Kernels } from '../types.ts';
import { assignCodebook } from './codebook.ts';
import { errorSums } from './errors.ts';
import { maskBelow, maskNM } from './mask.ts';
import { dequantizeAffine, quantizeAffine } from './quantize.ts';
import { ranges } from './ranges.ts';

/** The kernels as plain loops. */
export const loopKernels: Kernels = {
  engine: 'loops',
  quantizeAffine: async (...args) => quantizeAffine(...args),
  dequantizeAffine: async (...args) => dequantizeAffine(...args),
  ranges: async (...args) => ranges(...args),
  maskBelow: async (...args) => maskBelow(...args),
  maskNM: async (...args) => maskNM(...args),
  errorSums: async (...args) => errorSums(...args),
  assignCodebook: async (...args) => assignCodebook(...args),
};
