import { node as makeNode } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType, type NodeProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor } from '../../onnx/tensor.ts';
import type { Op } from '../simplify/scope.ts';
import { floatTensor } from '../simplify/tensors.ts';
import type { Work } from '../simplify/work.ts';
import type { Balance } from './balance.ts';
import { inputAt, type Layer, visit } from './layers.ts';

/** Gives the layer its new weight, computed when it is read, and its new bias, under new names. */
export function writeLayer(balance: Balance, work: Work): void {
  const { layer, inputs: scales, outputs, constant } = balance;
  const { op, weight } = layer;
  const inputs = [...op.inputs];
  const still = constant.some((x) => !Number.isNaN(x));
  if (still || scales.some((s) => s !== 1) || outputs.some((s) => s !== 1)) {
    inputs[1] = work.addConstant(op.scope, op.inputs[1], (name) =>
      floatTensor(name, dimsOf(weight), [weight], (w) => {
        const out = new Float32Array(w.length);
        visit(layer, (i, o, s) => {
          if (Number.isNaN(constant[o])) out[i] = (w[i] * scales[inputAt(layer, o, s)]) / outputs[o];
        });
        return out;
      }),
    );
  }
  if (balance.moved) inputs[2] = biasConstant(layer, balance.bias, work);
  if (inputs.some((name, i) => name !== op.inputs[i])) work.rewrite(op, { inputs });
}

/** Gives the layer another bias. */
export function writeBias(layer: Layer, bias: Float64Array, work: Work): void {
  const { op } = layer;
  work.rewrite(op, { inputs: [op.inputs[0], op.inputs[1], biasConstant(layer, bias, work)] });
}

function biasConstant({ op, outputs }: Layer, bias: Float64Array, work: Work): string {
  return work.addConstant(op.scope, op.inputs[2] || `${op.inputs[1]}.bias`, (name) =>
    makeTensor(name, DataType.FLOAT, [outputs], Float32Array.from(bias)),
  );
}

/** A Clip whose channels have bounds of their own, by the name of its output. */
export interface Bounded {
  op: Op;
  /** Rank of what it clips: channels are axis 1. */
  rank: number;
  bounds: Float64Array;
}

/** Lets each Clip cut at the largest of its bounds, so that a quantizer's range can take its place, and a Min behind it at each channel's own. */
export function writeBounds(clips: readonly Bounded[], work: Work): (model: Model) => Model {
  const behind = new Map<string, { top: string; wide: string; each?: string }>();
  for (const { op, rank, bounds } of clips) {
    const { scope } = op;
    const most = bounds.reduce((a, b) => Math.max(a, b), 0);
    const output = op.outputs[0];
    const top = work.addConstant(scope, `${output}_top`, (name) =>
      makeTensor(name, DataType.FLOAT, [], Float32Array.of(most)),
    );
    if (bounds.every((b) => b === most)) {
      behind.set(output, { top, wide: output });
      continue;
    }
    const dims = [bounds.length, ...new Array<number>(rank - 2).fill(1)];
    const each = work.addConstant(scope, `${output}_bounds`, (name) =>
      makeTensor(name, DataType.FLOAT, dims, Float32Array.from(bounds)),
    );
    behind.set(output, { top, each, wide: work.names.fresh(`${output}_wide`) });
  }
  return (model) => {
    if (behind.size === 0) return model;
    const graph = mainGraph(model);
    const node = graph.node.flatMap((n): NodeProto[] => {
      const found = n.opType === 'Clip' ? behind.get(n.output[0]) : undefined;
      if (!found) return [n];
      const { top, wide, each } = found;
      const clip = copyWith(n, { input: [n.input[0], n.input[1], top], output: [wide] });
      return each ? [clip, makeNode('Min', [wide, each], [n.output[0]])] : [clip];
    });
    return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { node }) }) };
  };
}
