import { KiB, MiB } from '../../base/limits.ts';
import { checkCancelled } from '../../base/progress.ts';
import { graph, node as makeNode, modelProto, valueInfo } from '../../onnx/build.ts';
import { dtypeOf } from '../../onnx/dtypes.ts';
import type { Model } from '../../onnx/model.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { copyWith, DataType, type ModelProto, type TensorProto } from '../../onnx/proto.ts';
import { numericDims } from '../../onnx/shapes/dims.ts';
import { makeTensor, storedBytes } from '../../onnx/tensor.ts';
import type { RuntimeDType, Value } from '../../runtime/types.ts';
import type { MethodContext } from '../types.ts';
import type { Op, Scope } from './scope.ts';
import type { Work } from './work.ts';

/** Operators that give something else each time. */
export const RANDOM_OPS: ReadonlySet<string> = new Set(
  'RandomNormal RandomUniform RandomNormalLike RandomUniformLike Multinomial Bernoulli'.split(' '),
);
/** Never folded: what unpacks compressed weights, what is no tensor, and Constant nodes that are left as they are. */
const NEVER: ReadonlySet<string> = new Set([
  ...RANDOM_OPS,
  ...'DequantizeLinear Dropout Constant SequenceConstruct SequenceEmpty SequenceAt SplitToSequence ConcatFromSequence'.split(
    ' ',
  ),
  ...'SequenceInsert SequenceErase SequenceLength Optional OptionalGetElement OptionalHasElement StringNormalizer'.split(
    ' ',
  ),
]);
/** Sizes of these are known only when they have run, and are at most about those of their inputs. */
const DATA_SIZED: ReadonlySet<string> = new Set(['NonZero', 'Compress', 'Unique']);
/** Folded without being run now: whatever can be said of them is sure, and the runtime has them for these dtypes. */
const PLAIN: ReadonlySet<string> = new Set(
  'Transpose Reshape Squeeze Unsqueeze Flatten Cast Concat Slice Gather Split Identity Mul Add Sub Div Neg Sqrt Reciprocal ConstantOfShape'.split(
    ' ',
  ),
);
const PLAIN_DTYPES: ReadonlySet<string> = new Set(['float32', 'int64', 'int32']);

const DATA_TYPES: Readonly<Record<RuntimeDType, number>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  float16: DataType.FLOAT16,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  int16: DataType.INT16,
  uint16: DataType.UINT16,
  int32: DataType.INT32,
  uint32: DataType.UINT32,
  int64: DataType.INT64,
  uint64: DataType.UINT64,
  bool: DataType.BOOL,
};

/** A result that takes more than what it is computed from may take this much. */
const MAX_GROWTH = 4 * KiB;
/** Values in between may take this much. */
const MAX_BETWEEN = 64 * MiB;
/** What is computed from more than this is computed when the model is written. */
const MAX_EAGER = 256 * KiB;

/** Nodes whose inputs are all constants, and what their results are made of. */
interface Region {
  ops: Op[];
  /** Bytes of the constants behind each value. */
  sources: Map<string, number>;
}

function bytesOf(work: Work, name: string): number | undefined {
  const fact = work.fact(name);
  const dims = numericDims(fact?.dims);
  const type = fact && Object.hasOwn(DATA_TYPES, fact.dtype) ? DATA_TYPES[fact.dtype as RuntimeDType] : undefined;
  if (!dims || type === undefined) return undefined;
  return (dims.reduce((a, b) => a * b, 1) * dtypeOf(type)!.bits) / 8;
}

function regionOf(scope: Scope, work: Work, limit: number): Region {
  const ops: Op[] = [];
  const sources = new Map<string, number>();
  for (const op of scope.ops) {
    if (op.dead || op.domain !== '' || op.inner.length > 0 || NEVER.has(op.op) || op.inputs.length === 0) continue;
    let bytes = 0;
    const constant = op.inputs.every((name) => {
      const tensor = name ? work.constant(scope, name) : undefined;
      if (!tensor && name && !sources.has(name)) return false;
      bytes += tensor ? storedBytes(tensor) : (sources.get(name) ?? 0);
      return tensor?.dataType !== DataType.STRING;
    });
    const between = op.outputs.every((name) => {
      const size = name ? bytesOf(work, name) : 0;
      return size === undefined
        ? DATA_SIZED.has(op.op) && bytes < MAX_GROWTH
        : size <= Math.max(MAX_BETWEEN, bytes, limit);
    });
    if (!constant || !between) continue;
    ops.push(op);
    for (const name of op.outputs) if (name) sources.set(name, bytes);
  }
  return { ops, sources };
}

function mayGrow(bytes: number, sources: number, limit: number): boolean {
  return bytes <= Math.max(sources, sources < MAX_GROWTH ? limit : Math.min(MAX_GROWTH, limit));
}

/** The values of a region that are taken outside it and small enough to be stored, and the nodes that stay because theirs are not. */
function resultsOf({ ops, sources }: Region, scope: Scope, work: Work, limit: number): string[] {
  const folded = new Set(ops);
  const results: string[] = [];
  for (let i = ops.length - 1; i >= 0; i--) {
    const op = ops[i];
    const taken = op.outputs.filter((name) => {
      if (!name) return false;
      const users = scope.uses.get(name);
      return scope.pinned.has(name) || [...(users?.keys() ?? [])].some((u) => !folded.has(u));
    });
    const stored = taken.every((name) => mayGrow(bytesOf(work, name) ?? 0, sources.get(name) ?? 0, limit));
    if (stored) results.push(...taken);
    else folded.delete(op);
  }
  return results.reverse();
}

