/**
 * Which elements of a row-major tensor share a scale, a zero point or a range: all of them (`tensor`), those with the
 * same index along `axis` (`channel`), or each `block` consecutive ones along `axis` (`block`; the last of a row may be
 * short). Groups are numbered row-major: by channel, or by position in a tensor of dims with `axis` divided by `block`.
 */
export interface Grouping {
  readonly dims: readonly number[];
  readonly granularity: 'tensor' | 'channel' | 'block';
  /** Ignored for `tensor`. */
  readonly axis: number;
  /** Ignored but for `block`. */
  readonly block: number;
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Elements before, along and after the axis, and blocks along it. */
export function shapeOf(g: Grouping): { outer: number; along: number; inner: number; blocks: number } {
  if (g.granularity === 'tensor') return { outer: 1, along: 1, inner: product(g.dims), blocks: 1 };
  const along = g.dims[g.axis];
  if (along === undefined) throw new Error(`axis ${g.axis} of dims [${g.dims}]`);
  if (g.granularity === 'block' && !(g.block >= 1)) throw new Error(`block size ${g.block}`);
  const blocks = g.granularity === 'block' ? Math.ceil(along / g.block) : along;
  return { outer: product(g.dims.slice(0, g.axis)), along, inner: product(g.dims.slice(g.axis + 1)), blocks };
}

/** How many groups there are: the length of scales, zero points and ranges. */
export function groupCount(g: Grouping): number {
  const { outer, inner, blocks } = shapeOf(g);
  if (g.granularity === 'tensor') return 1;
  return g.granularity === 'channel' ? blocks : outer * blocks * inner;
}

/** A stretch of elements of one group. */
export type RunVisitor = (from: number, to: number, group: number) => void;
/** A stretch of elements each of which is in the next group, starting with `group`. */
export type RowVisitor = (from: number, to: number, group: number) => void;

/**
 * Walks a tensor in storage order as stretches whose inner loops need no index arithmetic: `run` where neighbours are
 * in one group, `row` where each neighbour is in the next one (the axis is the last and granularity `channel`, or blocks lie across it).
 */
export function walk(g: Grouping, run: RunVisitor, row: RowVisitor): void {
  const { outer, along, inner, blocks } = shapeOf(g);
  if (g.granularity === 'tensor') {
    run(0, inner, 0);
  } else if (g.granularity === 'channel') {
    if (inner === 1 && along > 1) {
      for (let o = 0; o < outer; o++) row(o * along, (o + 1) * along, 0);
    } else {
      for (let o = 0, at = 0; o < outer; o++) for (let c = 0; c < along; c++, at += inner) run(at, at + inner, c);
    }
  } else if (inner === 1) {
    for (let o = 0; o < outer; o++) {
      for (let b = 0; b < blocks; b++) {
        run(o * along + b * g.block, o * along + Math.min(along, (b + 1) * g.block), o * blocks + b);
      }
    }
  } else {
    for (let o = 0, at = 0; o < outer; o++) {
      for (let a = 0; a < along; a++, at += inner) {
        row(at, at + inner, (o * blocks + Math.floor(a / g.block)) * inner);
      }
    }
  }
}
