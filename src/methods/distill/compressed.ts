import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { identified } from '../../onnx/scopes.ts';
import { dimsOf, readFloats } from '../../onnx/tensor.ts';
import { isQuantizedOp } from '../../onnx/weights.ts';
import { unknownLayers } from '../layers.ts';
import type { MethodContext } from '../types.ts';
import { rewrite } from './finish.ts';
import { fixedValues, learnableOf } from './learnable.ts';
import type { DistillOptions } from './options.ts';
import { type Rewritten, restored } from './restore.ts';
import { quantizersFor, rounded } from './rounding.ts';
import { shadowOf } from './shadow.ts';
import type { Student } from './student.ts';

/** Pairs of rounding that learning sees through. */
const THROUGH: ReadonlySet<string> = new Set(['QuantizeLinear', 'DequantizeLinear']);

/**
 * The model as compressed so far. Zeros of pruned weights stay. Of a QDQ model the floats behind the integers learn, and the
 * scales with them; of weights that other nodes decode, the scales and levels. With `quantization` floats are rounded on their
 * way, as the step that quantizes them later will.
 * @throws PareError `recipe/not-applicable` for integer operators, and where nothing can learn
 */
export async function compressedStudent(
  model: Model,
  master: Model,
  o: DistillOptions,
  ctx: MethodContext,
): Promise<Student> {
  const fixed = fixedValues(model);
  for (const n of mainGraph(model).node) {
    // Weights are unpacked by integer operators too.
    if (!isQuantizedOp(n.opType) || THROUGH.has(n.opType) || n.output.every((v) => !v || fixed.has(v))) continue;
    const where = n.name || n.output[0];
    throw new PareError(
      'recipe/not-applicable',
      `Node "${where}" (${n.opType}) computes with integers, which cannot learn.`,
      {
        where,
        hint: 'Distil before the step that quantizes, with "quantization", or after quantize-static in the QDQ format.',
      },
    );
  }
  const shadow = await shadowOf(model, floatsOf(ctx.earlier ?? [master]), o.keepZeros);
  const shadowed = new Map(shadow.tensors.map((t) => [t.float, t]));
  const learnable = await learnableOf(shadow.model, o, (id) => !shadowed.has(id));
  const frozen = (t: string) => Object.hasOwn(o.layers, t) && o.layers[t].skip;
  const train = learnable.train.filter((id) => !frozen(shadowed.get(id)?.integers ?? id));
  if (train.length === 0) {
    throw new PareError('recipe/not-applicable', 'Nothing in this model can learn.', {
      hint: 'float32 weights learn, and integers behind DequantizeLinear. Distil before the step that made others of them.',
    });
  }
  const names = unknownLayers(
    [
      ...learnable.train.map((id) => ({ id, name: id })),
      ...shadow.tensors.map((t) => ({ id: t.integers, name: t.integers })),
    ],
    o.layers,
  );
  for (const tensor of names) ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor } });
  for (const w of learnable.left) ctx.note({ step: ctx.step, key: 'left-unlearned', values: { tensor: w.id } });
  if (o.quantization && shadow.quantizers.size) {
    throw new PareError('recipe/not-applicable', 'The model is quantized already, and learns as it is.', {
      hint: 'Leave "quantization" out, or distil before the model is quantized.',
    });
  }
  const quantizers = o.quantization ? quantizersFor(shadow.model, o.quantization, new Set(train)) : shadow.quantizers;
  return {
    model: shadow.model,
    train,
    masks: new Map([...learnable.masks, ...shadow.masks].filter(([id]) => train.includes(id))),
    noDecay: learnable.noDecay,
    rates: learnable.rates,
    quantizers,
    fresh: false,
    async finish(learned) {
      const [main] = identified(model.proto);
      const changed: Rewritten[] = await restored(model, shadow, learned);
      for (const { id, tensor } of main.consts) {
        const values = learned.parameters.get(id);
        if (!values || tensor.dataType !== DataType.FLOAT) continue;
        const q = quantizers.get(id);
        const after = q && !q.scale ? rounded(values, dimsOf(tensor), q) : Float32Array.from(values);
        changed.push({ id, content: after, before: await readFloats(tensor), after });
      }
      return rewrite(model, changed, ctx);
    },
  };
}

/**
 * The float tensor that a quantizer made integers of: ONNX Runtime's calls them by its name and a suffix. It is that of the last model
 * in which it was float, since pruning and equalizing change floats before they are rounded.
 * @param models the first one first
 */
function floatsOf(models: readonly Model[]): (name: string) => Promise<Float32Array | undefined> {
  const all = models.toReversed().map((m) => {
    const [main] = identified(m.proto);
    return new Map(main.consts.map((c) => [c.name, c.tensor]));
  });
  return async (name) => {
    for (const consts of all) {
      const tensor = consts.get(name.replace(/_quantized$/, ''));
      if (tensor?.dataType === DataType.FLOAT) return readFloats(tensor);
    }
    return undefined;
  };
}
