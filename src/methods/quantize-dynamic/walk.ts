import { PareError } from '../../base/errors.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { copyWith, DataType, type GraphProto, type NodeProto } from '../../onnx/proto.ts';
import { dimsOf } from '../../onnx/tensor.ts';
import { isWeightSymmetric, type QuantType } from '../ort/arithmetic.ts';
import { GraphEdit, inOrder, withBodies } from '../ort/graphs.ts';
import { isQuantizable, quantizedInitializer, quantNames } from '../ort/initializer.ts';
import { normalizeAxis } from '../ort/quantize.ts';
import { bodies, type Types } from '../ort/types.ts';
import type { Work } from '../ort/work.ts';
import type { QuantizeDynamicOptions } from './options.ts';

/** A value that has a quantized form. */
export interface Quantized {
  readonly q: string;
  readonly scale: string;
  readonly zeroPoint: string;
  /** Of per-channel scales, as it was asked for: −1 stays −1. */
  readonly axis?: number;
}

/** What the whole step shares. */
export interface Shared {
  readonly options: QuantizeDynamicOptions;
  readonly weightType: QuantType;
  readonly types: ReadonlyMap<GraphProto, Types>;
  readonly work: Work;
}

/** How an input is quantized: as a weight (its type is the recipe's) or as an activation (QUInt8). */
export interface Use {
  readonly as: 'weight' | 'activation';
  readonly reduceRange?: boolean;
  /** The axis of per-channel scales, for operators that take them. */
  readonly axis?: number;
}

/** Rewrites a node that is to be quantized into the walk; false to keep it by the plain rule instead. */
export type Rule = (walk: Walk, node: NodeProto) => boolean;

/**
 * One graph being quantized: its nodes are met once, in their order, and a new list is built
 * (onnxruntime/quantization/onnx_quantizer.py).
 */
export class Walk {
  readonly edit: GraphEdit;
  private readonly types: Types;
  private readonly quantized = new Map<string, Quantized>();
  /** Values that exist in float: graph inputs and what the emitted nodes gave. */
  private readonly generated: Set<string>;
  private readonly values = new Set<string>();
  private readonly named = new Map<string, NodeProto>();

  constructor(
    graph: GraphProto,
    readonly shared: Shared,
    private readonly parent?: Walk,
  ) {
    this.edit = new GraphEdit(graph, parent?.edit);
    this.types = shared.types.get(graph)!;
    this.generated = new Set(graph.input.map((v) => v.name).filter((name) => !this.edit.initializer(name)));
    for (const list of [graph.input, graph.output, graph.valueInfo]) for (const v of list) this.values.add(v.name);
    for (const n of graph.node) for (const name of n.output) this.values.add(name);
  }

  /** The graph quantized. */
  run(rules: Readonly<Record<string, Rule>>): GraphProto {
    const { options } = this.shared;
    for (const original of this.edit.graph.node) {
      const n = options.enableSubgraph ? this.withQuantizedBodies(original, rules) : original;
      const rule = this.isWanted(n) ? rules[n.opType] : undefined;
      if (!rule?.(this, n)) this.keep(n);
    }
    for (const v of this.edit.graph.output) this.dequantize(v.name);
    this.edit.nodes = inOrder(this.edit.nodes);
    return this.edit.finish();
  }

  private withQuantizedBodies(n: NodeProto, rules: Readonly<Record<string, Rule>>): NodeProto {
    return bodies(n).length ? withBodies(n, (body) => new Walk(body, this.shared, this).run(rules)) : n;
  }

  /** Whether the recipe asks for this node. */
  private isWanted(n: NodeProto): boolean {
    const { nodesToQuantize, nodesToExclude, opTypesToQuantize } = this.shared.options;
    if (nodesToQuantize.length && !nodesToQuantize.includes(n.name)) return false;
    if (!(opTypesToQuantize as readonly string[]).includes(n.opType) || nodesToExclude.includes(n.name)) return false;
    return !n.input.some((name) => {
      const constant = this.edit.find(name);
      return constant && this.shared.work.isSkipped(constant.tensor);
    });
  }

  emit(...nodes: readonly NodeProto[]): void {
    for (const n of nodes) {
      this.edit.nodes.push(n);
      if (n.name) this.named.set(n.name, n);
      for (const name of n.output) this.generated.add(name);
    }
  }

  /** An emitted node of that name. */
  emitted(name: string): NodeProto | undefined {
    return this.named.get(name);
  }

  /** The plain rule: inputs that exist only quantized are dequantized first. */
  keep(n: NodeProto): void {
    for (const name of n.input) this.dequantize(name);
    this.emit(n);
  }

  /** Makes a value exist in float when it exists only quantized. */
  dequantize(name: string): void {
    const value = this.quantized.get(name);
    if (!value || this.generated.has(name)) return;
    const attributes: Record<string, number> = value.axis === undefined ? {} : { axis: value.axis };
    this.emit(
      makeNode('DequantizeLinear', [value.q, value.scale, value.zeroPoint], [name], attributes, {
        name: `${name}_DequantizeLinear`,
      }),
    );
  }

