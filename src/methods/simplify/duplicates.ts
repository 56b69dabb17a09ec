import { MiB } from '../../base/limits.ts';
import { checkCancelled } from '../../base/progress.ts';
import { payloadOf } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { readRaw } from '../../onnx/tensor.ts';
import type { MethodContext } from '../types.ts';
import { LAYERS } from './rules/channels.ts';
import type { Op, Scope } from './scope.ts';
import type { Work } from './work.ts';

/** Tensors alike in dtype and dims are told apart by this many bytes first, so that weights are rarely read. */
const PREFIX = 1024;
const PIECE = 16 * MiB;
/** Pending computations are compared up to this size. */
const MAX_COMPUTED = MiB;

async function piece(tensor: TensorProto, from: number, length: number): Promise<Uint8Array> {
  const payload = payloadOf(tensor);
  if (payload?.field === 9 && payload.direct) return payload.read(from, Math.min(length, payload.size - from));
  return (await readRaw(tensor)).subarray(from, from + length);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether two tensors of one size have the same bytes, compared a piece at a time. */
async function equal(a: TensorProto, b: TensorProto): Promise<boolean> {
  for (let at = 0; ; at += PIECE) {
    const [x, y] = await Promise.all([piece(a, at, PIECE), piece(b, at, PIECE)]);
    if (!same(x, y)) return false;
    if (x.length < PIECE) return true;
  }
}

/**
 * A key that tensors with the same contents share. Strings have none, and of pending computations only those that are worth
 * making for it: weights of layers that take the same input, which may be one layer.
 */
async function keyOf(tensor: TensorProto, sibling: boolean): Promise<string | undefined> {
  const payload = payloadOf(tensor);
  if (payload && !payload.direct && !(sibling && payload.size <= MAX_COMPUTED)) return undefined;
  if (tensor.dataType === DataType.STRING || tensor.externalData.length > 0) return undefined;
  const head = await piece(tensor, 0, PREFIX);
  return `${tensor.dataType}:${tensor.dims.join(',')}:${textOf(head)}`;
}

/** Names of the constants of layers whose input another layer of the graph takes too. */
function siblingsIn(scope: Scope): Set<string> {
  const layers = new Map<string, Op[]>();
  for (const op of scope.ops) {
    if (op.dead || !LAYERS.has(op.op)) continue;
    const group = layers.get(op.inputs[0]);
    if (group) group.push(op);
    else layers.set(op.inputs[0], [op]);
  }
  const names = new Set<string>();
  for (const group of layers.values()) {
    if (group.length > 1) for (const op of group) for (const name of op.inputs.slice(1)) names.add(name);
  }
  return names;
}

/** Bytes as text, a character each. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Tensors that begin alike are compared with at most this many others each. */
const MAX_DISTINCT = 4;

/** A graph's constants that have the contents of an earlier one, and which one that is. */
async function twinsIn(scope: Scope, ctx: MethodContext): Promise<Map<string, string>> {
  const groups = new Map<string, string[]>();
  const siblings = siblingsIn(scope);
  for (const [name, tensor] of scope.constants) {
    checkCancelled(ctx.signal);
    const key = scope.pinned.has(name) ? undefined : await keyOf(tensor, siblings.has(name));
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  const twins = new Map<string, string>();
  for (const group of groups.values()) {
    const distinct: string[] = [];
    for (const name of group) {
      checkCancelled(ctx.signal);
      const tensor = scope.constants.get(name)!;
      let twin: string | undefined;
      for (const other of distinct) {
        if (await equal(scope.constants.get(other)!, tensor)) {
          twin = other;
          break;
        }
      }
      if (twin !== undefined) twins.set(name, twin);
      else if (distinct.length < MAX_DISTINCT) distinct.push(name);
    }
  }
  return twins;
}

/** For each graph, its constants that have the contents of an earlier one. Large ones are read only where they begin alike. */
export async function findDuplicates(work: Work, ctx: MethodContext): Promise<Map<Scope, Map<string, string>>> {
  const found = new Map<Scope, Map<string, string>>();
  for (const scope of work.scopes) found.set(scope, await twinsIn(scope, ctx));
  return found;
}

/** Initializers with the same contents become one. Gives how many fell away. */
export function mergeDuplicates(work: Work, duplicates: ReadonlyMap<Scope, ReadonlyMap<string, string>>): number {
  let count = 0;
  for (const [scope, twins] of duplicates) {
    for (const [name, twin] of twins) {
      if (!work.moveUses(scope, name, twin)) continue;
      scope.constants.delete(name);
      count++;
    }
  }
  return count;
}
