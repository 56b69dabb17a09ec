import { PareError } from '../base/errors.ts';
import { type AttributeValue, node as makeNode } from '../onnx/build.ts';
import { floatsToHalves } from '../onnx/float.ts';
import { DataType, type NodeProto, type TensorProto } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Backend } from '../runtime/types.ts';

/** What is known of a value: everything a rule needs, since a training graph is made for one batch size. */
export interface Fact {
  /** `TensorProto.data_type`. */
  readonly dtype: number;
  readonly dims: readonly number[];
  /** The elements of a small tensor that no feed and no parameter can change: shapes, axes, bounds. */
  readonly elements?: readonly number[];
}

/** One step of the graph being differentiated: what it takes and gives, and the gradient of the ones by the other's. */
export interface Call {
  readonly tape: Tape;
  readonly step: Step;
  /** `step.node`, which a rule of an operator always has. */
  readonly node: NodeProto;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Gradients of the outputs; undefined where the loss does not depend on one. */
  readonly dy: readonly (string | undefined)[];
  /** Whether input `i` needs a gradient. What nobody needs is not computed. */
  needs(i: number): boolean;
}

/** Emits the backward nodes of one step; gives the gradients of its inputs by position, undefined for none. */
export type Rule = (call: Call) => (string | undefined)[];

/** A node, or several that have one rule together. */
export interface Step {
  readonly inputs: readonly string[];
  outputs: string[];
  readonly nodes: NodeProto[];
  /** Takes the place of the operator's own rule. */
  readonly rule?: Rule;
}

/** Elements of a tensor; 1 for a scalar. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Numpy's broadcasting of two shapes, as ONNX has it. @throws PareError `internal` when they do not fit */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new PareError('internal', `Shapes [${a}] and [${b}] do not broadcast.`);
    }
    return x === 1 ? y : x;
  });
}

type FloatArray = new (values: readonly number[]) => ArrayBufferView<ArrayBuffer>;
const FLOATS: Readonly<Record<number, (values: readonly number[]) => ArrayBufferView<ArrayBuffer>>> = {
  [DataType.FLOAT]: (v) => Float32Array.from(v),
  [DataType.DOUBLE]: (v) => new (Float64Array as FloatArray)(v),
  [DataType.FLOAT16]: (v) => floatsToHalves(Float32Array.from(v)),
};

/** Whether gradients flow through values of a dtype. */
export const isFloat = (dtype: number): boolean => dtype in FLOATS;

/** A graph under construction in which every value's dtype and dims are known. Steps stay in topological order. */
export class Tape {
  steps: Step[] = [];
  readonly initializers = new Map<string, TensorProto>();
  readonly facts = new Map<string, Fact>();
  private group: NodeProto[] | undefined;
  private readonly constants = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** Where the graph will run: some kernels are not on every backend. */
  backend: Backend = 'wasm';

  /** @param opset of the default domain, 18 … 25 */
  constructor(readonly opset: number) {}

  /** @throws PareError `internal` for a name that is no value of this graph */
  fact(name: string): Fact {
    const fact = this.facts.get(name);
    if (!fact) throw new PareError('internal', `Value "${name}" is not in the training graph.`, { where: name });
    return fact;
  }
  dims(name: string): readonly number[] {
    return this.fact(name).dims;
  }
  dtype(name: string): number {
    return this.fact(name).dtype;
  }
  /** The elements of a small constant; undefined when the input is absent or not known before the graph runs. */
  elements(name: string | undefined): readonly number[] | undefined {
    return name ? this.fact(name).elements : undefined;
  }

  /** A name that no value has. */
  fresh(wanted: string): string {
    let i = this.counts.get(wanted) ?? 0;
    let name = i ? `${wanted}_${i}` : wanted;
    while (this.facts.has(name)) name = `${wanted}_${++i}`;
    this.counts.set(wanted, i + 1);
    return name;
  }

  /** Takes a value in: an input, or an output of a node that was made elsewhere. */
  declare(name: string, fact: Fact): string {
    this.facts.set(name, fact);
    return name;
  }

  /** A tensor stored in the graph. */
  initializer(tensor: TensorProto, elements?: readonly number[]): string {
    this.initializers.set(tensor.name, tensor);
    return this.declare(tensor.name, { dtype: tensor.dataType, dims: tensor.dims.map(Number), elements });
  }

  /** An existing node, whose outputs have been declared. */
  push(node: NodeProto, rule?: Rule): void {
    if (this.group) this.group.push(node);
    else this.steps.push({ inputs: node.input, outputs: [...node.output], nodes: [node], rule });
  }

  /** A node with one output. @param dims of the output @param dtype that of the first input unless given */
  op(
    opType: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: { dtype?: number; rule?: Rule; name?: string } = {},
  ): string {
    const dtype = options.dtype ?? this.dtype(inputs[0]);
    const out = this.declare(this.fresh(options.name ?? `${opType}_${this.facts.size}`), { dtype, dims });
    this.push(makeNode(opType, inputs, [out], attributes, { name: out }), options.rule);
    return out;
  }

  /** A node with several outputs of the first input's dtype. */
  ops(
    opType: string,
    inputs: readonly string[],
    dims: readonly (readonly number[])[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string[] {
    const dtype = this.dtype(inputs[0]);
    const outs = dims.map((d) => this.declare(this.fresh(`${opType}_${this.facts.size}`), { dtype, dims: d }));
    this.push(makeNode(opType, inputs, outs, attributes, { name: outs[0] }));
    return outs;
  }

  /**
   * Several nodes that count as one step with a rule of its own: closed-form gradients of what forward is many nodes.
   * @param inputs what the rule gives gradients for, in order @param emit makes the nodes and gives the outputs
   */
  composite(inputs: readonly string[], rule: Rule, emit: () => string[]): string[] {
    if (this.group) throw new PareError('internal', 'A composite step inside another.');
    const nodes: NodeProto[] = [];
    this.group = nodes;
    try {
      const outputs = emit();
      this.steps.push({ inputs, outputs, nodes, rule });
      return outputs;
    } finally {
      this.group = undefined;
    }
  }

  /** An int64 constant. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.shared(`int64:${dims}:${values}`, values, () =>
      makeTensor(this.fresh('ints'), DataType.INT64, dims, BigInt64Array.from(values, BigInt)),
    );
  }

  /** Numbers as a constant of a float dtype. */
  floats(values: readonly number[], dims: readonly number[], dtype: number = DataType.FLOAT): string {
    const make = () => makeTensor(this.fresh('floats'), dtype, dims, FLOATS[dtype](values));
    return values.length > 64 ? this.initializer(make()) : this.shared(`${dtype}:${dims}:${values}`, values, make);
  }

  /** A scalar constant of the dtype of `like`. */
  scalar(value: number, like?: string): string {
    return this.floats([value], [], like === undefined ? DataType.FLOAT : this.dtype(like));
  }

  private shared(key: string, values: readonly number[], make: () => TensorProto): string {
    let name = this.constants.get(key);
    if (name === undefined) {
      name = this.initializer(make(), values);
      this.constants.set(key, name);
    }
    return name;
  }
}
