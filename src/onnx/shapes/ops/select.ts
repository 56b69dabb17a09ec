import { dtypeName } from '../../dtypes.ts';
import { type Infer, isFollowed, MAX_DATA } from '../context.ts';
import { type Dim, numericDims, unknownDim } from '../dims.ts';
import { tensorInts } from '../inline.ts';

const gather: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const indices = c.in(1);
  const axis = c.axis('axis', 0);
  if (!dims || !indices.dims || axis === undefined) return c.out(0, dtype, null);
  const picked = numericDims(indices.data);
  const flat = data && dims.length === 1 && picked;
  const part = flat ? picked.map((i) => data[i < 0 ? i + data.length : i] ?? null) : undefined;
  c.out(0, dtype, [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)], part);
};

const gatherND: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const indices = c.dims(1);
  const last = indices?.[indices.length - 1];
  const batch = c.int('batch_dims', 0);
  const ok = dims && indices && typeof last === 'number' && last + batch <= dims.length;
  c.out(0, dtype, ok ? [...indices.slice(0, -1), ...dims.slice(batch + last)] : null);
};

const nonZero: Infer = (c) => {
  const rank = c.rank(0);
  c.out(0, 'int64', [rank === undefined ? unknownDim() : rank, unknownDim()]);
};

const compress: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const flat = !c.node.attribute.some((a) => a.name === 'axis');
  const axis = c.axis('axis', 0);
  c.out(
    0,
    dtype,
    flat ? [unknownDim()] : dims && axis !== undefined ? dims.map((d, i) => (i === axis ? unknownDim() : d)) : null,
  );
};

const unique: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const count = unknownDim();
  const flat = !c.node.attribute.some((a) => a.name === 'axis');
  const axis = c.axis('axis', 0);
  c.out(0, dtype, flat ? [count] : dims && axis !== undefined ? dims.map((d, i) => (i === axis ? count : d)) : null);
  c.out(1, 'int64', [count]);
  c.out(2, 'int64', [flat ? unknownDim() : ((axis !== undefined && dims?.[axis]) ?? unknownDim()) || unknownDim()]);
  c.out(3, 'int64', [count]);
};

const range: Infer = (c) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => (c.ints(i) ?? c.in(i).floats)?.[0]);
  const dtype = c.in(0).dtype;
  if (start === undefined || limit === undefined || !delta) {
    // 0 … n by 1 has n elements, also when n is a symbol.
    const n = c.data(1)?.[0];
    return c.out(0, dtype, [start === 0 && delta === 1 && typeof n === 'string' ? n : unknownDim()]);
  }
  const n = Math.max(0, Math.ceil((limit - start) / delta));
  const data = n <= MAX_DATA && isFollowed(dtype) ? Array.from({ length: n }, (_, i) => start + i * delta) : undefined;
  c.out(0, dtype, [n], data);
};

const constantOfShape: Infer = (c) => {
  const value = c.node.attribute.find((a) => a.name === 'value')?.t;
  const dtype = value ? dtypeName(value.dataType) : 'float32';
  const target = c.data(0);
  const rank = numericDims(c.dims(0))?.[0];
  const dims =
    target?.map((d) => d ?? unknownDim()) ??
    (rank !== undefined && rank <= 64 ? Array.from({ length: rank }, unknownDim) : null);
  const count = numericDims(dims)?.reduce((a, b) => a * b, 1) ?? MAX_DATA + 1;
  const fill = value ? tensorInts(value)?.[0] : undefined;
  const data = count <= MAX_DATA && fill !== undefined ? new Array<Dim>(count).fill(fill) : undefined;
  c.out(0, dtype, dims, data);
};

const random: Infer = (c) => c.out(0, c.typeAttr('dtype', 'float32'), c.intList('shape') ?? null);
const randomLike: Infer = (c) => c.out(0, c.typeAttr('dtype', c.in(0).dtype), c.dims(0));

const multinomial: Infer = (c) =>
  c.out(0, c.typeAttr('dtype', 'int32'), [c.dims(0)?.[0] ?? unknownDim(), c.int('sample_size', 1)]);

const first: Infer = (c) => c.out(0, c.in(0).dtype, c.dims(0));

const gridSample: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const grid = c.dims(1);
  c.out(0, dtype, dims && grid && dims.length === grid.length ? [dims[0], dims[1], ...grid.slice(1, -1)] : null);
};

const col2im: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const image = c.data(1);
  const block = c.ints(2)?.reduce((a, b) => a * b, 1);
  if (!dims || !image) return c.out(0, dtype, null);
  const channels = typeof dims[1] === 'number' && block ? dims[1] / block : unknownDim();
  c.out(0, dtype, [dims[0], channels, ...image.map((d) => d ?? unknownDim())]);
};

const affineGrid: Infer = (c) => {
  const size = c.data(1);
  if (!size || size.length < 4) return c.out(0, c.in(0).dtype, null);
  const at = (i: number) => size[i] ?? unknownDim();
  c.out(0, c.in(0).dtype, [at(0), ...size.slice(2).map((_, i) => at(i + 2)), size.length - 2]);
};

export const selection: Record<string, Infer> = {
  Gather: gather,
  GatherElements: (c) => c.out(0, c.in(0).dtype, c.dims(1)),
  GatherND: gatherND,
  Scatter: first,
  ScatterElements: first,
  ScatterND: first,
  TensorScatter: first,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  Range: range,
  ConstantOfShape: constantOfShape,
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: randomLike,
  RandomUniformLike: randomLike,
  Multinomial: multinomial,
  GridSample: gridSample,
  Col2Im: col2im,
  AffineGrid: affineGrid,
  NonMaxSuppression: (c) => c.out(0, 'int64', [unknownDim(), 3]),
  StringNormalizer: (c) => c.out(0, 'string', c.rank(0) === 2 ? [1, unknownDim()] : [unknownDim()]),
  SequenceLength: (c) => c.out(0, 'int64', []),
  OptionalHasElement: (c) => c.out(0, 'bool', []),
};