/** A model of no inputs that computes some values of a region. */
function modelFor(
  results: readonly string[],
  scope: Scope,
  work: Work,
  model: Model,
): { model: Model; ops: Op[]; bytes: number } {
  const ops = new Set<Op>();
  const constants = new Map<string, TensorProto>();
  const stack = [...results];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    const tensor = name ? work.constant(scope, name) : undefined;
    if (tensor) constants.set(name, copyWith(tensor, { name }));
    const op = !name || tensor ? undefined : scope.producer.get(name);
    if (!op || ops.has(op)) continue;
    ops.add(op);
    stack.push(...op.inputs);
  }
  // In the order of the graph, so that makers come before takers.
  const ordered = [...ops].sort((a, b) => a.index - b.index);
  const nodes = ordered.map((op) => copyWith(makeNode(op.type, op.inputs, op.outputs), { attribute: op.attribute }));
  const outputs = results.map((name) => valueInfo(name, DATA_TYPES[work.fact(name)!.dtype as RuntimeDType], null));
  const proto: ModelProto = modelProto(graph('constants', nodes, [], outputs, [...constants.values()]));
  const bytes = [...constants.values()].reduce((n, t) => n + storedBytes(t), 0);
  const whole = copyWith(proto, {
    opsetImport: model.proto.opsetImport,
    irVersion: model.proto.irVersion < 4n ? 4n : model.proto.irVersion,
  });
  return { model: { name: model.name, proto: whole, bytes, external: [] }, ops: ordered, bytes };
}

function tensorOf(name: string, { dtype, dims, data }: Value): TensorProto {
  return makeTensor(name, DATA_TYPES[dtype], dims, data as Uint8Array<ArrayBuffer>);
}

async function run(part: Model, ctx: MethodContext): Promise<Record<string, Value>> {
  const session = await ctx.openSession(part, { backend: 'wasm', optimize: 'off' });
  try {
    return await session.run({});
  } finally {
    await session.release();
  }
}

/** At most this many sessions are opened in search of the values that the runtime cannot compute. */
const MAX_SESSIONS = 32;

/** Computes values now. Where the runtime fails, halves of them are tried, and what fails alone stays as it is. */
async function computeNow(
  results: readonly string[],
  scope: Scope,
  work: Work,
  model: Model,
  ctx: MethodContext,
  budget: { sessions: number },
): Promise<Map<string, TensorProto>> {
  checkCancelled(ctx.signal);
  if (results.length === 0 || budget.sessions-- <= 0) return new Map();
  try {
    const values = await run(modelFor(results, scope, work, model).model, ctx);
    return new Map(results.map((name) => [name, tensorOf(name, values[name])]));
  } catch (error) {
    checkCancelled(ctx.signal);
    if (results.length === 1) {
      const reason = error instanceof Error ? error.message : String(error);
      ctx.note({ step: ctx.step, key: 'not-folded', values: { tensor: results[0], reason } });
      return new Map();
    }
    const half = results.length >> 1;
    const parts = [results.slice(0, half), results.slice(half)];
    const out = new Map<string, TensorProto>();
    for (const part of parts)
      for (const [k, t] of await computeNow(part, scope, work, model, ctx, budget)) out.set(k, t);
    return out;
  }
}

/** A value that is computed when it is read; undefined when it is not sure that the runtime can. */
function computeLater(
  name: string,
  scope: Scope,
  work: Work,
  model: Model,
  ctx: MethodContext,
): TensorProto | undefined {
  const part = modelFor([name], scope, work, model);
  const dims = numericDims(work.fact(name)?.dims);
  const plain = part.ops.every(
    (op) => PLAIN.has(op.op) && op.outputs.every((o) => PLAIN_DTYPES.has(work.fact(o)?.dtype ?? '')),
  );
  if (!dims || !plain) return undefined;
  const dtype = work.fact(name)!.dtype as RuntimeDType;
  const payload = computedPayload(bytesOf(work, name)!, async () => {
    const { data } = (await run(part.model, ctx))[name];
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  });
  return makeTensor(name, DATA_TYPES[dtype], dims, payload);
}

/**
 * Computes what depends on constants alone, graph by graph, and stores the results; those past `limit` bytes only where they take
 * no more than what they are computed from. Gives how many nodes fell away.
 */
export async function foldConstants(work: Work, model: Model, limit: number, ctx: MethodContext): Promise<number> {
  let count = 0;
  for (const scope of work.scopes) {
    const region = regionOf(scope, work, limit);
    const results = resultsOf(region, scope, work, limit);
    if (results.length === 0) continue;
    const isSmall = (name: string) =>
      (region.sources.get(name) ?? 0) <= MAX_EAGER && (bytesOf(work, name) ?? 0) <= MAX_EAGER;
    const tensors = await computeNow(results.filter(isSmall), scope, work, model, ctx, { sessions: MAX_SESSIONS });
    for (const name of results) {
      const tensor = isSmall(name) ? undefined : computeLater(name, scope, work, model, ctx);
      if (tensor) tensors.set(name, tensor);
    }
    for (const op of region.ops) {
      const made = op.outputs.map((name) => tensors.get(name));
      if (op.dead || !made.some(Boolean)) continue;
      // Another output of the node may be too large to be stored; then all of it stays.
      const whole = op.outputs.every((name, i) => made[i] || !(scope.uses.has(name) || scope.pinned.has(name)));
      if (!whole || made.some((t, i) => t && !mayGrow(storedBytes(t), region.sources.get(op.outputs[i]) ?? 0, limit)))
        continue;
      work.becomeConstant(op, made);
    }
    count += region.ops.filter((op) => op.dead).length;
  }
  return count;
}
