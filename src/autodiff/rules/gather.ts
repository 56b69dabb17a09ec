import { attrInt } from '../../onnx/attributes.ts';
import { DataType } from '../../onnx/proto.ts';
import { compare, expand, filled, pad, range, reshape, transpose, where } from '../arithmetic.ts';
import { type Rule, sizeOf, type Tape } from '../tape.ts';

/** Indices as int64, those counted from the end turned around. */
function positive(t: Tape, indices: string, size: number): string {
  const wide =
    t.dtype(indices) === DataType.INT64
      ? indices
      : t.op('Cast', [indices], t.dims(indices), { to: DataType.INT64 }, { dtype: DataType.INT64 });
  const known = t.elements(indices);
  if (known?.every((i) => i >= 0)) return wide;
  const turned = t.op('Add', [wide, t.ints([size], [])], t.dims(wide));
  return where(t, compare(t, 'Less', wide, t.ints([0], [])), turned, wide);
}

/** What was taken goes back to where it was taken from; what was taken twice is summed. */
const gather: Rule = (c) => {
  const { tape: t, inputs } = c;
  const [x, indices] = inputs;
  const dims = t.dims(x);
  const at = attrInt(c.node, 'axis', 0);
  const axis = at < 0 ? at + dims.length : at;
  const known = t.elements(indices);
  const rest = [...dims.slice(0, axis), ...dims.slice(axis + 1)];
  if (known?.length === 1) {
    // One slice: zeros around it.
    const index = known[0] < 0 ? known[0] + dims[axis] : known[0];
    const one = reshape(
      t,
      c.dy[0]!,
      dims.map((d, i) => (i === axis ? 1 : d)),
    );
    const before = dims.map((_, i) => (i === axis ? index : 0));
    const after = dims.map((d, i) => (i === axis ? d - 1 - index : 0));
    return [pad(t, one, before, after), undefined];
  }
  const count = sizeOf(t.dims(indices));
  // [before, indices, after] with the indices as one axis, in front.
  const merged = reshape(t, c.dy[0]!, [...dims.slice(0, axis), count, ...dims.slice(axis + 1)]);
  const rank = dims.length;
  const front = [axis, ...range(rank).filter((i) => i !== axis)];
  const updates = reshape(t, transpose(t, merged, front), [count, sizeOf(rest)]);
  const rows = reshape(t, positive(t, indices, dims[axis]), [count, 1]);
  const zeros = filled(t, 0, [dims[axis], sizeOf(rest)], updates);
  // Not ScatterND, whose sums over the same row race in ONNX Runtime's threads.
  const inputsOf = [zeros, expand(t, rows, [count, sizeOf(rest)]), updates];
  const sum = t.op('ScatterElements', inputsOf, [dims[axis], sizeOf(rest)], { axis: 0, reduction: 'add' });
  const shaped = reshape(t, sum, [dims[axis], ...rest]);
  return [
    transpose(
      t,
      shaped,
      range(rank).map((i) => front.indexOf(i)),
    ),
    undefined,
  ];
};

const gatherElements: Rule = (c) => {
  const { tape: t, inputs } = c;
  const dims = t.dims(inputs[0]);
  const zeros = filled(t, 0, dims, inputs[0]);
  const axis = attrInt(c.node, 'axis', 0);
  const scattered = t.op('ScatterElements', [zeros, inputs[1], c.dy[0]!], dims, { axis, reduction: 'add' });
  return [scattered, undefined];
};

export const GATHERING: Readonly<Record<string, Rule>> = { Gather: gather, GatherElements: gatherElements };
