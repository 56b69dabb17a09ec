import { create } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { MAX_BUFFER_BYTES, MiB } from '../base/limits.ts';
import { dtypeOf, elementCount, rawBytes } from './dtypes.ts';
import { computedPayload, withPayload } from './payload.ts';
import { type SparseTensorProto, type TensorProto, TensorProtoSchema } from './proto.ts';
import { readInts, readRaw, storedBytes } from './tensor.ts';

/** A dense tensor of more than this many times its sparse form is refused: a few bytes could ask for gigabytes. */
const MAX_EXPANSION = 1024;

/**
 * The dense tensor that a sparse one stands for: its dims, and zeros but for the values (onnx.proto, SparseTensorProto). Nothing is
 * read or allocated until its numbers are asked for; what is wrong with them is thrown then.
 */
export function denseTensor(sparse: SparseTensorProto): TensorProto {
  const values = sparse.values!;
  const name = values.name;
  const count = elementCount(sparse.dims, name);
  const bytes = rawBytes(values.dataType, count);
  const stored = storedBytes(values) + (sparse.indices ? storedBytes(sparse.indices) : 0);
  const tensor = create(TensorProtoSchema, { name, dataType: values.dataType, dims: [...sparse.dims] });
  return withPayload(
    tensor,
    computedPayload(
      bytes,
      async () => {
        const width = (dtypeOf(values.dataType)?.bits ?? 0) / 8;
        if (!Number.isInteger(width) || width === 0 || !sparse.indices) {
          throw new PareError('model/unsupported', `Sparse tensor "${name}" is of a kind that is not read.`, {
            where: name,
          });
        }
        if (bytes > MAX_BUFFER_BYTES || bytes > MAX_EXPANSION * stored + MiB) {
          throw new PareError('model/limit', `Sparse tensor "${name}" would take ${bytes} bytes.`, { where: name });
        }
        const raw = await readRaw(values);
        const at = flatten(await readInts(sparse.indices), sparse, raw.length / width, count);
        const out = new Uint8Array(bytes);
        at.forEach((index, i) => {
          out.set(raw.subarray(i * width, (i + 1) * width), index * width);
        });
        return out;
      },
      stored,
    ),
  );
}

/** Indices as offsets: they are either that already, of shape [nnz], or coordinates, of shape [nnz, rank]. */
function flatten(indices: number[], { dims, indices: tensor, values }: SparseTensorProto, nnz: number, count: number) {
  const flat: number[] = [];
  const rank = tensor!.dims.length === 2 ? dims.length : 1;
  const sizes = dims.map(Number);
  let ok = indices.length === nnz * rank;
  for (let i = 0; ok && i < nnz; i++) {
    let index = 0;
    for (let k = 0; k < rank; k++) {
      const x = indices[i * rank + k];
      if (rank === 1) index = x;
      else {
        ok &&= x >= 0 && x < sizes[k];
        index = index * sizes[k] + x;
      }
    }
    ok &&= index >= 0 && index < count;
    flat.push(index);
  }
  if (!ok) {
    const name = values!.name;
    throw new PareError('model/corrupt', `Sparse tensor "${name}" has indices that do not fit it.`, { where: name });
  }
  return flat;
}
