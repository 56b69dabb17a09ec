import { toBinary } from '@bufbuild/protobuf';
import { payloadOf } from '../../onnx/payload.ts';
import { type AttributeProto, AttributeProtoSchema } from '../../onnx/proto.ts';
import { RANDOM_OPS } from './fold.ts';
import { LAYERS } from './rules/channels.ts';
import type { Op, Scope } from './scope.ts';
import type { Work } from './work.ts';

const texts = new WeakMap<AttributeProto, string>();

function attributeText(a: AttributeProto): string {
  let text = texts.get(a);
  if (text === undefined) {
    text = String.fromCharCode(...toBinary(AttributeProtoSchema, a));
    texts.set(a, text);
  }
  return text;
}

/** Attributes with more bytes than this are not compared. */
const MAX_TENSOR = 4096;

/** What makes two nodes give the same values: operator, inputs and attributes. Undefined for nodes that are never the same. */
function keyOf(op: Op, numbers: ReadonlyMap<string, string>): string | undefined {
  if (op.domain !== '' || op.inner.length > 0 || RANDOM_OPS.has(op.op) || op.inputs.length === 0) return undefined;
  const large = op.attribute.some(
    (a) =>
      (a.t && (payloadOf(a.t) || a.t.rawData.length > MAX_TENSOR)) ||
      a.tensors.length > 0 ||
      a.ints.length > MAX_TENSOR ||
      a.strings.length > 256 ||
      a.floats.length > 256,
  );
  if (large) return undefined;
  const inputs = op.inputs.map((name) => numbers.get(name) ?? name);
  const attributes = op.attribute.map(attributeText).sort().join('\u0001');
  return `${op.op}\u0000${op.outputs.map((o) => (o ? 1 : 0)).join('')}\u0000${inputs.join('\u0000')}\u0000\u0000${attributes}`;
}

/**
 * Nodes that compute what an earlier one did are dropped (value numbering, as compilers have it): `duplicates` says which constants
 * are the same. With `whole` off, layers and nodes on constants alone are left, so that each layer's weight stays its own and can be
 * changed with it. Gives how many were dropped.
 */
export function mergeCommon(
  work: Work,
  duplicates: ReadonlyMap<Scope, ReadonlyMap<string, string>>,
  whole: boolean,
): number {
  let count = 0;
  for (const scope of work.scopes) {
    const seen = new Map<string, Op>();
    /** Values, and the earlier ones that they equal. */
    const numbers = new Map(duplicates.get(scope));
    const constant = new Set<string>();
    for (const op of scope.ops) {
      if (op.dead) continue;
      const key = keyOf(op, numbers);
      if (key === undefined) continue;
      const fixed = !whole && op.inputs.every((name) => !name || constant.has(name) || work.constant(scope, name));
      if (fixed) for (const name of op.outputs) constant.add(name);
      const twin = seen.get(key);
      if (!twin || twin.dead) {
        seen.set(key, op);
        continue;
      }
      const outputs = op.outputs.map((name, i) => [name, twin.outputs[i]] as const).filter(([name]) => name);
      for (const [name, earlier] of outputs) numbers.set(name, numbers.get(earlier) ?? earlier);
      // What a caller takes by name has to stay.
      if (fixed || (!whole && LAYERS.has(op.op)) || outputs.some(([name]) => scope.pinned.has(name))) continue;
      if (!outputs.every(([name, earlier]) => work.moveUses(scope, name, earlier))) continue;
      work.remove(op);
      count++;
    }
  }
  return count;
}
