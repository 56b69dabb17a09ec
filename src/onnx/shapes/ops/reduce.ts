import type { Infer, NodeContext } from '../context.ts';
import { axisOf, type Dim, numericDims, unknownDim } from '../dims.ts';

function reduced(c: NodeContext, dtype: string) {
  const dims = c.dims(0);
  const keep = c.int('keepdims', 1) === 1;
  const axes = c.axes(1);
  const none = axes === undefined || (axes !== null && axes.length === 0);
  if (!dims) return c.out(0, dtype, null);
  if (none && c.int('noop_with_empty_axes', 0) === 1) return c.out(0, dtype, dims, c.data(0));
  if (axes === null) {
    // Which axes is not known, but with keepdims the rank is.
    return c.out(0, dtype, keep ? dims.map(unknownDim) : null);
  }
  const gone = new Set(none ? dims.map((_, i) => i) : axes!.map((a) => axisOf(a, dims.length)));
  const out = keep ? dims.map((d, i): Dim => (gone.has(i) ? 1 : d)) : dims.filter((_, i) => !gone.has(i));
  c.out(0, dtype, out, reducedData(c));
}

/** Of a small vector of known integers, as when a shape's elements are multiplied. */
function reducedData(c: NodeContext): number[] | undefined {
  const x = c.ints(0);
  if (!x || x.length === 0 || c.rank(0) !== 1) return undefined;
  switch (c.node.opType) {
    case 'ReduceProd':
      return [x.reduce((a, b) => a * b, 1)].filter(Number.isSafeInteger);
    case 'ReduceSum':
      return [x.reduce((a, b) => a + b, 0)];
    case 'ReduceMax':
      return [Math.max(...x)];
    case 'ReduceMin':
      return [Math.min(...x)];
    default:
      return undefined;
  }
}

const reduce: Infer = (c) => reduced(c, c.in(0).dtype);

const arg: Infer = (c) => {
  const dims = c.dims(0);
  const axis = c.axis('axis', 0);
  if (!dims || axis === undefined) return c.out(0, 'int64', null);
  c.out(
    0,
    'int64',
    c.int('keepdims', 1) ? dims.map((d, i): Dim => (i === axis ? 1 : d)) : dims.filter((_, i) => i !== axis),
  );
};

const topK: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const axis = c.axis('axis', -1);
  const k = c.version < 10 ? c.int('k', 0) : c.data(1)?.[0];
  const out = dims && axis !== undefined ? dims.map((d, i) => (i === axis ? (k ?? unknownDim()) : d)) : null;
  c.out(0, dtype, out);
  c.out(1, 'int64', out);
};

/** Mean and inverse deviation have the dims before the axis, and 1 from there on (onnx/defs/nn/defs.cc, LayerNormalization). */
const layerNormalization: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const axis = c.axis('axis', -1);
  c.out(0, dtype, dims);
  const stash = c.int('stash_type', 1) === 1 ? 'float32' : dtype;
  const stats = dims && axis !== undefined ? dims.map((d, i): Dim => (i < axis ? d : 1)) : null;
  c.outAll(stash, stats, 1);
};

const loss: Infer = (c) => {
  const { dtype } = c.in(0);
  const target = c.dims(1);
  c.out(0, dtype, c.text('reduction', 'mean') === 'none' ? target : []);
  c.out(1, dtype, c.dims(0));
};

const oneHot: Infer = (c) => {
  const dims = c.dims(0);
  const depth = c.data(1)?.[0] ?? c.in(1).floats?.[0] ?? unknownDim();
  const axis = dims ? axisOf(c.int('axis', -1), dims.length + 1) : undefined;
  c.out(0, c.in(2).dtype, dims && axis !== undefined ? [...dims.slice(0, axis), depth, ...dims.slice(axis)] : null);
};

const window: Infer = (c) => {
  const n = numericDims(c.data(0))?.[0];
  c.out(0, c.typeAttr('output_datatype', 'float32'), [n ?? unknownDim()]);
};

const REDUCTIONS = 'L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare'.split(' ');

export const reduction: Record<string, Infer> = {
  ...Object.fromEntries(REDUCTIONS.map((r) => [`Reduce${r}`, reduce])),
  ArgMax: arg,
  ArgMin: arg,
  TopK: topK,
  LayerNormalization: layerNormalization,
  RMSNormalization: layerNormalization,
  SoftmaxCrossEntropyLoss: loss,
  NegativeLogLikelihoodLoss: loss,
  OneHot: oneHot,
  HannWindow: window,
  HammingWindow: window,
  BlackmanWindow: window,
};
