import type { Cut } from './decide.ts';
import { type Factors, Svd } from './svd.ts';

type Floats = Float32Array<ArrayBuffer>;

/** What a tensor's layout is besides its cut: dims, and for a matrix which axis the layer sums over. */
export interface Layout {
  readonly dims: readonly number[];
  /** Of a matrix: the axis of its rows. */
  readonly rowAxis: number;
}

/** Element (row, column) of a group's matrix as an index into the tensor. */
export function positionIn({ kind, rows, columns }: Cut, { dims, rowAxis }: Layout) {
  if (kind === 'matrix') {
    const width = dims[1];
    return rowAxis === 0
      ? (_group: number, i: number, j: number) => i * width + j
      : (_group: number, i: number, j: number) => j * width + i;
  }
  if (kind === 'channel') return (group: number, i: number, j: number) => (group * rows + i) * columns + j;
  const [, inputs, high, wide] = dims;
  const perGroup = columns / wide;
  return (group: number, i: number, j: number) => {
    const output = group * perGroup + Math.floor(j / wide);
    const input = Math.floor(i / high);
    return ((output * inputs + input) * high + (i % high)) * wide + (j % wide);
  };
}

/** The matrix of each group. */
export function matricesOf(x: Floats, cut: Cut, layout: Layout): Floats[] {
  const at = positionIn(cut, layout);
  return Array.from({ length: cut.groups }, (_, g) => {
    const out = new Float32Array(cut.rows * cut.columns);
    for (let i = 0; i < cut.rows; i++) {
      for (let j = 0; j < cut.columns; j++) out[i * cut.columns + j] = x[at(g, i, j)];
    }
    return out;
  });
}

/** The singular values and vectors of each group. */
export function decompose(x: Floats, cut: Cut, layout: Layout): Svd[] {
  return matricesOf(x, cut, layout).map((m) => new Svd(m, cut.rows, cut.columns));
}

/** Two tensors in place of one, in the order that the layer takes them. */
export interface Pair {
  readonly first: Floats;
  readonly second: Floats;
}

/**
 * The weights of the two layers. Matrix: [rows, r] and [r, columns]. Channel: [g·r, I, kernel] and [O, r, 1…]. Spatial:
 * [g·r, I, kh, 1] and [O, r, 1, kw].
 */
export function pairOf(groups: readonly Factors[], rank: number, cut: Cut, layout: Layout): Pair {
  const { kind, rows, columns } = cut;
  if (kind === 'matrix') return { first: groups[0].left, second: groups[0].right };
  const joined = (parts: readonly Floats[]) => {
    const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  };
  if (kind === 'channel')
    return { first: joined(groups.map((f) => f.right)), second: joined(groups.map((f) => f.left)) };
  const wide = layout.dims[3];
  const outputs = columns / wide;
  const first = groups.map(({ left }) => {
    const out = new Float32Array(left.length);
    for (let i = 0; i < rows; i++) for (let k = 0; k < rank; k++) out[k * rows + i] = left[i * rank + k];
    return out;
  });
  const second = groups.map(({ right }) => {
    const out = new Float32Array(right.length);
    for (let o = 0; o < outputs; o++) {
      for (let k = 0; k < rank; k++) {
        for (let x = 0; x < wide; x++) out[(o * rank + k) * wide + x] = right[k * columns + o * wide + x];
      }
    }
    return out;
  });
  return { first: joined(first), second: joined(second) };
}

/** The tensor that the factors stand for. */
export function productOf(groups: readonly Factors[], rank: number, cut: Cut, layout: Layout): Floats {
  const out = new Float32Array(cut.groups * cut.rows * cut.columns);
  const at = positionIn(cut, layout);
  const row = new Float64Array(cut.columns);
  groups.forEach(({ left, right }, g) => {
    for (let i = 0; i < cut.rows; i++) {
      row.fill(0);
      for (let k = 0; k < rank; k++) {
        const l = left[i * rank + k];
        for (let j = 0; j < cut.columns; j++) row[j] += l * right[k * cut.columns + j];
      }
      for (let j = 0; j < cut.columns; j++) out[at(g, i, j)] = row[j];
    }
  });
  return out;
}
