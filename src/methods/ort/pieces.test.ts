import { expect, test } from 'vitest';
import type { Grouping } from '../../kernels/grouping.ts';
import { uglyFloats } from '../../kernels/ugly.ts';
import { node } from '../../onnx/build.ts';
import { payloadOf } from '../../onnx/payload.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor, readRaw } from '../../onnx/tensor.ts';
import { modelOf, testContext } from '../testing.ts';
import type { QuantType } from './arithmetic.ts';
import { quantizedInitializer, quantNames } from './initializer.ts';
import type { QuantSpec } from './quantize.ts';
import { Work } from './work.ts';

/** Five pieces, the last of which has an odd length. */
const dims = [1301, 3333];
const TENSOR: Grouping = { dims, granularity: 'tensor', axis: 0, block: 0 };
const NUMBERS = uglyFloats(dims[0] * dims[1], 7, { nonFinite: false }).map((v) => v / 4);

function quantized(x: Float32Array<ArrayBuffer>, type: QuantType, reportDetail: 'none' | 'bare', grouping = TENSOR) {
  const tensor = makeTensor('table', DataType.FLOAT, dims, x);
  const model = modelOf([node('Gather', ['table', 'ids'], ['y'])], [tensor]);
  const work = new Work(model.proto, { ...testContext(), reportDetail });
  const spec: QuantSpec = { type, symmetric: type === 'QInt8', reduceRange: false, scaleType: 'float32' };
  return quantizedInitializer(tensor, grouping, spec, quantNames('table'), work);
}

test('a large weight has the same integers, scale and zero point piece by piece as in one, whatever is asked for first', async () => {
  for (const type of ['QInt8', 'QUInt8'] as const) {
    const [pieces, whole] = [quantized(NUMBERS, type, 'none'), quantized(NUMBERS, type, 'bare')];
    expect([payloadOf(pieces.q)!.piece, payloadOf(whole.q)!.piece]).toEqual([2 ** 20, undefined]);
    for (const role of ['q', 'zeroPoint', 'scale'] as const) {
      expect(Buffer.compare(await readRaw(pieces[role]), await readRaw(whole[role]))).toBe(0);
    }
    const last = await payloadOf(pieces.q)!.read(4 * 2 ** 20);
    expect(Buffer.compare(last, (await readRaw(whole.q)).subarray(4 * 2 ** 20))).toBe(0);
  }
});

test('a NaN in any of its pieces is refused by name, by each of the three, and again when asked again', async () => {
  for (const at of [0, 3 * 2 ** 20, dims[0] * dims[1] - 1]) {
    const x = NUMBERS.slice();
    x[at] = Number.NaN;
    const { q, scale, zeroPoint } = quantized(x, 'QInt8', 'none');
    for (const tensor of [scale, q, zeroPoint, q]) {
      await expect(readRaw(tensor)).rejects.toMatchObject({ code: 'recipe/not-applicable', where: 'table' });
    }
  }
});

test('other groupings and narrower types are computed as a whole', () => {
  expect(
    payloadOf(quantized(NUMBERS, 'QInt8', 'none', { ...TENSOR, granularity: 'channel' }).q)!.piece,
  ).toBeUndefined();
  expect(payloadOf(quantized(NUMBERS, 'QInt4', 'none').q)!.piece).toBeUndefined();
});
