import { groupCount, shapeOf, walk } from '../kernels/grouping.ts';
import { dequantizeAffine } from '../kernels/loops/quantize.ts';
import { DataType } from '../onnx/proto.ts';
import { Draft, type Ref } from './draft.ts';
import { integerType, rawIntegers, type Storage, storageOf, storeIntegers, type Target } from './integers.ts';
import type { Affine, AffineValues } from './types.ts';

/** What a scale, zero point or offset is stored as, and the nodes that make it broadcast against the weight. */
interface Parameters {
  dims: readonly number[];
  spread(ref: Ref): Ref;
}

/**
 * An Affine layout as initializers and nodes: to be decoded at each run, DequantizeLinear where the target's opset knows
 * it for the granularity (tensor 10, channel 13, block 21); else Cast, Sub and Mul, which give the same bits. Then Add
 * where there are offsets.
 * @param out dims and dtype of the weight that comes out
 */
export function affineDraft(
  layout: Affine,
  target: Target,
  out: { dims: readonly number[]; dataType: number },
): Draft<AffineValues> {
  const draft = new Draft<AffineValues>();
  const storage = storageOf(layout.bits, target);
  let x = storeIntegers(draft, layout, target, (v) => v.q);
  const since = { tensor: 10, channel: 13, block: 21 }[layout.granularity];
  const whole = target.decode === 'run' && target.opset >= since && !(layout.granularity === 'block' && layout.offset);
  const parameters = whole ? undefined : broadcast(draft, layout);
  let dims = layout.dims;
  if (!parameters) {
    const plain =
      layout.granularity === 'tensor'
        ? []
        : layout.granularity === 'channel'
          ? [groupCount(layout)]
          : blockDims(layout);
    const inputs = [x, draft.store('scale', DataType.FLOAT, plain, (v) => v.scale)];
    const zero = zeroPoint(draft, layout, storage, plain);
    if (zero !== undefined) inputs.push(zero);
    const { axis, block } = layout;
    const attributes: Record<string, number> = { tensor: {}, channel: { axis }, block: { axis, block_size: block } }[
      layout.granularity
    ];
    x = draft.op('DequantizeLinear', inputs, Math.max(since, castSince(storage)), attributes);
    if (layout.offset) x = draft.op('Add', [x, offset(draft, broadcast(draft, layout))], 7);
  } else {
    x = draft.op('Cast', [x], castSince(storage), { to: DataType.FLOAT });
    if (parameters.view) {
      dims = parameters.view;
      x = draft.op('Reshape', [x, draft.ints('blocks', dims)], 5);
    }
    const zero = zeroPoint(draft, layout, storage, parameters.dims);
    if (zero !== undefined) {
      const float = draft.op('Cast', [zero], castSince(storage), { to: DataType.FLOAT });
      x = draft.op('Sub', [x, parameters.spread(float)], 7);
    }
    x = draft.op(
      'Mul',
      [x, parameters.spread(draft.store('scale', DataType.FLOAT, parameters.dims, (v) => v.scale))],
      7,
    );
    if (layout.offset) x = draft.op('Add', [x, offset(draft, parameters)], 7);
  }
  if (dims.length !== out.dims.length || dims.some((d, i) => d !== out.dims[i])) {
    x = draft.op('Reshape', [x, draft.ints('dims', out.dims)], 5);
  }
  if (out.dataType !== DataType.FLOAT) {
    draft.op('Cast', [x], out.dataType === DataType.BFLOAT16 ? 13 : 9, { to: out.dataType });
  }
  return draft;
}

function offset(draft: Draft<AffineValues>, { dims, spread }: Parameters): Ref {
  return spread(draft.store('offset', DataType.FLOAT, dims, (v) => v.offset!));
}

/** The opset from which a storage's dtype can be cast and dequantized. */
const castSince = (storage: Storage) => (storage === 'int4' ? 21 : storage === 'int2' ? 25 : 9);

/** The zero points in the dtype of the integers: packed ones are unsigned, so that a signed layout's become 2^(bits−1). */
function zeroPoint(
  draft: Draft<AffineValues>,
  layout: Affine,
  storage: Storage,
  dims: readonly number[],
): Ref | undefined {
  const type = integerType(storage, layout.signed);
  const bias = storage === 'packed' && layout.signed ? 2 ** (layout.bits - 1) : 0;
  if (!layout.zeroPoint && bias === 0) return undefined;
  if (!layout.zeroPoint) {
    return draft.store('zero_point', type, dims, new Uint8Array(groupCount(layout)).fill(bias));
  }
  if (bias === 0) return draft.store('zero_point', type, dims, (v) => rawIntegers(v.zeroPoint!, storage));
  return draft.store('zero_point', type, dims, (v) => Uint8Array.from(v.zeroPoint!, (z) => z + bias));
}

function blockDims(layout: Affine): number[] {
  return layout.dims.map((d, i) => (i === layout.axis ? shapeOf(layout).blocks : d));
}

/**
 * Parameters in dims that broadcast against the weight. Blocks need a dimension of their own: the weight is looked at as
 * `view`; when the last block is short, its parameters are repeated and the surplus is cut off instead.
 */
function broadcast(draft: Draft<AffineValues>, layout: Affine): Parameters & { view?: number[] } {
  const same = (ref: Ref) => ref;
  const { dims, axis, block } = layout;
  if (layout.granularity === 'tensor') return { dims: [], spread: same };
  if (layout.granularity === 'channel') {
    return { dims: [dims[axis], ...dims.slice(axis + 1).map(() => 1)], spread: same };
  }
  const { outer, along, inner, blocks } = shapeOf(layout);
  const stored = [outer, blocks, 1, inner];
  if (along % block === 0) return { dims: stored, view: [outer, blocks, block, inner], spread: same };
  const spread = (ref: Ref) => {
    const repeated = draft.op('Expand', [ref, draft.ints('repeat', [outer, blocks, block, inner])], 8);
    const joined = draft.op('Reshape', [repeated, draft.ints('join', [outer, blocks * block, inner])], 5);
    const [start, end, axes] = [draft.ints('start', [0]), draft.ints('end', [along]), draft.ints('axes', [1])];
    return draft.op('Slice', [joined, start, end, axes], 10);
  };
  return { dims: stored, view: [outer, along, inner], spread };
}

/** The float32 weight that the nodes compute, to the bit. */
export function affineFloats(
  layout: Affine,
  { q, scale, zeroPoint: zero, offset: add }: AffineValues,
): Float32Array<ArrayBuffer> {
  const x = dequantizeAffine(q, layout, scale, zero);
  if (!add) return x;
  walk(
    layout,
    (from, to, g) => {
      for (let i = from; i < to; i++) x[i] += add[g];
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) x[i] += add[g];
    },
  );
  return x;
}
