import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import { Names } from '../../encodings/names.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { brainsToFloats, floatsToBrains } from '../../onnx/float.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType } from '../../onnx/proto.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, makeTensor, readFloats, sizeOf } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { factsOf, isEligible } from '../layers.ts';
import type { Work } from '../ort/work.ts';

/** Cast knows bfloat16 from opset 13 on. */
const BFLOAT16_OPSET = 13;

/**
 * Float32 weights stored as bfloat16 and widened by a Cast: half the bytes, float32's range, arithmetic as before.
 * @throws PareError `recipe/not-applicable` below opset 13
 */
export function storeAsBfloat16(model: Model, work: Work): Model {
  const opset = opsetOf(model);
  if (opset < BFLOAT16_OPSET) {
    throw new PareError('recipe/not-applicable', `The model has opset ${opset}; bfloat16 needs ${BFLOAT16_OPSET}.`, {
      hint: 'Choose float16, or export the model with a newer opset.',
    });
  }
  const names = new Names(model.proto);
  const replacements = new Map<string, Replacement>();
  for (const weight of listWeights(model.proto)) {
    const wanted = isEligible(factsOf(weight, opset)) && weight.tensor.dataType === DataType.FLOAT;
    if (wanted && !work.isSkipped(weight.tensor)) replacements.set(weight.id, stored(weight, names, work));
  }
  return replaceWeights(model, replacements);
}

function stored({ tensor, name }: Weight, names: Names, work: Work): Replacement {
  const count = sizeOf(tensor);
  const compute = () =>
    work.gate.run(count * 4, async () => {
      checkCancelled(work.ctx.signal);
      const x = await readFloats(tensor);
      const brains = floatsToBrains(x);
      work.report(tensor, x, () => brainsToFloats(brains), count * 2, 'bfloat16');
      return new Uint8Array(brains.buffer);
    });
  const short = names.fresh(`${name}_bfloat16`);
  return {
    initializers: [makeTensor(short, DataType.BFLOAT16, dimsOf(tensor), computedPayload(count * 2, compute))],
    nodes: [makeNode('Cast', [short], [name], { to: DataType.FLOAT })],
  };
}
