import { bytesOf } from '../../base/bytes.ts';
import { handOver } from '../../base/memory.ts';
import { checkCancelled } from '../../base/progress.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';
import { arena } from '../../kernels/simd/resident.ts';
import { comesInParts, floatPart, floatParts, PART_FLOATS, PARTS_BYTES } from '../../onnx/parts.ts';
import { computedPayload, type Payload, piecewisePayload } from '../../onnx/payload.ts';
import type { TensorProto } from '../../onnx/proto.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import { QUANT } from './arithmetic.ts';
import { naming } from './naming.ts';
import { parametersBy, type QuantSpec, quantizeMeasuring, rawQuantized } from './quantize.ts';
import { rangeOfParts } from './range.ts';
import type { Work } from './work.ts';

/** What a quantized tensor is stored as. */
export interface QuantizedPayloads {
  readonly q: Payload;
  readonly scale: Payload;
  readonly zeroPoint: Payload;
}

/** Whether a tensor's integers can be had piece by piece: it is large, has one scale, and nobody asks what became of it as a whole. */
export function comesInPieces(tensor: TensorProto, grouping: Grouping, spec: QuantSpec, work: Work): boolean {
  const one = grouping.granularity === 'tensor' && QUANT[spec.type].bits === 8;
  return one && comesInParts(tensor) && work.measuredAs(tensor)?.detail === 'finite';
}

/**
 * The integers of a tensor that `comesInPieces`, its scale and its zero point. Its floats are read once for its range, and then again
 * piece by piece: what is written first is quantized while nothing behind it is in memory.
 */
export function quantizedPieces(tensor: TensorProto, spec: QuantSpec, work: Work): QuantizedPayloads {
  const count = sizeOf(tensor);
  const whole = (length: number): Grouping => ({ dims: [length], granularity: 'tensor', axis: 0, block: 0 });
  const find = async () =>
    (await work.rangesOf(tensor, whole(count))) ??
    work.gate.run(PARTS_BYTES, () => rangeOfParts(floatParts(tensor, arena, work.ctx)));
  let found: Promise<Ranges> | undefined;
  /** Two numbers, kept for the pieces. What has failed is tried anew by whoever asks again. */
  const range = () => {
    found ??= naming(tensor.name, find).catch((error) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const q = piecewisePayload(count, PART_FLOATS, async (from, length, out) => {
    const ranges = await range();
    return work.gate.runIn(4 * length, async (loan) => {
      checkCancelled(work.ctx.signal);
      const x = await floatPart(tensor, from, length, loan);
      await work.gate.turn();
      const measuring = { detail: 'finite', ranges, overwrites: true, allocate: out?.withdraw } as const;
      const { q } = quantizeMeasuring(x, whole(length), spec, measuring);
      const kept = q.buffer === x.buffer ? loan.keep!(x, q.byteLength) : undefined;
      return bytesOf(handOver(q as Int8Array<ArrayBuffer>, kept, out));
    });
  });
  return {
    q,
    scale: computedPayload(4, async () => bytesOf(parametersBy(await range(), spec).scale)),
    zeroPoint: computedPayload(1, async () => rawQuantized(parametersBy(await range(), spec).zeroPoint, spec.type)),
  };
}
