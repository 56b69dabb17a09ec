import { checkCancelled } from '../../base/progress.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { dtypeName } from '../../onnx/dtypes.ts';
import type { Model } from '../../onnx/model.ts';
import { computedPayload, payloadOf, withPayload } from '../../onnx/payload.ts';
import { copyWith, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, isFloatTensor, rawToFloats, readFloats, readRaw, storedBytes } from '../../onnx/tensor.ts';
import type { Weight } from '../../onnx/weights.ts';
import { factsOf, isEligible } from '../layers.ts';
import type { MethodContext } from '../types.ts';
import type { CutModel, Sliced } from './surgery.ts';

/** Σx² of a tensor and of what is left of it, as a ratio in dB: what is gone counts as noise. */
function ratio(before: Float32Array, after: Float32Array): number {
  const energy = (x: Float32Array) => x.reduce((a, b) => a + b * b, 0);
  const [all, left] = [energy(before), energy(after)];
  return left >= all ? Number.POSITIVE_INFINITY : 10 * Math.log10(all / (all - left));
}

function reporting(weight: Weight, { before, after }: Sliced, ctx: MethodContext): TensorProto {
  const payload = payloadOf(after);
  const say = async (raw: Uint8Array<ArrayBuffer>) => {
    const x = rawToFloats(raw, after.dataType);
    const sketch = sketchOf(x, dimsOf(after), weight.channelAxis);
    ctx.report({
      ...{ id: weight.id, step: ctx.step, encoding: dtypeName(after.dataType), sketch, zeros: sketch.zeros },
      ...{ bytesBefore: storedBytes(before), bytesAfter: storedBytes(after) },
      sqnr: ratio(await readFloats(before), x),
    });
  };
  const size = payload?.size ?? storedBytes(after);
  return withPayload(
    after,
    computedPayload(size, async () => {
      checkCancelled(ctx.signal);
      const raw = await readRaw(after);
      await say(raw);
      return raw;
    }),
  );
}

/** The cut model, whose weights say what became of them when they are written. */
export function reportSlices({ model, tensors }: CutModel, weights: readonly Weight[], ctx: MethodContext): Model {
  const byName = new Map<string, Weight>();
  for (const weight of weights)
    if (weight.id === weight.name && isEligible(factsOf(weight, 0))) byName.set(weight.id, weight);
  const { graph } = model.proto;
  const initializer = graph!.initializer.map((t) => {
    const slice = tensors.get(t.name);
    const weight = byName.get(t.name);
    return slice && weight && isFloatTensor(t) ? reporting(weight, { ...slice, after: t }, ctx) : t;
  });
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph!, { initializer }) }) };
}
