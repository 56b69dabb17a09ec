import type { Infer, NodeContext } from '../context.ts';
import { broadcastDims, type Dim, unknownDim } from '../dims.ts';
import { conv, pool } from './convolution.ts';

import { gemm, matmul } from './matrix.ts';

const quantize: Infer = (c) => {
  const asked = c.typeAttr('output_dtype', '');
  c.out(0, c.has(2) ? c.in(2).dtype : asked || 'uint8', c.dims(0));
};

const dequantize: Infer = (c) => c.out(0, c.typeAttr('output_dtype', c.in(1).dtype), c.dims(0));

const dynamicQuantize: Infer = (c) => {
  c.out(0, 'uint8', c.dims(0));
  c.out(1, 'float32', []);
  c.out(2, 'uint8', []);
};

/** QLinear operators take (value, scale, zero point) three at a time; the output has the dtype of the zero point at `zero`. */
const elementwise =
  (zero: number, operands: readonly number[]): Infer =>
  (c) =>
    c.out(0, (c.has(zero) && c.in(zero).dtype) || c.in(0).dtype, broadcastDims(operands.map((i) => c.dims(i))));

const globalPool: Infer = (c) => {
  const dims = c.dims(0);
  const last = c.int('channels_last', 0) === 1;
  const keeps = (i: number) => i === 0 || i === (last && dims ? dims.length - 1 : 1);
  c.out(0, c.in(0).dtype, dims?.map((d, i): Dim => (keeps(i) ? d : 1)) ?? null);
};

function qlinearConcat(c: NodeContext) {
  const shapes: (readonly Dim[] | null)[] = [];
  for (let i = 2; i < c.node.input.length; i += 3) shapes.push(c.dims(i));
  const first = shapes[0];
  const axis = c.axis('axis', 0, 2);
  if (!first || axis === undefined || shapes.some((s) => s?.length !== first.length))
    return c.out(0, c.in(1).dtype, null);
  const sizes = shapes.map((s) => s![axis]);
  const sum = sizes.every((s) => typeof s === 'number')
    ? sizes.reduce<number>((a, b) => a + (b as number), 0)
    : unknownDim();
  c.out(
    0,
    c.in(1).dtype,
    first.map((d, i) => (i === axis ? sum : d)),
  );
}

/** Operators of ONNX's domain on quantized numbers, and those of com.microsoft. */
export const quantized: Record<string, Infer> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  ConvInteger: (c) => conv(c, 0, 1, 'int32'),
  MatMulInteger: (c) => matmul(c, 0, 1, 'int32'),
  QLinearConv: (c) => conv(c, 0, 3, c.in(7).dtype || c.in(0).dtype),
  QLinearMatMul: (c) => matmul(c, 0, 3, c.in(7).dtype || c.in(0).dtype),
  QGemm: (c) => gemm(c, c.has(8) ? c.in(8).dtype : c.has(7) ? c.in(0).dtype : 'float32', 0, 3),
  MatMulIntegerToFloat: (c) => matmul(c, 0, 1, c.in(2).dtype || 'float32'),
  DynamicQuantizeMatMul: (c) => matmul(c, 0, 1, 'float32'),
  QLinearAdd: elementwise(7, [0, 3]),
  QLinearMul: elementwise(7, [0, 3]),
  QLinearSigmoid: elementwise(4, [0]),
  QLinearLeakyRelu: elementwise(4, [0]),
  QLinearSoftmax: elementwise(4, [0]),
  QLinearAveragePool: pool,
  QLinearGlobalAveragePool: globalPool,
  QLinearConcat: qlinearConcat,
  QLinearWhere: elementwise(8, [0, 1, 4]),
};
