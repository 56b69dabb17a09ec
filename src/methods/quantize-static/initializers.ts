import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import { type Grouping, groupCount } from '../../kernels/grouping.ts';
import { elementCount, rawBytes } from '../../onnx/dtypes.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import {
  isWeightSymmetric,
  QUANT,
  type QuantType,
  quantRange,
  roundHalfEven,
  roundToHalf,
  scaleAndZeroPoint,
} from '../ort/arithmetic.ts';
import { nameOf, scaleBytes } from '../ort/initializer.ts';
import { naming } from '../ort/naming.ts';
import { dequantizeValues, parameterDims, quantizeValues, rawQuantized } from '../ort/quantize.ts';
import { tensorRange } from '../ort/range.ts';
import type { Work } from '../ort/work.ts';
import type { Override, QuantizeStaticOptions } from './options.ts';

/** Scales and zero points of a constant tensor. The scales may still be widened for the sake of a bias. */
export interface InitializerParameters {
  readonly type: QuantType;
  readonly grouping: Grouping;
  /** Whether there is a scale per index of an axis. */
  readonly perChannel: boolean;
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zeroPoint: Int32Array<ArrayBuffer>;
}

/** How a constant is to be quantized, before its numbers are known. */
export interface InitializerSpec {
  readonly type: QuantType;
  readonly axis: number | undefined;
  readonly symmetric: boolean;
  readonly reduceRange: boolean;
  readonly blockSize: number;
}

/** What the options make of a constant in QDQ: qdq_quantizer.py, `_calc_initializer_quant_params`. */
export function specOf(
  own: readonly Override[] | undefined,
  isWeight: boolean,
  axis: number | undefined,
  options: QuantizeStaticOptions,
): InitializerSpec {
  const [first = {} as Override] = own ?? [];
  const type = first.quantType ?? (isWeight ? options.weightType : options.activationType);
  const along = first.axis ?? axis;
  const usual = isWeight ? (options.weightSymmetric ?? isWeightSymmetric(type)) : options.activationSymmetric;
  return {
    type,
    axis: along,
    // Per channel always, since the integer operators ask for one zero point.
    symmetric: first.symmetric ?? (along !== undefined || usual),
    reduceRange: first.reduceRange ?? options.reduceRange,
    blockSize: isWeight ? options.blockSize : 0,
  };
}

/**
 * Reads a constant once and finds its scales and zero points.
 * @param own a scale and zero point, or ends of the range, per channel
 */
export async function initializerParameters(
  tensor: TensorProto,
  spec: InitializerSpec,
  own: readonly Override[],
  minRealRange: number | undefined,
  work: Work,
): Promise<InitializerParameters> {
  const dims = dimsOf(tensor);
  const grouping = groupingOf(tensor, spec);
  const perChannel = grouping.granularity === 'channel';
  const groups = groupCount(grouping);
  const { type, symmetric } = spec;
  const given = own.length > 0 && own.every((o) => o.scale !== undefined && o.zeroPoint !== undefined);
  if (given && !spec.blockSize) {
    if (perChannel && own.length !== groups) {
      throw new PareError(
        'recipe/invalid',
        `"${tensor.name}" has ${groups} channels and ${own.length} scales in tensorQuantOverrides.`,
        { where: tensor.name },
      );
    }
    const round = roundOf(tensor);
    const row = (g: number) => own[perChannel ? g : 0];
    return {
      ...{ type, grouping, perChannel },
      scale: Float32Array.from({ length: groups }, (_, g) => round(row(g).scale!)),
      zeroPoint: Int32Array.from({ length: groups }, (_, g) => row(g).zeroPoint!),
    };
  }
  const elements = elementCount(dims, tensor.name);
  return work.gate.run(4 * elements, async () => {
    checkCancelled(work.ctx.signal);
    const x = await readFloats(tensor);
    const scale = new Float32Array(groups).fill(1);
    const zeroPoint = new Int32Array(groups);
    if (x.length === 0) return { type, grouping, perChannel, scale, zeroPoint };
    const { min, max } = naming(tensor.name, () => tensorRange(x, grouping));
    const scaleType = tensor.dataType === DataType.FLOAT16 ? 'float16' : 'float32';
    for (let g = 0; g < groups; g++) {
      const row = own[perChannel ? g : 0];
      const round = roundOf(tensor);
      const low = row?.rmin === undefined ? min[g] : round(row.rmin);
      const high = row?.rmax === undefined ? max[g] : round(row.rmax);
      const found = spec.blockSize
        ? blockParameters(low, high, quantRange(type, symmetric, false), symmetric, tensor)
        : scaleAndZeroPoint(
            low,
            high,
            quantRange(type, symmetric, spec.reduceRange),
            symmetric,
            minRealRange,
            scaleType,
          );
      scale[g] = found.scale;
      zeroPoint[g] = found.zeroPoint;
    }
    return { type, grouping, perChannel, scale, zeroPoint };
  });
}

