import { attr } from '../attributes.ts';
import { dtypeName } from '../dtypes.ts';
import { summarizeType } from '../info.ts';
import type { NodeProto, TensorProto, ValueInfoProto } from '../proto.ts';
import { type Fact, MAX_DATA, UNKNOWN } from './context.ts';
import { isNamed, unknownDim } from './dims.ts';
import { tensorFloats, tensorInts } from './inline.ts';

/** As many scales as a Resize has at most. */
const MAX_FLOATS = 16;

/** A tensor's dtype and dims, and its elements when they are few integers. */
export function factOf(tensor: TensorProto): Fact {
  const dims = tensor.dims.map(Number);
  const fact = { dtype: dtypeName(tensor.dataType ?? 0), dims };
  const count = dims.reduce((a, b) => a * b, 1);
  const data = count <= MAX_DATA ? tensorInts(tensor) : undefined;
  if (data) return { ...fact, data };
  const floats = count <= MAX_FLOATS ? tensorFloats(tensor) : undefined;
  return floats ? { ...fact, floats } : fact;
}

/** What a Constant node gives, from whichever attribute it has. */
export function constantFact(node: NodeProto): Fact {
  const value = attr(node, 'value')?.t;
  if (value) return factOf(value);
  const a = node.attribute.find((x) => x.name.startsWith('value_') || x.name === 'sparse_value');
  switch (a?.name) {
    case 'value_int':
      return { dtype: 'int64', dims: [], data: [Number(a.i)] };
    case 'value_ints':
      return { dtype: 'int64', dims: [a.ints.length], ...(a.ints.length <= MAX_DATA && { data: a.ints.map(Number) }) };
    case 'value_float':
      return { dtype: 'float32', dims: [] };
    case 'value_floats':
      return { dtype: 'float32', dims: [a.floats.length] };
    case 'value_string':
      return { dtype: 'string', dims: [] };
    case 'value_strings':
      return { dtype: 'string', dims: [a.strings.length] };
    case 'sparse_value':
      return {
        dtype: dtypeName(a.sparseTensor?.values?.dataType ?? 0),
        dims: a.sparseTensor?.dims.map(Number) ?? null,
      };
    default:
      return UNKNOWN;
  }
}

/** What the file says of a value. */
export function stated(v: ValueInfoProto): Fact {
  const type = summarizeType(v.type);
  if (type.kind !== 'tensor') return UNKNOWN;
  return { dtype: type.dtype, dims: type.dims?.map((d) => d ?? unknownDim()) ?? null };
}

/** Two accounts of one value: each dim from the one that knows it, the first where they differ. */
export function refined(inferred: Fact, said: Fact): Fact {
  const dtype = inferred.dtype || said.dtype;
  if (!inferred.dims || inferred.dims.length !== said.dims?.length)
    return { ...inferred, dtype, dims: inferred.dims ?? said.dims };
  const dims = inferred.dims.map((d, i) => (isNamed(d) || !isNamed(said.dims![i]) ? d : said.dims![i]));
  return { ...inferred, dtype, dims };
}
