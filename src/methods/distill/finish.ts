import { MiB } from '../../base/limits.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { dtypeName } from '../../onnx/dtypes.ts';
import type { Model } from '../../onnx/model.ts';
import { computedPayload, withPayload } from '../../onnx/payload.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, makeTensor, storedBytes } from '../../onnx/tensor.ts';
import { isCompressible, listWeights } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import type { MethodContext } from '../types.ts';
import type { Rewritten } from './restore.ts';

/** The model with tensors that learned something in the places of the old ones, each weight reported when it is written. */
export function rewrite(model: Model, changed: readonly Rewritten[], ctx: MethodContext): Model {
  const weights = new Map(listWeights(model.proto).map((w) => [w.id, w]));
  const gate = new Gate(64 * MiB);
  const replacements = new Map<string, Replacement>();
  for (const { id, content, before, after } of changed) {
    const weight = weights.get(id);
    if (!weight || same(before, after)) continue;
    const { tensor } = weight;
    if (!isCompressible(weight) && weight.role !== 'quantized') {
      replacements.set(id, { tensor: makeTensor(tensor.name, tensor.dataType, dimsOf(tensor), content) });
      continue;
    }
    const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    const compute = async () => {
      const sketch = sketchOf(after, dimsOf(tensor), weight.channelAxis);
      ctx.report({
        ...{ id, step: ctx.step, encoding: dtypeName(tensor.dataType ?? 0), sketch, zeros: sketch.zeros },
        bytesBefore: storedBytes(tensor),
        bytesAfter: bytes.length,
        sqnr: sqnrOf(await ctx.kernels.errorSums(before, after)),
      });
      return bytes;
    };
    const payload = computedPayload(bytes.length, () => gate.run(4 * after.length, compute));
    replacements.set(id, { tensor: withPayload(tensor, payload) });
  }
  return replaceWeights(model, replacements);
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((v, i) => Object.is(v, b[i]));
}
