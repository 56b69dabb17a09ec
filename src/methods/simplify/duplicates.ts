import { checkCancelled } from '../../base/progress.ts';
import { payloadOf } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { readRaw } from '../../onnx/tensor.ts';
import type { MethodContext } from '../types.ts';
import type { Scope, Work } from './work.ts';

/** Tensors alike in dtype and dims are told apart by this many bytes first, so that weights are rarely read. */
const PREFIX = 1024;
const PIECE = 16 * 1024 * 1024;

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

/** A key that tensors with the same contents share. Pending computations and strings have none. */
async function keyOf(tensor: TensorProto): Promise<string | undefined> {
  const payload = payloadOf(tensor);
  if ((payload && !payload.direct) || tensor.dataType === DataType.STRING || tensor.externalData.length > 0)
    return undefined;
  const head = await piece(tensor, 0, PREFIX);
  return `${tensor.dataType}:${tensor.dims.join(',')}:${textOf(head)}`;
}

/** Bytes as text, a character each. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

async function mergeIn(scope: Scope, work: Work, ctx: MethodContext): Promise<number> {
  const groups = new Map<string, string[]>();
  for (const [name, tensor] of scope.constants) {
    checkCancelled(ctx.signal);
    const key = scope.pinned.has(name) ? undefined : await keyOf(tensor);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  let count = 0;
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
      if (twin === undefined) {
        if (distinct.length < MAX_DISTINCT) distinct.push(name);
      } else if (work.moveUses(scope, name, twin)) {
        scope.constants.delete(name);
        count++;
      }
    }
  }
  return count;
}

/** Tensors that begin alike are compared with at most this many others each. */
const MAX_DISTINCT = 4;

/** Initializers with the same contents become one, graph by graph. Gives how many fell away. */
export async function mergeDuplicates(work: Work, ctx: MethodContext): Promise<number> {
  let count = 0;
  for (const scope of work.scopes) count += await mergeIn(scope, work, ctx);
  return count;
}
