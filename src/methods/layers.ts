import type { Grouping } from '../kernels/grouping.ts';
import type { Ranges } from '../kernels/loops/ranges.ts';
import type { Sketch } from '../kernels/sketch.ts';
import { dtypeName } from '../onnx/dtypes.ts';
import { dimsOf, storedBytes } from '../onnx/tensor.ts';
import { isCompressible, type Weight } from '../onnx/weights.ts';
import type { LayerFacts } from './types.ts';

/** What forecasts and methods decide by, of one weight of a model at the given default opset. Its sketch is added by whoever has it. */
export function factsOf(weight: Weight, opset: number): LayerFacts {
  const { id, name, role, channelAxis, place, tensor, uses } = weight;
  return {
    ...{ id, name, role, place, opset, uses },
    dims: dimsOf(tensor),
    dtype: dtypeName(tensor.dataType ?? 0),
    bytes: storedBytes(tensor),
    ...(channelAxis !== undefined && { channelAxis }),
  };
}

const FLOATS: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/**
 * Whether methods on weights act on it at all: a float weight of a layer that is not compressed already, as sparse initializers
 * are.
 */
export function isEligible(facts: LayerFacts): boolean {
  return isCompressible(facts) && FLOATS.has(facts.dtype) && facts.place !== 'sparse-initializer';
}

/**
 * The range of each group by the sketch of the tensor; undefined where that does not say.
 * NaN and infinities are passed over, as in the sketch.
 */
export function rangesBySketch(
  sketch: Sketch | undefined,
  { granularity, axis }: Pick<Grouping, 'granularity' | 'axis'>,
): Ranges | undefined {
  if (!sketch) return undefined;
  if (granularity === 'tensor') return { min: Float32Array.of(sketch.min), max: Float32Array.of(sketch.max) };
  return granularity === 'channel' && sketch.channels?.axis === axis ? sketch.channels : undefined;
}

export function countOf(facts: Pick<LayerFacts, 'dims'>): number {
  return facts.dims.reduce((a, b) => a * b, 1);
}

/** A layer's own options: by id, or by name for all tensors of that name. */
export function overrideOf<T>(
  facts: Pick<LayerFacts, 'id' | 'name'>,
  layers: Readonly<Record<string, T>>,
): T | undefined {
  if (Object.hasOwn(layers, facts.id)) return layers[facts.id];
  return Object.hasOwn(layers, facts.name) ? layers[facts.name] : undefined;
}

/** The names in `layers` that no weight has: most likely a slip, and nothing would happen without a word. */
export function unknownLayers(
  known: readonly Pick<LayerFacts, 'id' | 'name'>[],
  layers: Readonly<Record<string, unknown>>,
): string[] {
  const names = new Set(known.flatMap((f) => [f.id, f.name]));
  return Object.keys(layers).filter((name) => !names.has(name));
}
