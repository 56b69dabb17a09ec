import { inTurn } from '../base/ahead.ts';
import { MiB } from '../base/limits.ts';
import { type Loan, Memory, type Room } from '../base/memory.ts';
import { checkCancelled, type TaskContext } from '../base/progress.ts';
import { rawBytes } from './dtypes.ts';
import { type Payload, payloadOf } from './payload.ts';
import { DataType, type TensorProto } from './proto.ts';
import { rawToFloats, sizeOf } from './tensor.ts';

/** Bytes of a part: a multiple of any vector, large enough that a read's fixed cost vanishes. */
const PART = 4 * MiB;
/** How many floats that is. */
export const PART_FLOATS = PART / 4;
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

/** Some floats of a tensor that `comesInParts`. @param loan memory that they may be read into */
export async function floatPart(
  tensor: TensorProto,
  from: number,
  count: number,
  loan: Loan,
): Promise<Float32Array<ArrayBuffer>> {
  return rawToFloats(await directFloats(tensor)!.read(4 * from, 4 * count, loan), DataType.FLOAT);
}

/**
 * The floats of a tensor that `comesInParts`, in storage order. A part may be looked at until the next is asked for.
 * @param room where they may lie
 * @throws PareError `cancelled` between two parts
 */
export async function* floatParts(
  tensor: TensorProto,
  room?: () => Room | null,
  ctx: TaskContext = {},
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const count = sizeOf(tensor);
  const parts = Array.from({ length: Math.ceil(count / PART_FLOATS) }, (_, i) => {
    const at = i * PART_FLOATS;
    const length = Math.min(PART_FLOATS, count - at);
    return { size: 4 * length, lane: LANE, start: (loan: Loan) => floatPart(tensor, at, length, loan) };
  });
  for await (const { value } of inTurn(parts, new Memory(PARTS_BYTES, room))) {
    checkCancelled(ctx.signal);
    yield value;
  }
}
