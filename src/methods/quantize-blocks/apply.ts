import { attrInt } from '../../onnx/attributes.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { DataType, type GraphProto, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, isFloatTensor } from '../../onnx/tensor.ts';
import { GraphEdit, MICROSOFT, withBodies, withGraph, withoutUnused } from '../ort/graphs.ts';
import { normalizeAxis } from '../ort/quantize.ts';
import { statedRank } from '../ort/types.ts';
import { Work } from '../ort/work.ts';
import type { MethodContext } from '../types.ts';
import type { QuantizeBlocksOptions } from './options.ts';
import { isWanted, type MatMulPlan, planMatMul } from './plan.ts';
import { restoreShape } from './reshape.ts';
import { nbitsInitializers, qdqInitializers, tableInitializers } from './weights.ts';

/** DequantizeLinear of 4-bit integers in blocks came with opset 21. */
const INT4_OPSET = 21;

/**
 * Weights in blocks of 2, 4 or 8 bits as onnxruntime.quantization's `MatMulNBitsQuantizer`: MatMul becomes MatMulNBits, or reads a
 * DequantizeLinear; Gather becomes GatherBlockQuantized. Weights are read when the result is written.
 */
export async function quantizeBlocks(model: Model, options: QuantizeBlocksOptions, ctx: MethodContext): Promise<Model> {
  const work = new Work(model.proto, ctx, options.layers);
  const graph = new Blocker(options, work).run(mainGraph(model));
  const searched = options.algorithm === 'RTN' || options.algorithm === 'k_quant';
  const raise =
    !searched &&
    opsetOf(model) < INT4_OPSET &&
    (options.quantFormat === 'QDQ' || options.opTypesToQuantize.includes('Gather'));
  if (raise) work.note('opset-raised', { from: opsetOf(model), to: INT4_OPSET });
  return withGraph(model, withoutUnused(graph), raise ? INT4_OPSET : undefined);
}

class Blocker {
  /** The names of a weight's quantized tensors, for the next MatMul that reads it. */
  private readonly made = new Map<string, readonly string[]>();

  constructor(
    private readonly options: QuantizeBlocksOptions,
    private readonly work: Work,
  ) {}

  run(graph: GraphProto, parent?: GraphEdit): GraphProto {
    const edit = new GraphEdit(graph, parent);
    const { algorithm } = this.options;
    // These two leave bodies alone.
    const flat = algorithm === 'RTN' || algorithm === 'k_quant';
    for (const original of graph.node) {
      const n = flat ? original : withBodies(original, (body) => this.run(body, edit));
      const made = isWanted(n.opType, n.name, this.options) && this.rewrite(n, edit);
      edit.nodes.push(...(made || [n]));
    }
    return edit.finish();
  }

  private rewrite(n: NodeProto, edit: GraphEdit): NodeProto[] | undefined {
    const found = edit.find(n.input[n.opType === 'MatMul' ? 1 : 0]);
    if (!found || !isFloatTensor(found.tensor) || found.tensor.dataType === DataType.DOUBLE) return undefined;
    if (this.work.isSkipped(found.tensor)) return undefined;
    found.owner.dropInput(found.tensor.name);
    return n.opType === 'Gather' ? this.gather(n, found) : this.matMul(n, found, edit);
  }

  /** Adds a weight's initializers, or finds those that another node already made the same way. */
  private names(key: string, owner: GraphEdit, make: () => readonly TensorProto[]): readonly string[] {
    const known = this.made.get(key);
    if (known) return known;
    const tensors = make();
    owner.add(...tensors);
    const names = tensors.map((t) => t.name);
    this.made.set(key, names);
    return names;
  }

  private gather(n: NodeProto, { tensor, owner }: { tensor: TensorProto; owner: GraphEdit }): NodeProto[] | undefined {
    // Tables have 4 bits or none.
    if (this.options.bits !== 4) return undefined;
    const dims = dimsOf(tensor);
    const axis = normalizeAxis(this.options.quantAxes.Gather ?? 1, dims.length, tensor.name);
    const [q, scales, ...zeros] = this.names(`table ${tensor.name}`, owner, () =>
      tableInitializers(tensor, dims, axis, this.work, this.options),
    );
    const attributes = {
      block_size: this.options.blockSize,
      gather_axis: attrInt(n, 'axis', 0),
      quantize_axis: axis,
    };
    const inputs = [q, n.input[1], scales, ...zeros];
    return [makeNode('GatherBlockQuantized', inputs, n.output, attributes, microsoft(n, '_Q4'))];
  }

