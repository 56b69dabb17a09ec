import { create } from '@bufbuild/protobuf';
import { inTurn, type Job } from '../base/ahead.ts';
import { PareError } from '../base/errors.ts';
import { KiB, MAX_PROTOBUF_BYTES, MiB } from '../base/limits.ts';
import { Memory } from '../base/memory.ts';
import { checkCancelled, type TaskContext } from '../base/progress.ts';
import type { ByteSink } from '../base/source.ts';
import { encodeModel, type Segment, segmentSize } from './encode.ts';
import type { Model } from './model.ts';
import { type Payload, payloadOf, withoutPayload } from './payload.ts';
import { DataLocation, type StringStringEntryProto, StringStringEntryProtoSchema, type TensorProto } from './proto.ts';
import { LAZY_BYTES } from './scan.ts';
import { mapModel } from './visit.ts';

/** External data starts each tensor on a page, so that a runtime can map it. */
export const EXTERNAL_ALIGN = 4 * KiB;
/**
 * How much may be computed ahead of what is being written, and how much read of what is merely copied. What is computed lies in memory
 * that was never used before, until as much as this has been written.
 */
const COMPUTED = { ahead: 16 * MiB };
const COPIED = { ahead: 16 * MiB };
/** Payloads that are mere file ranges are copied in pieces of this size. */
const PIECE = 4 * MiB;
/** Memory of what has been written, kept for what is read or computed next. */
const SPARE = 32 * MiB;
/** What is smaller waits for its neighbours. */
const GATHER = 256 * KiB;

/** Everything that goes to disk: the .onnx file, and its external data if it has any. */
export interface Layout {
  model: Segment[];
  /** Bytes of the .onnx file. */
  modelBytes: number;
  external: Segment[];
  externalBytes: number;
}

/**
 * Decides where every byte goes, before any payload is read.
 * @param externalName the name of the external-data file; without it everything goes inside
 * @throws PareError `model/limit` when the .onnx file would pass 2 GB
 */
export function layout(model: Model, externalName?: string): Layout {
  const external: Segment[] = [];
  let at = 0;

  function outside(tensor: TensorProto, payload: Payload): TensorProto {
    const pad = (EXTERNAL_ALIGN - (at % EXTERNAL_ALIGN)) % EXTERNAL_ALIGN;
    if (pad) external.push(new Uint8Array(pad));
    at += pad;
    const entries: [string, string][] = [
      ['location', externalName!],
      ['offset', String(at)],
      ['length', String(payload.size)],
    ];
    external.push(payload);
    at += payload.size;
    const externalData: StringStringEntryProto[] = entries.map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    return withoutPayload(tensor, { externalData, dataLocation: DataLocation.EXTERNAL });
  }

  const placed = (tensor: TensorProto) => {
    const payload = payloadOf(tensor);
    // Only raw bytes may be external (onnx.proto, TensorProto.external_data), which packed floats are too. Small tensors stay
    // inside, where shape inference can see them.
    const raw = payload && (payload.field === 9 || payload.field === 4 || payload.field === 10);
    return raw && payload.size >= LAZY_BYTES ? outside(tensor, payload) : tensor;
  };
  const segments = encodeModel(externalName ? mapModel(model.proto, { tensor: placed }) : model.proto);
  const modelBytes = segments.reduce((n, s) => n + segmentSize(s), 0);
  if (modelBytes > MAX_PROTOBUF_BYTES) {
    throw new PareError(
      'model/limit',
      `The model would be ${modelBytes} bytes, and one ONNX file holds at most 2 GB.`,
      {
        hint: 'Save it with external data.',
      },
    );
  }
  return { model: segments, modelBytes, external, externalBytes: at };
}

/**
 * Writes segments in order. The next payloads are read, or computed, while one is being written, as long as what waits behind it stays
 * under 16 MiB of either.
 */
