import type { Fact } from '../../onnx/shapes/context.ts';
import type { Dims } from '../../onnx/shapes/dims.ts';
import { isFloatTensor } from '../../onnx/tensor.ts';
import type { Op, Scope } from '../simplify/scope.ts';
import type { Work } from '../simplify/work.ts';
import type { Cut } from './cut.ts';
import { type Axis, Labels, type Reason } from './labels.ts';

/** Axes longer than this are no channels; their labels would only take memory. */
const MAX_LENGTH = 2 ** 20;

/** A layer with constant weights, for what is measured at its input or corrected after cutting. */
export interface Layer {
  readonly op: Op;
  /** The value its weight is: a constant, or computed from constants. */
  readonly weight: string;
  /** The axis of the weight that it sums over, and that of the channels it makes. */
  readonly inAxis: number;
  readonly outAxis: number;
  /** The axes of `weight` that are summed over beside `inAxis` come behind it: a kernel. */
  readonly input: string;
  /** The axis of `input` and of the output that the channels lie along; negative ones count from the end. */
  readonly channels: number;
  readonly inLabels: Axis;
  readonly outLabels: Axis;
}

/** Something about a node that has to change when some of these axes are cut. */
export interface Edit {
  readonly op: Op;
  readonly axes: readonly Axis[];
  apply(cut: Cut): void;
}

/** What the elements of a shape come from: the axes whose lengths they are, or, not `exact`, that they depend on somehow. */
export interface ShapeOf {
  readonly exact: boolean;
  readonly axes: readonly Axis[];
}

/** Which axis of a Reshape's output a split axis is followed to, by the node's place; the first when nothing is said. */
export type Choices = ReadonlyMap<number, number>;

/** A Reshape that splits an axis, what it may be followed to, and what it was. */
export interface Split {
  readonly op: Op;
  readonly options: number;
  readonly labels: Int32Array;
}

/** The walk over a graph: what each axis of each value consists of, and what cutting it will ask of the nodes. */
export class Tracker {
  readonly labels = new Labels();
  readonly main: Scope;
  readonly axesOf = new Map<string, Axis[]>();
  readonly shapes = new Map<string, ShapeOf>();
  readonly edits: Edit[] = [];
  readonly layers: Layer[] = [];
  /** Axes of which something has to be left. */
  readonly pieces: Int32Array[] = [];
  /** By the first output of a node that multiplies: the axes whose lengths its multiplications are a product of. */
  readonly costs = new Map<string, readonly Int32Array[]>();
  readonly splits: Split[] = [];
  private readonly lazy = new Map<string, (Axis | undefined)[]>();
  private readonly constants = new Set<string>();

  constructor(
    readonly work: Work,
    readonly choices: Choices,
  ) {
    this.main = work.scopes[0];
  }

  fact(name: string): Fact | undefined {
    return this.work.fact(name);
  }

  dims(name: string): Dims | undefined {
    return this.fact(name)?.dims ?? undefined;
  }

  rank(name: string): number | undefined {
    return this.dims(name)?.length;
  }

  reason(key: Reason['key'], op: Op): Reason {
    return { key, node: op.proto.name || op.outputs[0] || op.type };
  }

  /** Whether a value depends on constants alone. */
  isConstant(name: string): boolean {
    return this.constants.has(name) || this.work.constant(this.main, name) !== undefined;
  }

  /** Of constants the axes come about when they are asked for. */
  private lazyAxes(name: string): (Axis | undefined)[] | undefined {
    const known = this.lazy.get(name);
    if (known) return known;
    const tensor = this.work.constant(this.main, name);
    if (!tensor) return undefined;
    const made: (Axis | undefined)[] = tensor.dims.map(() => (isFloatTensor(tensor) ? undefined : null));
    this.lazy.set(name, made);
    return made;
  }

  /** The axis of a value; negative ones count from the end. */
  axis(name: string, at: number): Axis {
    const axes = this.axesOf.get(name) ?? this.lazyAxes(name);
    const k = at < 0 ? at + (axes?.length ?? 0) : at;
    if (!axes || k < 0 || k >= axes.length) return null;
    let axis = axes[k];
    if (axis === undefined) {
      const length = Number(this.work.constant(this.main, name)!.dims[k]);
      axis = length > 1 && length <= MAX_LENGTH ? this.labels.fresh(name, k, length) : null;
      axes[k] = axis;
    }
    return axis;
  }

  /** All axes of a value; undefined when its rank is not known. */
  axes(name: string): Axis[] | undefined {
    const rank = this.axesOf.get(name)?.length ?? this.lazyAxes(name)?.length ?? this.rank(name);
    return rank === undefined ? undefined : Array.from({ length: rank }, (_, k) => this.axis(name, k));
  }

  /** An axis stays as it is. Of a constant nothing has to be made for that. */
  fix(name: string, at: number, reason: Reason): void {
    const lazy = this.axesOf.has(name) ? undefined : this.lazyAxes(name);
    const k = lazy && at < 0 ? at + lazy.length : at;
    if (lazy && k >= 0 && k < lazy.length && lazy[k] === undefined) lazy[k] = null;
    else this.labels.pin(this.axis(name, at), reason);
  }

  fixAll(name: string, reason: Reason): void {
    const rank = this.axesOf.get(name)?.length ?? this.lazyAxes(name)?.length ?? 0;
    for (let k = 0; k < rank; k++) this.fix(name, k, reason);
    for (const axis of this.shapes.get(name)?.axes ?? []) this.labels.pin(axis, reason);
  }

  unify(a: Axis, b: Axis, op: Op): Axis {
    return this.labels.unify(a, b, this.reason('input', op));
  }

  /**
   * Says what a node's output consists of. An axis that has to keep its length 1, or whose length is not the one that is known, is
   * not followed.
   */
  set(op: Op, output: number, axes: readonly Axis[]): void {
    const name = op.outputs[output];
    if (!name) return;
    const dims = this.dims(name);
    const checked = axes.map((axis, k) => {
      if (!axis) return null;
      if (axis.length > 1 && dims?.length === axes.length && dims[k] === axis.length) return axis;
      this.labels.pin(axis, this.reason('shape', op));
      return null;
    });
    this.axesOf.set(name, checked);
  }

  /** A layer makes channels along this axis. */
  produces(weight: string, axis: Axis): void {
    if (this.isConstant(weight)) for (const origin of this.labels.originsOf(axis)) origin.produces = true;
  }

  /** A layer sums over this axis. */
  contracts(weight: string, axis: Axis): void {
    if (this.isConstant(weight)) for (const origin of this.labels.originsOf(axis)) origin.contracts = true;
  }

  cost(op: Op, axes: readonly Axis[]): void {
    const own = axes.filter((a): a is Int32Array => a !== null);
    if (own.length && op.outputs[0]) this.costs.set(op.outputs[0], own);
  }

  edit(op: Op, axes: readonly Axis[], apply: (cut: Cut) => void): void {
    if (axes.some((a) => a)) this.edits.push({ op, axes, apply });
  }

  /** Follows a graph's nodes one after the other. */
  markConstant(op: Op): void {
    if (op.inputs.length > 0 && op.inputs.every((name) => !name || this.isConstant(name)))
      for (const name of op.outputs) if (name) this.constants.add(name);
  }
}
