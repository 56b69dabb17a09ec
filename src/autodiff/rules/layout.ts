import { attrInt, attrInts, attrString } from '../../onnx/attributes.ts';
import { filled, pad, range, reduceSum, reshape, scatterFlat, slice, transpose, unbroadcast } from '../arithmetic.ts';
import { type Call, type Rule, sizeOf, type Tape } from '../tape.ts';
import { alongEachAxis, type Weights } from './linear.ts';

const axisOf = (c: Call, fallback: number, rank: number) => {
  const axis = attrInt(c.node, 'axis', fallback);
  return axis < 0 ? axis + rank : axis;
};

/** The same elements in the shape of the input. */
const back: Rule = (c) => [reshape(c.tape, c.dy[0]!, c.tape.dims(c.inputs[0]))];

const transposeRule: Rule = (c) => {
  const rank = c.tape.dims(c.inputs[0]).length;
  const perm = attrInts(c.node, 'perm') ?? range(rank).reverse();
  return [
    transpose(
      c.tape,
      c.dy[0]!,
      range(rank).map((i) => perm.indexOf(i)),
    ),
  ];
};

const concat: Rule = (c) => {
  const { tape: t, inputs } = c;
  const axis = axisOf(c, 0, t.dims(c.outputs[0]).length);
  let at = 0;
  return inputs.map((name, i) => {
    const start = at;
    at += t.dims(name)[axis];
    return c.needs(i) ? slice(t, c.dy[0]!, [{ axis, start, end: at }]) : undefined;
  });
};

const split: Rule = (c) => {
  const { tape: t, inputs, outputs } = c;
  const x = inputs[0];
  const axis = axisOf(c, 0, t.dims(x).length);
  const parts = outputs.map((o, i) => c.dy[i] ?? filled(t, 0, t.dims(o), x));
  return [t.op('Concat', parts, t.dims(x), { axis })];
};

/** Where each element of the output came from, as flat indices into the input. */
function flatIndices(
  dims: readonly number[],
  starts: readonly number[],
  steps: readonly number[],
  out: readonly number[],
) {
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)));
  let indices = [0];
  out.forEach((n, axis) => {
    indices = indices.flatMap((base) => range(n).map((i) => base + (starts[axis] + i * steps[axis]) * strides[axis]));
  });
  return indices;
}

const sliceRule: Rule = (c) => {
  const { tape: t, inputs, outputs } = c;
  const dims = t.dims(inputs[0]);
  const out = t.dims(outputs[0]);
  const given = t.elements(inputs[1])!;
  const axes = t.elements(inputs[3]) ?? range(given.length);
  const stepsGiven = t.elements(inputs[4]) ?? given.map(() => 1);
  const starts = dims.map(() => 0);
  const steps = dims.map(() => 1);
  axes.forEach((a, i) => {
    const axis = a < 0 ? a + dims.length : a;
    const start = given[i] < 0 ? given[i] + dims[axis] : given[i];
    steps[axis] = stepsGiven[i];
    // Bounds as in the operator's description: a negative step starts at the last element at most.
    starts[axis] = Math.max(0, Math.min(start, stepsGiven[i] < 0 ? dims[axis] - 1 : dims[axis]));
  });
  if (steps.every((s) => s === 1)) {
    return [
      pad(
        t,
        c.dy[0]!,
        starts,
        dims.map((d, i) => d - starts[i] - out[i]),
      ),
    ];
  }
  const indices = t.ints(flatIndices(dims, starts, steps, out));
  const flat = scatterFlat(t, sizeOf(dims), indices, reshape(t, c.dy[0]!, [sizeOf(out)]));
  return [reshape(t, flat, dims)];
};

/** The index that each padded position is filled from. Numpy's `reflect`, `edge` and `wrap`. */
function source(i: number, n: number, mode: string): number {
  if (mode === 'edge') return Math.max(0, Math.min(n - 1, i));
  if (mode === 'wrap') return ((i % n) + n) % n;
  const period = Math.max(1, 2 * (n - 1));
  const k = ((i % period) + period) % period;
  return k < n ? k : period - k;
}

const padRule: Rule = (c) => {
  const { tape: t, inputs, dy } = c;
  const dims = t.dims(inputs[0]);
  const pads = t.elements(inputs[1])!;
  const axes = (t.elements(inputs[3]) ?? range(dims.length)).map((a) => (a < 0 ? a + dims.length : a));
  const before = dims.map(() => 0);
  const after = dims.map(() => 0);
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[i + axes.length];
  });
  const mode = attrString(c.node, 'mode', 'constant');
  if (mode === 'constant') {
    const g = pad(
      t,
      dy[0]!,
      before.map((p) => -p),
      after.map((p) => -p),
    );
    // The value that is padded with gets what it was spread over.
    return [g, undefined, undefined];
  }
  const maps = dims.map((n, axis): Weights | undefined =>
    before[axis] === 0 && after[axis] === 0
      ? undefined
      : range(n + before[axis] + after[axis]).map((i) => [[source(i - before[axis], n, mode), 1]]),
  );
  return [alongEachAxis(t, dy[0]!, maps, dims)];
};

/** Repeats are summed: [r₀·d₀, …] as [r₀, d₀, …]. */
const tile: Rule = (c) => {
  const { tape: t, inputs } = c;
  const dims = t.dims(inputs[0]);
  const out = t.dims(c.outputs[0]);
  const parted = dims.flatMap((d, i) => [d === 0 ? 0 : out[i] / d, d]);
  const axes = range(dims.length)
    .map((i) => 2 * i)
    .filter((i) => parted[i] !== 1);
  return [reshape(t, reduceSum(t, reshape(t, c.dy[0]!, parted), axes), dims)];
};

/** [N, C, H, W] ↔ blocks of pixels in the channels. DCR puts the block before the channel, CRD after it. */
function blocks(t: Tape, g: string, toDepth: boolean, crd: boolean, block: number): string {
  const [n, c, h, w] = t.dims(g);
  if (toDepth) {
    const parted = reshape(t, g, [n, c, h / block, block, w / block, block]);
    const moved = transpose(t, parted, crd ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]);
    return reshape(t, moved, [n, c * block * block, h / block, w / block]);
  }
  const depth = c / (block * block);
  const parted = reshape(t, g, [n, block, block, depth, h, w]);
  return reshape(t, transpose(t, parted, [0, 3, 4, 1, 5, 2]), [n, depth, h * block, w * block]);
}

export const LAYOUT: Readonly<Record<string, Rule>> = {
  Identity: back,
  // Off, as in a model made for inference.
  Dropout: back,
  Reshape: back,
  Flatten: back,
  Squeeze: back,
  Unsqueeze: back,
  Transpose: transposeRule,
  Concat: concat,
  Split: split,
  Slice: sliceRule,
  Pad: padRule,
  Expand: (c) => [unbroadcast(c.tape, c.dy[0]!, c.tape.dims(c.inputs[0]))],
  Tile: tile,
  DepthToSpace: (c) => [
    blocks(c.tape, c.dy[0]!, true, attrString(c.node, 'mode', 'DCR') === 'CRD', attrInt(c.node, 'blocksize', 1)),
  ],
  SpaceToDepth: (c) => [blocks(c.tape, c.dy[0]!, false, false, attrInt(c.node, 'blocksize', 1))],
};