  private matMul(
    n: NodeProto,
    { tensor, owner }: { tensor: TensorProto; owner: GraphEdit },
    edit: GraphEdit,
  ): NodeProto[] | undefined {
    const dims = dimsOf(tensor);
    const plan = planMatMul(n.name, dims, this.options);
    if (!plan) return undefined;
    const [a] = n.input;
    const [y] = n.output;
    // A weight of rank 2 needs no reshape; dropping leading ones of another is seen in the output of an operand of lower rank.
    const rankA = dims.length > 2 ? rankOf(a, edit) : undefined;
    const reshaped = dims.length > 2 && (rankA === undefined || rankA < dims.length);
    const product = reshaped ? `${y}_pre_reshape` : y;
    const [K, N] = dims.slice(-2);
    const qdq = this.options.quantFormat === 'QDQ' && this.options.algorithm === 'DEFAULT';
    const suffix = qdq ? '_DQ_Q4' : `_Q${plan.bits}`;
    const nodes = qdq
      ? this.dequantized(n, tensor, owner, [K, N], plan, product)
      : this.nbits(n, tensor, owner, [K, N], plan, product);
    if (reshaped) {
      nodes.push(...restoreShape(a, dims.length, N, product, y, (n.name || tensor.name) + suffix, owner));
    }
    return nodes;
  }

  private nbits(
    n: NodeProto,
    tensor: TensorProto,
    owner: GraphEdit,
    [K, N]: readonly [number, number],
    plan: MatMulPlan,
    product: string,
  ): NodeProto[] {
    const { bits, block } = plan;
    const searched = this.options.algorithm === 'RTN' || this.options.algorithm === 'k_quant';
    const key = `${tensor.name} ${bits} ${block} ${plan.symmetric}`;
    const [q, scales, ...zeros] = this.names(key, owner, () => {
      const w = tensor.name;
      let names = { q: `${w}_Q${bits}`, scales: `${w}_scales`, zeros: `${w}_zero_points` };
      if (searched) names = { q: `${w}_Q${bits}G${block}`, scales: `${w}_scale`, zeros: `${w}_zp` };
      // Two nodes may want one weight cut in two ways; the reference then gives two tensors one name.
      if (owner.initializer(names.scales)) names = { q: names.q, scales: `${names.q}_scale`, zeros: `${names.q}_zp` };
      return nbitsInitializers(tensor, { K, N, bits, block }, plan, names, this.options, this.work);
    });
    const level = this.options.algorithm === 'HQQ' ? 0 : this.options.accuracyLevel;
    const attributes = { K, N, ...(level && { accuracy_level: level }), bits, block_size: block };
    return [
      makeNode('MatMulNBits', [n.input[0], q, scales, ...zeros], [product], attributes, microsoft(n, `_Q${bits}`)),
    ];
  }

  private dequantized(
    n: NodeProto,
    tensor: TensorProto,
    owner: GraphEdit,
    shape: readonly [number, number],
    plan: MatMulPlan,
    product: string,
  ): NodeProto[] {
    const across = this.options.channelWisedQuantize && plan.symmetric;
    const names = this.names(`qdq ${tensor.name}`, owner, () =>
      qdqInitializers(tensor, shape, plan, across, this.work, this.options),
    );
    const named = (suffix: string) => (n.name ? { name: n.name + suffix } : {});
    let weight = `${names[0]}_output`;
    const attributes = { axis: across ? 1 : 0, block_size: plan.block };
    const nodes = [makeNode('DequantizeLinear', names, [weight], attributes, named('_DQ_Q4'))];
    if (across) {
      nodes.push(makeNode('Transpose', [weight], [`${weight}_transposed`], { perm: [1, 0] }));
      weight = `${weight}_transposed`;
    }
    nodes.push(makeNode('MatMul', [n.input[0], weight], [product], {}, named('_matmul_Q4')));
    return nodes;
  }
}

function microsoft(n: NodeProto, suffix: string): { name?: string; domain: string } {
  return { ...(n.name && { name: n.name + suffix }), domain: MICROSOFT };
}

/** A value's rank where this or an enclosing graph states it. */
function rankOf(name: string, edit: GraphEdit): number | undefined {
  for (let at: GraphEdit | undefined = edit; at; at = at.parent) {
    const rank = statedRank(name, at.graph);
    if (rank !== undefined) return rank;
  }
  return undefined;
}