  /** Whether a value is a float32 or float16 tensor, as far as anything says. */
  isFloat(name: string): boolean {
    const own = this.edit.initializer(name);
    if (own) return isQuantizable(own);
    const type = this.types.knows(name) || this.shared.options.enableSubgraph ? this.types.of(name) : undefined;
    return type === DataType.FLOAT || type === DataType.FLOAT16;
  }

  /** The element type of a value, or that of `like`, an initializer, when nothing says it. */
  typeOf(name: string, like: string): number {
    return this.types.of(name) ?? this.edit.find(like)?.tensor.dataType ?? DataType.FLOAT;
  }

  /** The float initializer of this graph, or of an enclosing one when those are asked. */
  floatConstant(name: string): boolean {
    const found = this.shared.options.enableSubgraph ? this.edit.find(name)?.tensor : this.edit.initializer(name);
    return found !== undefined && isQuantizable(found);
  }

  /** A value's quantized form, here or around. */
  findQuantized(name: string): Quantized | undefined {
    return this.quantized.get(name) ?? this.parent?.findQuantized(name);
  }

  setQuantized(name: string, value: Quantized): void {
    this.quantized.set(name, value);
  }

  /**
   * The quantized form of a node's input, made when there is none: a constant is quantized here and now, a computed value
   * by a DynamicQuantizeLinear that every later reader shares.
   */
  quantize(name: string, use: Use): Quantized {
    const known = this.quantized.get(name);
    if (known) return known;
    if (name === '') return { q: '', scale: '', zeroPoint: '' };
    if (this.edit.initializer(name)) return this.quantizeConstant(name, use);
    if (this.values.has(name) || this.generated.has(name)) return this.quantizeValue(name);
    // Names of an outer scope: the nodes are made there, before the node that holds this body.
    if (this.parent) return this.parent.quantize(name, use);
    throw new PareError('model/corrupt', `"${name}" is read and nothing makes it.`, { where: name });
  }

  private quantizeValue(name: string): Quantized {
    const value = { q: `${name}_quantized`, scale: `${name}_scale`, zeroPoint: `${name}_zero_point` };
    this.emit(
      makeNode(
        'DynamicQuantizeLinear',
        [name],
        [value.q, value.scale, value.zeroPoint],
        {},
        {
          name: `${name}_QuantizeLinear`,
        },
      ),
    );
    this.quantized.set(name, value);
    return value;
  }

  private quantizeConstant(name: string, use: Use): Quantized {
    const { options, weightType, work } = this.shared;
    const type: QuantType = use.as === 'weight' ? weightType : 'QUInt8';
    const tensor = this.edit.initializer(name)!;
    const dims = dimsOf(tensor);
    const perChannel = options.perChannel && use.axis !== undefined;
    const grouping: Grouping = perChannel
      ? { dims, granularity: 'channel', axis: normalizeAxis(use.axis!, dims.length, name), block: 0 }
      : { dims, granularity: 'tensor', axis: 0, block: 0 };
    const own = options.weightSymmetric ?? isWeightSymmetric(type);
    return this.addConstant(name, grouping, {
      type,
      // Constants that are quantized as activations follow the activations' rule, unless weights have the same type.
      symmetric: perChannel || type === weightType ? own : options.activationSymmetric,
      axis: perChannel ? use.axis : undefined,
      reduceRange: options.reduceRange && use.reduceRange === true,
      work,
    });
  }

  /** Adds a constant's quantized form. */
  addConstant(
    name: string,
    grouping: Grouping,
    how: { type: QuantType; symmetric: boolean; axis?: number; reduceRange: boolean; work: Work },
    layout: Parameters<typeof quantizedInitializer>[5] = {},
  ): Quantized {
    const tensor = this.edit.initializer(name)!;
    const names = quantNames(name);
    const spec = {
      type: how.type,
      symmetric: how.symmetric,
      reduceRange: how.reduceRange,
      minRealRange: this.shared.options.minimumRealRange,
      scaleType: tensor.dataType === DataType.FLOAT16 ? ('float16' as const) : ('float32' as const),
    };
    const made = quantizedInitializer(tensor, grouping, spec, names, how.work, layout);
    this.edit.add(made.scale, made.zeroPoint, made.q);
    const value = { ...names, ...(how.axis !== undefined && { axis: how.axis }) };
    this.quantized.set(name, value);
    return value;
  }

  /** The same node reading a quantized input 0 and writing a quantized output 0, which has the input's scale. */
  passThrough(n: NodeProto, input: Quantized): void {
    const q = `${n.output[0]}_quantized`;
    this.setQuantized(n.output[0], { q, scale: input.scale, zeroPoint: input.zeroPoint });
    this.emit(copyWith(n, { input: [input.q, ...n.input.slice(1)], output: [q, ...n.output.slice(1)] }));
  }
}
