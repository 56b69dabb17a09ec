import { attrFloat, attrInt, attrInts, attrString } from '../attributes.ts';
import { dtypeName } from '../dtypes.ts';
import type { GraphProto, NodeProto } from '../proto.ts';
import { axisOf, countOf, type Dim, type Dims, numericDims } from './dims.ts';

/** What is known of a value before anything runs. */
export interface Fact {
  /** '' when unknown. */
  readonly dtype: string;
  /** null when not even the rank is known. */
  readonly dims: Dims | null;
  /** Of a small integer or bool tensor its elements in order, as far as they are known. */
  readonly data?: Dims;
  /** Of a float constant of a few elements those elements: scales of a Resize, bounds of a Range. */
  readonly floats?: readonly number[];
}

/** More elements than this are no shape, and are not followed. */
export const MAX_DATA = 1024;

/** Dtypes whose elements are followed, and the largest magnitude that is: past it arithmetic wraps around or is not exact. */
const FOLLOWED: Readonly<Record<string, number>> = {
  int64: Infinity,
  int32: 2 ** 31 - 1,
  bool: 1,
  uint8: 255,
  int8: 127,
  uint32: 2 ** 32 - 1,
};

/** Whether a dtype's elements are followed. */
export function isFollowed(dtype: string): boolean {
  return Object.hasOwn(FOLLOWED, dtype);
}

function inRange(dtype: string, data: Dims): boolean {
  const least = dtype === 'bool' || dtype.startsWith('u') ? 0 : -FOLLOWED[dtype];
  return data.every((d) => typeof d !== 'number' || (d >= least && d <= FOLLOWED[dtype]));
}

export const UNKNOWN: Fact = { dtype: '', dims: null };

/** What an operator's inference sees: its node, what is known of its inputs, and where it says what its outputs are. */
export class NodeContext {
  readonly outputs: Fact[];

  constructor(
    readonly node: NodeProto,
    readonly inputs: readonly (Fact | undefined)[],
    /** Version of the node's domain. */
    readonly version: number,
    /** Infers a subgraph whose inputs are these; gives its outputs. */
    readonly inner: (graph: GraphProto, inputs: readonly Fact[]) => Fact[],
  ) {
    this.outputs = node.output.map(() => UNKNOWN);
  }

  /** An input, unknown when it is. Absent inputs are unknown too; ask `has`. */
  in(i: number): Fact {
    return this.inputs[i] ?? UNKNOWN;
  }

  has(i: number): boolean {
    return !!this.node.input[i];
  }

  dims(i: number): Dims | null {
    return this.in(i).dims;
  }

  rank(i: number): number | undefined {
    return this.in(i).dims?.length;
  }

  /** The elements of an input as far as they are known; undefined when not even their number is. */
  data(i: number): Dims | undefined {
    return this.in(i).data;
  }

  /** The elements of an input, all of them known numbers. */
  ints(i: number): number[] | undefined {
    return numericDims(this.data(i));
  }

  int(name: string, fallback: number): number {
    return attrInt(this.node, name, fallback);
  }

  float(name: string, fallback: number): number {
    return attrFloat(this.node, name, fallback);
  }

  intList(name: string): number[] | undefined {
    return attrInts(this.node, name);
  }

  text(name: string, fallback: string): string {
    return attrString(this.node, name, fallback);
  }

  /** The dtype that an attribute names; `fallback` without it. */
  typeAttr(name: string, fallback: string): string {
    const t = this.int(name, 0);
    return t ? dtypeName(t) : fallback;
  }

  /** The axis of an attribute, counted from the front of input `i`; undefined when that cannot be said. */
  axis(name: string, fallback: number, i = 0): number | undefined {
    const rank = this.rank(i);
    return rank === undefined ? undefined : axisOf(this.int(name, fallback), rank);
  }

  /** The axes given by an attribute or, since some version, by an input: undefined when absent, null when unknown. */
  axes(input: number, attribute = 'axes'): number[] | undefined | null {
    const own = this.intList(attribute);
    if (own) return own;
    return this.has(input) ? (this.ints(input) ?? null) : undefined;
  }

  /** Says what output `i` is. Data is kept while it is small, of an integer dtype and of the right number. */
  out(i: number, dtype: string, dims: Dims | null, data?: Dims): void {
    if (i >= this.outputs.length) return;
    const fits =
      data &&
      dims &&
      data.length <= MAX_DATA &&
      isFollowed(dtype) &&
      countOf(dims) === data.length &&
      inRange(dtype, data);
    this.outputs[i] = fits ? { dtype, dims, data } : { dtype, dims };
  }

  /** Says it of every output from `from` on. */
  outAll(dtype: string, dims: Dims | null, from = 0): void {
    for (let i = from; i < this.outputs.length; i++) this.out(i, dtype, dims);
  }
}

/** Fills in a node's outputs. What it cannot say it leaves unknown. */
export type Infer = (c: NodeContext) => void;

/** Replaces the dims at some axes. */
export function withDims(dims: Dims, changes: ReadonlyMap<number, Dim>): Dim[] {
  return dims.map((d, i) => (changes.has(i) ? changes.get(i)! : d));
}

/**
 * The elements of a small tensor in another order: `from` gives an output position's place in the input. Undefined when the input's
 * elements or either's dims are not known.
 */
export function rearranged(
  data: Dims | undefined,
  dims: Dims,
  out: Dims,
  from: (position: readonly number[]) => readonly number[],
): Dim[] | undefined {
  const [before, after] = [numericDims(dims), numericDims(out)];
  const count = after?.reduce((a, b) => a * b, 1) ?? 0;
  if (!data || !before || !after || count > MAX_DATA) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const position = new Array<number>(after.length);
    for (let axis = after.length - 1, rest = i; axis >= 0; axis--) {
      position[axis] = rest % after[axis];
      rest = Math.floor(rest / after[axis]);
    }
    const index = from(position).reduce((n, x, axis) => n * before[axis] + x, 0);
    return data[index] ?? null;
  });
}
