import { attr, attrFloat, attrInt, attrInts, attrString } from '../../../onnx/attributes.ts';
import { attribute } from '../../../onnx/build.ts';
import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import type { Rule } from './rule.ts';

/** The pads of a Pad of zeros (or −∞ for a MaxPool), begins and ends of all dims; undefined when it is another kind. */
function padsOf(op: Op, work: Work, fill: number, rank: number): number[] | undefined {
  if (attrString(op.node, 'mode', 'constant') !== 'constant') return undefined;
  if (work.opset < 11) {
    const pads = attrInts(op.node, 'pads') ?? attrInts(op.node, 'paddings');
    return attrFloat(op.node, 'value', 0) === fill && pads?.length === 2 * rank ? pads : undefined;
  }
  const value = op.inputs[2] ? work.floats(op, 2)?.[0] : 0;
  const pads = work.ints(op, 1);
  if (value !== fill || !pads) return undefined;
  if (!op.inputs[3]) return pads.length === 2 * rank ? pads : undefined;
  const axes = work.ints(op, 3)?.map((a) => (a < 0 ? a + rank : a));
  if (!axes || pads.length !== 2 * axes.length) return undefined;
  const all = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    all[axis] = pads[i];
    all[axis + rank] = pads[i + axes.length];
  });
  return all;
}

/** A Pad before a Conv, an AveragePool that counts its padding, or a MaxPool (of −∞) becomes part of its pads. */
export const pad: Rule = {
  ops: ['Conv', 'AveragePool', 'MaxPool'],
  apply(op, work) {
    const maker = op.scope.producer.get(op.inputs[0]);
    if (maker?.op !== 'Pad') return false;
    const { node } = op;
    const rank = work.fact(op.inputs[0])?.dims?.length ?? 0;
    const n = rank - 2;
    const auto = attrString(node, 'auto_pad', 'NOTSET');
    if (n < 1 || (auto !== 'NOTSET' && auto !== 'VALID')) return false;
    const before = padsOf(maker, work, op.op === 'MaxPool' ? -Infinity : 0, rank);
    if (!before || before.some((p, i) => p < 0 || (i % rank < 2 && p !== 0))) return false;
    const own = (auto === 'NOTSET' ? attrInts(node, 'pads') : undefined) ?? new Array<number>(2 * n).fill(0);
    if (own.length !== 2 * n) return false;
    const pads = own.map((p, i) => p + before[i < n ? i + 2 : i - n + 2 + rank]);
    const changes = [attribute('pads', pads)];
    if (op.op !== 'Conv') {
      // A pool counts all of its padding or none, rounds up differently with it, and takes none as wide as its window.
      const kernel = attrInts(node, 'kernel_shape') ?? [];
      const counts = attrInt(node, 'count_include_pad', 0) === 1;
      if (attrInt(node, 'ceil_mode', 0) || pads.some((p, i) => p >= (kernel[i % n] ?? 0))) return false;
      if (op.op === 'AveragePool') {
        if (work.opset < 7 || (!counts && own.some((p) => p !== 0))) return false;
        changes.push(attribute('count_include_pad', 1));
      } else if (op.outputs[1]) return false;
    }
    const replaced = new Set(['pads', 'auto_pad', ...changes.map((a) => a.name)]);
    const attributes = [...op.attribute.filter((a) => !replaced.has(a.name)), ...changes];
    if (!attr(node, 'kernel_shape') && op.op !== 'Conv') return false;
    work.rewrite(op, { inputs: [maker.inputs[0], ...op.inputs.slice(1)], attribute: attributes });
    return true;
  },
};
