import type { Grouping } from './grouping.ts';
import type { ErrorSums } from './loops/errors.ts';
import type { AffineSpec, Integers } from './loops/quantize.ts';
import type { Ranges } from './loops/ranges.ts';

/** Who computes: a plain loop over typed arrays, or an ONNX graph on one of the runtime's backends. */
export type Engine = 'loops' | 'wasm' | 'webgpu';

/**
 * The arithmetic over whole tensors that can be done by a loop or by a graph. What the functions compute is said at the
 * loops, which are the reference; how far a GPU may differ, in `selftest.ts`.
 */
export interface Kernels {
  readonly engine: Engine | 'mixed';
  quantizeAffine(
    x: Float32Array,
    spec: AffineSpec,
    scale: Float32Array,
    zero?: Int8Array | Uint8Array,
  ): Promise<Integers>;
  dequantizeAffine(
    q: Int8Array | Uint8Array,
    grouping: Grouping,
    scale: Float32Array,
    zero?: Int8Array | Uint8Array,
  ): Promise<Float32Array<ArrayBuffer>>;
  ranges(x: Float32Array, grouping: Grouping): Promise<Ranges>;
  maskBelow(x: Float32Array, threshold: number): Promise<Float32Array<ArrayBuffer>>;
  maskNM(
    x: Float32Array,
    dims: readonly number[],
    axis: number,
    n: number,
    m: number,
  ): Promise<Float32Array<ArrayBuffer>>;
  errorSums(x: Float32Array, y: Float32Array): Promise<ErrorSums>;
  assignCodebook(x: Float32Array, table: Float32Array): Promise<Uint8Array<ArrayBuffer>>;
}

/** The functions of Kernels by name. */
export type KernelName = Exclude<keyof Kernels, 'engine'>;
export const KERNEL_NAMES: readonly KernelName[] = [
  'quantizeAffine',
  'dequantizeAffine',
  'ranges',
  'maskBelow',
  'maskNM',
  'errorSums',
  'assignCodebook',
];
