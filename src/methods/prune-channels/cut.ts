import { attribute } from '../../onnx/build.ts';
import type { Op } from '../simplify/scope.ts';
import { intTensor } from '../simplify/tensors.ts';
import type { Work } from '../simplify/work.ts';
import type { Axis, Labels } from './labels.ts';

/** Which channels stay, and how nodes are told. */
export class Cut {
  private readonly ints = new Map<string, string>();

  constructor(
    readonly work: Work,
    private readonly labels: Labels,
    /** By the root of a class: whether it goes. */
    private readonly gone: ReadonlySet<number>,
  ) {}

  keeps(label: number): boolean {
    return !this.gone.has(this.labels.find(label));
  }

  /** How many of an axis's indices stay, from `from` up to `to`. */
  count(axis: Int32Array, from = 0, to = axis.length): number {
    let n = 0;
    for (let i = from; i < to; i++) if (this.keeps(axis[i])) n++;
    return n;
  }

  /** The indices that stay; undefined when all do. */
  indices(axis: Axis): Int32Array | undefined {
    if (!axis) return undefined;
    const kept = new Int32Array(axis.length);
    let n = 0;
    for (let i = 0; i < axis.length; i++) if (this.keeps(axis[i])) kept[n++] = i;
    return n === axis.length ? undefined : kept.slice(0, n);
  }

  /** Gives a node's input these integers. Equal ones are one constant. */
  setInts(op: Op, input: number, values: readonly number[], dims: readonly number[] = [values.length]): void {
    const key = `${dims} ${values}`;
    let name = this.ints.get(key);
    if (name === undefined || !this.work.constant(op.scope, name)) {
      const wanted = op.inputs[input] || `${op.outputs[0]}_${input}`;
      name = this.work.addConstant(op.scope, wanted, (own) => intTensor(own, values, dims));
      this.ints.set(key, name);
    }
    const inputs = [...op.inputs];
    while (inputs.length < input) inputs.push('');
    inputs[input] = name;
    this.work.rewrite(op, { inputs });
  }

  /** Gives a node an attribute in place of the one of that name; undefined takes it away. */
  setAttribute(op: Op, name: string, value: number | readonly number[] | undefined): void {
    const others = op.attribute.filter((a) => a.name !== name);
    this.work.rewrite(op, { attribute: value === undefined ? others : [...others, attribute(name, value)] });
  }
}