export async function writeSegments(segments: readonly Segment[], to: ByteSink, ctx: TaskContext = {}): Promise<void> {
  const jobs: Piece[] = [];
  let before: Uint8Array<ArrayBuffer>[] = [];
  for (const s of segments) {
    if (s instanceof Uint8Array) before.push(s);
    else {
      for (const piece of piecesOf(s)) {
        jobs.push({ ...piece, before });
        before = [];
      }
    }
  }
  const sink = gathering(to);
  const total = segments.reduce((n, s) => n + segmentSize(s), 0);
  let done = 0;
  const write = async (bytes: Uint8Array<ArrayBuffer>) => {
    checkCancelled(ctx.signal);
    await sink.write(bytes);
    done += bytes.byteLength;
  };
  checkCancelled(ctx.signal);
  for await (const { job, value } of inTurn(jobs, new Memory(SPARE))) {
    if (value.byteLength !== job.size) {
      throw new PareError('storage/failed', `Read ${value.byteLength} bytes where ${job.size} were expected.`, {
        hint: 'The model was changed on disk since it was opened. Open it again.',
      });
    }
    for (const bytes of job.before) await write(bytes);
    await write(value);
    ctx.onProgress?.({ phase: 'write', done, total });
  }
  for (const bytes of before) await write(bytes);
  await sink.flush();
  ctx.onProgress?.({ phase: 'write', done, total });
}

/** What is read or computed at once, and the bytes that are written before it. */
interface Piece extends Job<Uint8Array<ArrayBuffer>> {
  readonly before: readonly Uint8Array<ArrayBuffer>[];
}

/** What can be had in pieces is, large file ranges and some computations, so that no more than a few of them are ever held. */
function* piecesOf(payload: Payload): Generator<Omit<Piece, 'before'>> {
  const piece = payload.direct ? PIECE : (payload.piece ?? payload.size);
  for (let at = 0; at < payload.size; at += piece) {
    const length = Math.min(piece, payload.size - at);
    yield { size: length, lane: payload.direct ? COPIED : COMPUTED, start: (loan) => payload.read(at, length, loan) };
  }
}

/** Small neighbours are written together: a model has a thousand of them, and a write costs what it costs. */
function gathering(sink: ByteSink): { write: ByteSink['write']; flush(): Promise<void> } {
  let waiting: Uint8Array<ArrayBuffer> | undefined;
  let used = 0;
  const flush = async () => {
    if (used > 0) await sink.write(waiting!.subarray(0, used));
    used = 0;
  };
  return {
    flush,
    async write(bytes) {
      if (used + bytes.byteLength > GATHER) await flush();
      if (bytes.byteLength > GATHER) return sink.write(bytes);
      waiting ??= new Uint8Array(GATHER);
      waiting.set(bytes, used);
      used += bytes.byteLength;
    },
  };
}

/**
 * Writes a model as one file, and its external data as another when asked to. The sinks are closed when both are
 * whole and thrown away when anything fails.
 * @param options.plan the model's `layout` with that name of external data, where it is known already
 */
export async function writeModel(
  model: Model,
  sink: ByteSink,
  options: { external?: { name: string; sink: ByteSink }; plan?: Layout } & TaskContext = {},
): Promise<{ bytes: number; externalBytes: number }> {
  const { external } = options;
  try {
    const plan = options.plan ?? layout(model, external?.name);
    if (external) await writeSegments(plan.external, external.sink, options);
    await writeSegments(plan.model, sink, options);
    await external?.sink.close();
    await sink.close();
    return { bytes: plan.modelBytes, externalBytes: plan.externalBytes };
  } catch (error) {
    await Promise.allSettled([sink.abort(), external?.sink.abort()]);
    throw error;
  }
}

/** A whole model in memory, weights inside: for runtimes that load bytes. @throws PareError `model/limit` past 2 GB */
export async function modelBytes(model: Model, ctx: TaskContext = {}): Promise<Uint8Array<ArrayBuffer>> {
  const plan = layout(model);
  const out = new Uint8Array(plan.modelBytes);
  let at = 0;
  const sink: ByteSink = {
    async write(bytes) {
      out.set(bytes, at);
      at += bytes.byteLength;
    },
    async close() {},
    async abort() {},
  };
  await writeSegments(plan.model, sink, ctx);
  return out;
}
