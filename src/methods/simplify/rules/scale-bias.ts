import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import { type Affine, foldInto, isPerChannel, type Layer, layerBefore } from './channels.ts';
import type { Rule } from './rule.ts';

/** What the node does to the layer's output, which is its input `side`; the other one is `given[0]`. */
function affineOf(op: Op, side: number): Pick<Affine, 'scale' | 'shift'> | undefined {
  const at = ([v]: readonly Float32Array[], c: number) => v[v.length === 1 ? 0 : c];
  switch (op.op) {
    case 'Mul':
      return { scale: at };
    case 'Div':
      return side === 0 ? { scale: (s, c) => 1 / at(s, c) } : undefined;
    case 'Add':
      return { shift: at };
    case 'Sub':
      return side === 0 ? { shift: (s, c) => -at(s, c) } : { scale: () => -1, shift: at };
    default:
      return undefined;
  }
}

/** A divisor that is 0 gives infinities where the sum of products would give NaN. */
function divides(op: Op, work: Work): boolean {
  const values = work.floats(op, 1);
  return op.op !== 'Div' || (!!values && values.every((v) => Number.isFinite(1 / v) && 1 / v !== 0));
}

/** Mul, Div, Add or Sub of a constant for each channel behind Conv, ConvTranspose or Gemm goes into its weight and bias. */
export const scaleBias: Rule = {
  ops: ['Mul', 'Div', 'Add', 'Sub'],
  apply(op, work) {
    if (op.inputs.length !== 2 || op.attribute.length > 0) return false;
    for (const side of [0, 1]) {
      const layer: Layer | undefined = layerBefore(op, op.inputs[side], work);
      const constant = layer && work.constant(op.scope, op.inputs[1 - side]);
      const affine = affineOf(op, side);
      if (!layer || !constant || !affine || !isPerChannel(constant, layer) || !divides(op, work)) continue;
      foldInto(layer, { sources: [constant], ...affine }, work);
      return work.bypass(op, op.inputs[side]);
    }
    return false;
  },
};
