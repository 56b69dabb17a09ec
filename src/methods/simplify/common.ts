import { toBinary } from '@bufbuild/protobuf';
import { payloadOf } from '../../onnx/payload.ts';
import { type AttributeProto, AttributeProtoSchema } from '../../onnx/proto.ts';
import { RANDOM_OPS } from './fold.ts';
import type { Op, Work } from './work.ts';

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
function keyOf(op: Op): string | undefined {
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
  const attributes = op.attribute.map(attributeText).sort().join('\u0001');
  return `${op.op}\u0000${op.outputs.map((o) => (o ? 1 : 0)).join('')}\u0000${op.inputs.join('\u0000')}\u0000\u0000${attributes}`;
}

/** Nodes that compute what an earlier one did are dropped. Gives how many. */
export function mergeCommon(work: Work): number {
  let count = 0;
  for (const scope of work.scopes) {
    const seen = new Map<string, Op>();
    for (const op of scope.ops) {
      if (op.dead) continue;
      const key = keyOf(op);
      const twin = key === undefined ? undefined : seen.get(key);
      if (key === undefined) continue;
      // What a caller takes by name has to stay.
      if (!twin || twin.dead || op.outputs.some((name) => scope.pinned.has(name))) {
        if (!twin || twin.dead) seen.set(key, op);
        continue;
      }
      const moved = op.outputs.every((name, i) => !name || work.moveUses(scope, name, twin.outputs[i]));
      if (!moved) continue;
      work.remove(op);
      count++;
    }
  }
  return count;
}