function roundOf(tensor: TensorProto): (x: number) => number {
  return tensor.dataType === DataType.FLOAT16 ? roundToHalf : Math.fround;
}

function groupingOf(tensor: TensorProto, { axis, blockSize }: InitializerSpec): Grouping {
  const dims = dimsOf(tensor);
  if (axis === undefined && !blockSize) return { dims, granularity: 'tensor', axis: 0, block: 0 };
  const along = axis ?? 0;
  const normal = along < 0 ? along + dims.length : along;
  if (normal < 0 || normal >= dims.length) {
    throw new PareError('recipe/not-applicable', `"${tensor.name}" of rank ${dims.length} has no axis ${along}.`, {
      where: tensor.name,
    });
  }
  if (blockSize && dims.length !== 2) {
    throw new PareError('recipe/not-applicable', `"${tensor.name}" of rank ${dims.length} cannot be in blocks.`, {
      where: tensor.name,
      hint: 'blockSize is for matrices only. Exclude the node, or set blockSize to 0.',
    });
  }
  return { dims, granularity: blockSize ? 'block' : 'channel', axis: normal, block: blockSize };
}

/** As 2.1 with the zero point of the rounded scale: quant_utils.py, `compute_scale_zp_blocked`. */
function blockParameters(
  min: number,
  max: number,
  [qmin, qmax]: readonly [number, number],
  symmetric: boolean,
  tensor: TensorProto,
): { scale: number; zeroPoint: number } {
  const round = roundOf(tensor);
  let low = Math.min(min, 0);
  let high = Math.max(max, 0);
  if (symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  const exact = round(high - low) / (qmax - qmin);
  const scale = round(exact);
  const middle = roundHalfEven((qmin + qmax) / 2) + 0;
  if (exact < (tensor.dataType === DataType.FLOAT16 ? 2 ** -14 : 2 ** -126)) {
    return { scale: 1, zeroPoint: symmetric ? middle : 0 };
  }
  if (symmetric) return { scale, zeroPoint: middle };
  return { scale, zeroPoint: Math.min(qmax, Math.max(qmin, roundHalfEven(qmin - low / scale))) };
}

/** Scale and zero point as initializers. */
export function parameterTensors(
  p: InitializerParameters,
  dataType: number,
  scaleName: string,
  zeroName: string,
): [scale: TensorProto, zeroPoint: TensorProto] {
  const dims = parameterDims(p.grouping);
  return [
    makeTensor(scaleName, dataType, dims, scaleBytes(p.scale, dataType)),
    makeTensor(zeroName, QUANT[p.type].dataType, dims, rawQuantized(p.zeroPoint, p.type)),
  ];
}

/** The integers of a constant. They are computed when they are written, and reported then. */
export function integerTensor(tensor: TensorProto, p: InitializerParameters, name: string, work: Work): TensorProto {
  const elements = elementCount(tensor.dims, tensor.name);
  const size = rawBytes(QUANT[p.type].dataType, elements);
  const groups = p.scale.length;
  const bytesAfter = size + rawBytes(tensor.dataType, groups) + rawBytes(QUANT[p.type].dataType, groups);
  const payload = computedPayload(size, () =>
    work.gate.run(4 * elements, async () => {
      checkCancelled(work.ctx.signal);
      const x = await readFloats(tensor);
      const { scale, zeroPoint } = p;
      const q = quantizeValues(x, p.grouping, p.type, scale, zeroPoint);
      const after = () => dequantizeValues({ q, scale, zeroPoint }, p.grouping);
      work.report(tensor, x, after, bytesAfter, nameOf(p.type, p.grouping));
      return rawQuantized(q, p.type);
    }),
  );
  return makeTensor(name, QUANT[p.type].dataType, dimsOf(tensor), payload);
}
