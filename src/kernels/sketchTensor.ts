import { inTurn, type Job } from '../base/ahead.ts';
import { KiB, MiB } from '../base/limits.ts';
import { type Loan, Memory } from '../base/memory.ts';
import { checkCancelled, type TaskContext } from '../base/progress.ts';
import { rawBytes } from '../onnx/dtypes.ts';
import { payloadOf } from '../onnx/payload.ts';
import type { TensorProto } from '../onnx/proto.ts';
import { dimsOf, isFloatTensor, rawToFloats, readFloats, sizeOf } from '../onnx/tensor.ts';
import type { Weight } from '../onnx/weights.ts';
import { type Sketch, Sketcher } from './sketch.ts';

/** Bytes read at once: a read's fixed cost vanishes, and reading goes on while a piece is counted. */
const PIECE = 2 * MiB;
/** Reads in flight: the next pieces arrive while one is being counted. */
const AHEAD = 4;
/** Neighbours this close are read together with what lies between them. */
const GAP = 64 * KiB;

interface Wanted {
  readonly tensor: TensorProto;
  readonly axis?: number;
  readonly done: (sketch: Sketch) => void;
}

/** A part of a tensor, or parts of several tensors that lie side by side, read at once. */
interface Read<T = unknown> extends Job<T> {
  /** Counts what was read. */
  count(data: T): void;
}

const LANE = { ahead: AHEAD * PIECE };
/** Reads of different kinds in one list: a few pieces are under way, however many small ones. */
const reading = <T>(size: number, start: (loan: Loan) => Promise<T>, count: (data: T) => void): Read =>
  ({ size, lane: LANE, start, count }) as Read<T> as Read;

/** The sketch of one float tensor, wherever its numbers are. @throws PareError `model/unsupported`, `model/corrupt` */
export async function sketchTensor(tensor: TensorProto, axis?: number, ctx: TaskContext = {}): Promise<Sketch> {
  let result: Sketch | undefined;
  const done = (s: Sketch) => {
    result = s;
  };
  await run(plan([{ tensor, axis, done }]), ctx);
  return result!;
}

/**
 * Sketches many weights in the order they lie in the file, reading each byte once and ahead of the counting. A tensor
 * whose bytes do not fit its shape gets no sketch and stops nothing.
 */
export async function sketchAll(
  weights: readonly Weight[],
  onSketch: (weight: Weight, sketch: Sketch) => void,
  ctx: TaskContext = {},
): Promise<void> {
  const offset = (w: Weight) => payloadOf(w.tensor)?.range?.offset ?? -1;
  const ordered = weights.filter((w) => isFloatTensor(w.tensor) && isWhole(w.tensor));
  ordered.sort((a, b) => offset(a) - offset(b));
  await run(plan(ordered.map((w) => ({ tensor: w.tensor, axis: w.channelAxis, done: (s) => onSketch(w, s) }))), ctx);
}

/** Whether a payload has the bytes that the tensor's shape needs; `readRaw` checks the others. */
function isWhole(tensor: TensorProto): boolean {
  const payload = payloadOf(tensor);
  return payload?.field !== 9 || payload.size === rawBytes(tensor.dataType ?? 0, sizeOf(tensor));
}

/** Cuts the work into reads of about a piece. */
function plan(jobs: readonly Wanted[]): Read[] {
  const reads: Read[] = [];
  let group: Wanted[] = [];
  const flush = () => {
    if (group.length) reads.push(together(group));
    group = [];
  };
  for (const job of jobs) {
    const payload = payloadOf(job.tensor);
    if (payload?.range && payload.field === 9) {
      if (payload.size > PIECE) {
        flush();
        reads.push(...inPieces(job));
        continue;
      }
      const first = group[0] && payloadOf(group[0].tensor);
      const last = group.length ? payloadOf(group[group.length - 1].tensor)! : undefined;
      const gap = last ? payload.range.offset - (last.range!.offset + last.size) : 0;
      const span = first ? payload.range.offset + payload.size - first.range!.offset : payload.size;
      if (first && (first.range!.source !== payload.range.source || gap < 0 || gap > GAP || span > PIECE)) flush();
      group.push(job);
    } else {
      flush();
      reads.push(whole(job));
    }
  }
  flush();
  return reads;
}

/** Tensors that lie side by side in one file. */
function together(group: Wanted[]): Read {
  const payloads = group.map((j) => payloadOf(j.tensor)!);
  const { source, offset } = payloads[0].range!;
  const last = payloads[payloads.length - 1];
  const bytes = last.range!.offset + last.size - offset;
  return reading(
    bytes,
    (loan) => source.read(offset, bytes, loan),
    (data) =>
      group.forEach((job, i) => {
        const at = payloads[i].range!.offset - offset;
        const values = rawToFloats(data.subarray(at, at + payloads[i].size), job.tensor.dataType ?? 0);
        finish(job, values);
      }),
  );
}

/** A tensor that is not simply somewhere in a file: typed fields, or a computation. */
function whole(job: Wanted): Read {
  return reading(
    payloadOf(job.tensor)?.size ?? 0,
    (loan) => readFloats(job.tensor, loan),
    (values) => finish(job, values),
  );
}

function finish(job: Wanted, values: Float32Array<ArrayBuffer>): void {
  const sketcher = new Sketcher(dimsOf(job.tensor), job.axis);
  sketcher.add(values);
  job.done(sketcher.finish());
}

/** A large tensor, piece by piece. */
function inPieces(job: Wanted): Read[] {
  const payload = payloadOf(job.tensor)!;
  const sketcher = new Sketcher(dimsOf(job.tensor), job.axis);
  const reads: Read[] = [];
  for (let at = 0; at < payload.size; at += PIECE) {
    const bytes = Math.min(PIECE, payload.size - at);
    reads.push(
      reading(
        bytes,
        (loan) => payload.read(at, bytes, loan),
        (data) => {
          sketcher.add(rawToFloats(data, job.tensor.dataType ?? 0));
          if (at + bytes === payload.size) job.done(sketcher.finish());
        },
      ),
    );
  }
  return reads;
}

/** Runs the reads in order, a few of them in flight. */
async function run(reads: readonly Read[], ctx: TaskContext): Promise<void> {
  const total = reads.reduce((n, r) => n + r.size, 0);
  let done = 0;
  checkCancelled(ctx.signal);
  for await (const { job, value } of inTurn(reads, new Memory(AHEAD * PIECE), AHEAD)) {
    checkCancelled(ctx.signal);
    job.count(value);
    done += job.size;
    ctx.onProgress?.({ phase: 'sketch', done, total });
  }
}
