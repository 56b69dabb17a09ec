import type { Infer } from '../context.ts';
import { broadcastDims, type Dim, unknownDim } from '../dims.ts';
import { conv } from './convolution.ts';
import { like } from './elementwise.ts';
import { gemm, matmulDims, transposed } from './matrix.ts';

const fusedMatMul: Infer = (c) => {
  const batchwise = c.int('transBatchA', 0) || c.int('transBatchB', 0);
  const a = c.int('transA', 0) ? transposed(c.dims(0)) : c.dims(0);
  const b = c.int('transB', 0) ? transposed(c.dims(1)) : c.dims(1);
  c.out(0, c.in(0).dtype, batchwise ? null : matmulDims(a, b));
};

const matMulNBits: Infer = (c) => {
  const dims = c.dims(0);
  c.out(0, c.in(0).dtype, dims?.length ? [...dims.slice(0, -1), c.int('N', 0) || unknownDim()] : null);
};

const gatherBlockQuantized: Infer = (c) => {
  const [data, indices] = [c.dims(0), c.dims(1)];
  const axis = c.axis('gather_axis', 0);
  if (!data || !indices || axis === undefined) return c.out(0, c.in(2).dtype, null);
  // Two elements of 4 bits share a byte of a uint8 tensor.
  const packed = c.in(0).dtype === 'uint8' ? 8 / c.int('bits', 4) : 1;
  const last = data.length - 1;
  const dims = data.map((d, i): Dim => (i === last && typeof d === 'number' ? d * packed : d));
  c.out(0, c.in(2).dtype, [...dims.slice(0, axis), ...indices, ...dims.slice(axis + 1)]);
};

const attention: Infer = (c) => {
  // X [B, S, D], W [D, 3·H·E]: the output has the hidden size of V.
  const [x, w] = [c.dims(0), c.dims(1)];
  const sizes = c.intList('qkv_hidden_sizes');
  const hidden = sizes?.[2] ?? (typeof w?.[1] === 'number' ? w[1] / 3 : unknownDim());
  c.out(0, c.in(0).dtype, x?.length === 3 ? [x[0], x[1], hidden] : null);
};

const multiHeadAttention: Infer = (c) => {
  const [q, v] = [c.dims(0), c.dims(2)];
  if (q?.length !== 3) return c.out(0, c.in(0).dtype, null);
  c.out(0, c.in(0).dtype, [q[0], q[1], v?.length === 3 ? v[2] : c.has(2) ? unknownDim() : q[2]]);
};

const skipNormalization: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  c.out(0, dtype, dims);
  const stats = dims?.map((d, i): Dim => (i < dims.length - 1 ? d : 1)) ?? null;
  c.out(1, 'float32', stats);
  c.out(2, 'float32', stats);
  c.out(3, dtype, dims);
};

const embedLayerNormalization: Infer = (c) => {
  const [ids, table] = [c.dims(0), c.in(2)];
  const hidden = table.dims?.[1] ?? unknownDim();
  const out = ids?.length === 2 ? [ids[0], ids[1], hidden] : null;
  c.out(0, table.dtype, out);
  c.out(1, 'int32', ids?.length === 2 ? [ids[0]] : null);
  c.out(2, table.dtype, out);
};

const biased: Infer = (c) => c.out(0, c.in(0).dtype, broadcastDims([c.dims(0), c.dims(1)]));

/** Operators of com.microsoft on floats, as ONNX Runtime's optimizers leave them. */
export const contrib: Record<string, Infer> = {
  FusedMatMul: fusedMatMul,
  FusedConv: (c) => conv(c, 0, 1, c.in(0).dtype),
  FusedGemm: (c) => gemm(c, c.in(0).dtype),
  MatMulNBits: matMulNBits,
  MatMulBnb4: matMulNBits,
  GatherBlockQuantized: gatherBlockQuantized,
  Attention: attention,
  MultiHeadAttention: multiHeadAttention,
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,
  SimplifiedLayerNormalization: like,
  EmbedLayerNormalization: embedLayerNormalization,
  BiasGelu: biased,
  BiasSoftmax: like,
  FastGelu: like,
  QuickGelu: like,
  Gelu: like,
  RotaryEmbedding: like,
  GroupNorm: like,
  SkipGroupNorm: like,
};
