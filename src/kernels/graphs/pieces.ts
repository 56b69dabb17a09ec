import { type Grouping, shapeOf } from '../grouping.ts';

/** Elements a graph is given at once. What it holds at a time stays within some ten times that many bytes. */
export const PIECE = 4 * 1024 * 1024;

/** A contiguous part of a tensor that is a box of (before, along, after) the axis, and the groups that lie in it. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly dims: readonly [number, number, number];
  readonly groupFrom: number;
  readonly groupTo: number;
  /** How scales stand beside x: one number, one per index along the axis, or a box of blocks. */
  readonly groupDims: readonly number[];
}

/**
 * Cuts a tensor into boxes of at most `limit` elements where blocks allow: several rows of the outer dims; else a
 * stretch along the axis, whole blocks; else a part of one index along it.
 */
export function pieces(g: Grouping, limit = PIECE): Piece[] {
  const { outer, along, inner, blocks } = shapeOf(g);
  const out: Piece[] = [];
  if (outer * along * inner === 0) return out;
  const add = (o: [number, number], a: [number, number], i: [number, number]) => {
    const dims = [o[1] - o[0], a[1] - a[0], i[1] - i[0]] as const;
    const from = (o[0] * along + a[0]) * inner + i[0];
    const shape = { from, to: from + dims[0] * dims[1] * dims[2], dims };
    if (g.granularity === 'tensor') out.push({ ...shape, groupFrom: 0, groupTo: 1, groupDims: [] });
    else if (g.granularity === 'channel') {
      out.push({ ...shape, groupFrom: a[0], groupTo: a[1], groupDims: [dims[1]] });
    } else {
      const b = [Math.floor(a[0] / g.block), Math.ceil(a[1] / g.block)];
      const groupDims = [dims[0], b[1] - b[0], dims[2]];
      const groupFrom = (o[0] * blocks + b[0]) * inner + i[0];
      out.push({ ...shape, groupFrom, groupTo: groupFrom + groupDims[0] * groupDims[1] * groupDims[2], groupDims });
    }
  };
  const each = (n: number, step: number, f: (from: number, to: number) => void) => {
    for (let at = 0; at < n; at += step) f(at, Math.min(n, at + step));
  };
  const unit = g.granularity === 'block' ? g.block : 1;
  if (along * inner <= limit) {
    each(outer, Math.max(1, Math.floor(limit / (along * inner))), (o0, o1) => add([o0, o1], [0, along], [0, inner]));
  } else if (unit * inner <= limit) {
    const step = Math.max(1, Math.floor(limit / (unit * inner))) * unit;
    each(outer, 1, (o0, o1) => each(along, step, (a0, a1) => add([o0, o1], [a0, a1], [0, inner])));
  } else {
    each(outer, 1, (o0, o1) =>
      each(along, 1, (a0, a1) => each(inner, limit, (i0, i1) => add([o0, o1], [a0, a1], [i0, i1]))),
    );
  }
  return out;
}
