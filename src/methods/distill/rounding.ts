import type { FakeQuantizer } from '../../autodiff/fakeQuantize.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { identified } from '../../onnx/scopes.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import { isCompressible, listWeights } from '../../onnx/weights.ts';
import { roundHalfEven } from '../ort/arithmetic.ts';
import { scaleAndZero, uniformOf } from '../quantize-weights/parameters.ts';
import type { Quantization } from './options.ts';
import { channelAt } from './shadow.ts';

/** As `quantize-weights` leaves smaller ones alone by default. */
const MIN_ELEMENTS = 1024;
const LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * Quantizers for a model that is to be quantized later: weights by their own range in each step, as `minmax` finds it, and what
 * layers take by the range in the batch.
 * @param train the weights that may be rounded
 */
export function quantizersFor(model: Model, o: Quantization, train: ReadonlySet<string>): Map<string, FakeQuantizer> {
  const found = new Map<string, FakeQuantizer>();
  const least = o.minElements ?? (o.activations ? 0 : MIN_ELEMENTS);
  for (const w of listWeights(model.proto)) {
    if (!isCompressible(w) || !train.has(w.id) || sizeOf(w.tensor) < least) continue;
    const axis = o.granularity === 'channel' ? w.channelAxis : undefined;
    found.set(w.id, { bits: o.bits, symmetric: o.scheme === 'symmetric', ...(axis !== undefined && { axis }) });
  }
  if (o.activations) {
    const [main] = identified(model.proto);
    const consts = new Set(main.consts.map((c) => c.name));
    const graph = mainGraph(model);
    for (const n of graph.node) {
      if (n.domain || !LAYERS.has(n.opType)) continue;
      for (const x of n.input.slice(0, 2)) {
        if (x && !consts.has(x)) found.set(x, { bits: o.activations, symmetric: false });
      }
    }
  }
  return found;
}

/** A weight as its quantizer rounds it: quantizing it again by its range gives the same numbers. */
export function rounded(x: Float32Array, dims: readonly number[], q: FakeQuantizer): Float32Array<ArrayBuffer> {
  const uniform = uniformOf(q.symmetric ? 'symmetric' : 'asymmetric', q.bits);
  const at = channelAt(q.axis, dims);
  const groups = q.axis === undefined ? 1 : dims[q.axis];
  const low = new Float64Array(groups);
  const high = new Float64Array(groups);
  x.forEach((v, i) => {
    const g = at(i);
    if (v < low[g]) low[g] = v;
    if (v > high[g]) high[g] = v;
  });
  const parameters = Array.from(low, (l, g) => scaleAndZero(l, high[g], uniform));
  return Float32Array.from(x, (v, i) => {
    const { scale, zero } = parameters[at(i)];
    const step = Math.min(uniform.qmax, Math.max(uniform.qmin, roundHalfEven(v / scale) + zero));
    return (step - zero) * scale;
  });
}
