import type { Sketch } from '../kernels/sketch.ts';
import { sketchAll, sketchTensor } from '../kernels/sketchTensor.ts';
import type { Model } from '../onnx/model.ts';
import { payloadOf } from '../onnx/payload.ts';
import type { TensorProto } from '../onnx/proto.ts';
import { isCompressible, listWeights, type Weight } from '../onnx/weights.ts';
import { sketchCache } from '../recipe/compress.ts';

/**
 * Sketches as a pipeline asks for them. When the first weight of the model's file is asked for, all are begun in the order of the
 * file, since a step asks for each: the next are then being read while one is counted. Of weights that a step has changed, each is
 * computed when asked for.
 */
export function sketchesOf(model: Model): (weight: Weight) => Promise<Sketch> {
  const { get, put } = sketchCache((w) => sketchTensor(w.tensor, w.channelAxis));
  /** Nothing is looked for before anyone asks: many methods never do. */
  const find = () => {
    const stored = listWeights(model.proto).filter((w) => isCompressible(w) && payloadOf(w.tensor)?.range);
    const pending = new Map<TensorProto, { ready: Promise<void>; resolve: () => void }>();
    for (const { tensor } of stored) {
      let resolve!: () => void;
      const ready = new Promise<void>((r) => {
        resolve = r;
      });
      pending.set(tensor, { ready, resolve });
    }
    return { stored, pending };
  };
  let found: ReturnType<typeof find> | undefined;
  let all: Promise<void> | undefined;
  return async (weight) => {
    found ??= find();
    const { stored, pending } = found;
    const wait = pending.get(weight.tensor);
    if (wait) {
      all ??= sketchAll(stored, ({ tensor }, sketch) => {
        put(tensor, sketch);
        pending.get(tensor)?.resolve();
        pending.delete(tensor);
      });
      await Promise.race([wait.ready, all]);
    }
    // One whose bytes do not fit its shape has none by now, and is read by itself.
    return get(weight);
  };
}
