import { MiB } from '../../base/limits.ts';
import { affineFloats } from '../../encodings/affine.ts';
import type { Affine, AffineValues } from '../../encodings/types.ts';
import { groupCount } from '../../kernels/grouping.ts';
import { addErrors, type ErrorSums, noErrors } from '../../kernels/loops/errors.ts';
import { type Sketch, Sketcher } from '../../kernels/sketch.ts';
import type { Kernels } from '../../kernels/types.ts';
import { roundTo } from './values.ts';

type Floats = Float32Array<ArrayBuffer>;

/** What a report says of a weight: its errors against what it was, and the sketch of what it is. */
export interface Measured {
  errors: ErrorSums;
  sketch: Sketch;
}

/** Elements that are made floats again at a time: the largest tensors are 200 MB and more, and are in memory once already. */
const PIECE = MiB;

/** The quantized weight as its model will compute it, held against `x`, a piece of it in memory at a time. */
export async function measureAffine(
  x: Floats,
  layout: Affine,
  values: AffineValues,
  tensor: { dims: readonly number[]; dataType: number; channelAxis?: number },
  kernels: Kernels,
): Promise<Measured> {
  const sketcher = new Sketcher(tensor.dims, tensor.channelAxis);
  let errors = noErrors();
  let at = 0;
  for (const piece of pieces(layout, values)) {
    const after = await roundTo(affineFloats(piece.layout, piece.values), tensor.dataType);
    errors = addErrors(errors, await kernels.errorSums(x.subarray(at, at + after.length), after));
    sketcher.add(after);
    at += after.length;
  }
  return { errors, sketch: sketcher.finish() };
}

/** The parts of a layout along its first dimension, whole groups each. */
function* pieces(layout: Affine, values: AffineValues): Generator<{ layout: Affine; values: AffineValues }> {
  const { dims, axis, granularity, block } = layout;
  const count = values.q.length;
  if (count <= PIECE || dims.length === 0) {
    yield { layout, values };
    return;
  }
  const [rows, ...rest] = dims;
  const unit = granularity === 'block' && axis === 0 ? block : 1;
  const step = unit * Math.max(1, Math.floor((PIECE * rows) / count / unit));
  // Groups that a row has of its own; those of a tensor, or of channels along another axis, are everybody's.
  const shared = granularity === 'tensor' || (granularity === 'channel' && axis > 0);
  const perUnit = shared ? 0 : groupCount(layout) / Math.ceil(rows / unit);
  for (let row = 0; row < rows; row += step) {
    const end = Math.min(rows, row + step);
    const own = <T extends { subarray(from: number, to: number): T }>(list: T): T =>
      shared ? list : list.subarray((row / unit) * perUnit, Math.ceil(end / unit) * perUnit);
    const { q, scale, zeroPoint, offset } = values;
    yield {
      layout: { ...layout, dims: [end - row, ...rest] },
      values: {
        q: (q as Int8Array<ArrayBuffer>).subarray((count / rows) * row, (count / rows) * end),
        scale: own(scale),
        ...(zeroPoint && { zeroPoint: own(zeroPoint as Int8Array<ArrayBuffer>) }),
        ...(offset && { offset: own(offset) }),
      },
    };
  }
}
