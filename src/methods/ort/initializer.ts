import { bytesOf } from '../../base/bytes.ts';
import { handOver, type Kept } from '../../base/memory.ts';
import { checkCancelled } from '../../base/progress.ts';
import { shared } from '../../base/shared.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { arena } from '../../kernels/simd/resident.ts';
import { elementCount, rawBytes } from '../../onnx/dtypes.ts';
import { floatsToHalves } from '../../onnx/float.ts';
import { comesInParts, floatParts, PARTS_BYTES } from '../../onnx/parts.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { QUANT, type QuantType } from './arithmetic.ts';
import { naming } from './naming.ts';
import { comesInPieces, type QuantizedPayloads, quantizedPieces } from './pieces.ts';
import {
  dequantizeValues,
  type Measuring,
  parameterDims,
  type QuantizedValues,
  type QuantSpec,
  quantizeArray,
  quantizeMeasuring,
  quantizeParts,
  rawQuantized,
  takesParts,
} from './quantize.ts';
import type { Work } from './work.ts';

/** The three names a quantized tensor goes by. */
export interface QuantNames {
  readonly q: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** Integers, where they lie in memory that is to be given back. */
type Values = QuantizedValues & { kept?: Kept };

/** How integers are stored where not as the weight lies. */
interface Arrange {
  readonly dims: readonly number[];
  permute(q: QuantizedValues['q']): QuantizedValues['q'];
}

/** NAME_quantized, NAME_scale, NAME_zero_point. */
export function quantNames(name: string): QuantNames {
  return { q: `${name}_quantized`, scale: `${name}_scale`, zeroPoint: `${name}_zero_point` };
}

export interface QuantizedInitializer {
  readonly scale: TensorProto;
  readonly zeroPoint: TensorProto;
  readonly q: TensorProto;
  /** Bytes of the three. */
  readonly bytes: number;
}

/** Scales in a weight's own dtype as raw_data; they are float16 numbers already when it is float16. */
export function scaleBytes(scale: Float32Array<ArrayBuffer>, dataType: number): Uint8Array<ArrayBuffer> {
  const view = dataType === DataType.FLOAT16 ? floatsToHalves(scale) : scale;
  return bytesOf(view);
}

/** Whether the reference quantizes it at all. */
export function isQuantizable(tensor: TensorProto): boolean {
  return tensor.dataType === DataType.FLOAT || tensor.dataType === DataType.FLOAT16;
}

/**
 * The initializers that a float32 or float16 one becomes, in the order the reference adds them: scale, zero point,
 * integers. Nothing is read until one of them is; then the weight is read once for all three.
 * @param arrange what `q` is stored as, when it is not as the weight lies: its dims, and a permutation of the integers
 */
export function quantizedInitializer(
  tensor: TensorProto,
  grouping: Grouping,
  spec: QuantSpec,
  names: QuantNames,
  work: Work,
  options: {
    arrange?: Arrange;
    parameterDims?: readonly number[];
  } = {},
): QuantizedInitializer {
  const dataType = tensor.dataType;
  const { type } = spec;
  const dims = options.arrange?.dims ?? dimsOf(tensor);
  const pDims = options.parameterDims ?? parameterDims(grouping);
  const groups = elementCount(pDims, tensor.name);
  const qBytes = rawBytes(QUANT[type].dataType, elementCount(dims, tensor.name));
  const scaleSize = rawBytes(dataType, groups);
  const zeroSize = rawBytes(QUANT[type].dataType, groups);
  const bytes = qBytes + scaleSize + zeroSize;
  const payloads =
    !options.arrange && comesInPieces(tensor, grouping, spec, work)
      ? quantizedPieces(tensor, spec, work)
      : together(tensor, grouping, spec, work, { q: qBytes, scale: scaleSize, zeroPoint: zeroSize }, options.arrange);
  return {
    bytes,
    scale: makeTensor(names.scale, dataType, pDims, payloads.scale),
    zeroPoint: makeTensor(names.zeroPoint, QUANT[type].dataType, pDims, payloads.zeroPoint),
    q: makeTensor(names.q, QUANT[type].dataType, dims, payloads.q),
  };
}

/** The three of one computation, for which the weight is read once. @param sizes of the results in bytes */
function together(
  tensor: TensorProto,
  grouping: Grouping,
  spec: QuantSpec,
  work: Work,
  sizes: { readonly q: number; readonly scale: number; readonly zeroPoint: number },
  arrange?: Arrange,
): QuantizedPayloads {
  const { type } = spec;
  const name = nameOf(type, grouping);
  const bytes = sizes.q + sizes.scale + sizes.zeroPoint;
  const told = ({ measured, ...values }: QuantizedValues & { measured?: Measured }): Values => {
    if (measured) work.tell(tensor, measured, bytes, name);
    return values;
  };
  const whole = (measuring?: Measuring) =>
    work.gate.runIn(elementCount(tensor.dims, tensor.name) * 4, async (loan) => {
      checkCancelled(work.ctx.signal);
      const x = await readFloats(tensor, loan);
      await work.gate.turn();
      if (measuring) {
        const own = { ...measuring, overwrites: true };
        const values = told(naming(tensor.name, () => quantizeMeasuring(x, grouping, spec, own)));
        return values.q.buffer === x.buffer ? { ...values, kept: loan.keep!(x, values.q.byteLength) } : values;
      }
      const values: Values = naming(tensor.name, () => quantizeArray(x, grouping, spec));
      work.report(tensor, x, () => dequantizeValues(values, grouping), bytes, name);
      return values;
    });
  const inParts = (measuring: Measuring) =>
    work.gate.run(PARTS_BYTES, async () => {
      const parts = () => floatParts(tensor, arena, work.ctx);
      return told(await naming(tensor.name, () => quantizeParts(parts, grouping, spec, measuring)));
    });
  const picked = shared(async (out) => {
    const shape = work.measuredAs(tensor);
    if (!shape || QUANT[type].bits > 8) return whole();
    const ranges = await work.rangesOf(tensor, grouping);
    const measuring = { ...shape, ranges, allocate: out?.withdraw };
    return comesInParts(tensor) && takesParts(grouping, spec, ranges) ? inParts(measuring) : whole(measuring);
  });
  return {
    scale: computedPayload(
      sizes.scale,
      picked(({ scale }) => scaleBytes(scale, tensor.dataType)),
    ),
    zeroPoint: computedPayload(
      sizes.zeroPoint,
      picked(({ zeroPoint }) => rawQuantized(zeroPoint, type)),
    ),
    q: computedPayload(
      sizes.q,
      picked(({ q, kept }, out) => {
        const own = handOver(q as Int8Array<ArrayBuffer>, kept, out);
        return rawQuantized(arrange ? arrange.permute(own) : own, type);
      }),
    ),
  };
}

/** `uint8`, `int8 per channel`, `int4 per 32`: what a report calls it. */
export function nameOf(type: QuantType, { granularity, block }: Grouping): string {
  const { signed, bits } = QUANT[type];
  return `${signed ? '' : 'u'}int${bits}${{ tensor: '', channel: ' per channel', block: ` per ${block}` }[granularity]}`;
}
