import { inTurn } from '../base/ahead.ts';
import { MiB } from '../base/limits.ts';
import { type Loan, Memory, type Room } from '../base/memory.ts';
import { rawBytes } from './dtypes.ts';
import { type Payload, payloadOf } from './payload.ts';
import { DataType, type TensorProto } from './proto.ts';
import { rawToFloats, sizeOf } from './tensor.ts';

/** Bytes of a part: a multiple of any vector, large enough that a read's fixed cost vanishes. */
const PART = 4 * MiB;
/** One is looked at while the next are read. */
const AHEAD = 2;
const LANE = { ahead: AHEAD * PART };
/** What is held at once. */
export const PARTS_BYTES = (AHEAD + 1) * PART;
/** Smaller tensors are read whole. */
const LARGE = 16 * MiB;

const directFloats = (tensor: TensorProto): Payload | undefined => {
  const payload = payloadOf(tensor);
  const plain = tensor.dataType === DataType.FLOAT && (payload?.field === 9 || payload?.field === 4);
  return plain && payload!.direct ? payload : undefined;
};

/** Whether a float32 tensor is large and lies somewhere where parts of it can be read. */
export function comesInParts(tensor: TensorProto): boolean {
  const payload = directFloats(tensor);
  return payload !== undefined && payload.size > LARGE && payload.size === rawBytes(DataType.FLOAT, sizeOf(tensor));
}

/**
 * The floats of a tensor that `comesInParts`, in storage order. A part may be looked at until the next is asked for.
 * @param room where they may lie
 */
export async function* floatParts(
  tensor: TensorProto,
  room?: () => Room | null,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const payload = directFloats(tensor)!;
  const parts = Array.from({ length: Math.ceil(payload.size / PART) }, (_, i) => {
    const at = i * PART;
    const size = Math.min(PART, payload.size - at);
    return { size, lane: LANE, start: (loan: Loan) => payload.read(at, size, loan) };
  });
  for await (const { value } of inTurn(parts, new Memory(PARTS_BYTES, room))) yield rawToFloats(value, DataType.FLOAT);
}
