import { DataType, type NodeProto } from '../../onnx/proto.ts';
import type { Range } from '../calibrate/thresholds.ts';
import {
  QUANT,
  type QuantType,
  quantRange,
  roundToHalf,
  scaleAndZeroPoint,
  snappedScaleAndZeroPoint,
} from '../ort/arithmetic.ts';
import { naming } from '../ort/naming.ts';
import type { Quantities, QuantizeStaticOptions } from './options.ts';

/** Scale and zero point of a whole tensor. */
export interface Parameters {
  readonly type: QuantType;
  readonly scale: number;
  readonly zeroPoint: number;
  /** FLOAT or FLOAT16: what the scale is stored as. */
  readonly dataType: number;
}

/** Parameters of an activation, and others for some of its readers. */
export interface ActivationParameters {
  readonly original: Parameters;
  readonly converted?: Parameters;
  /** Names of the nodes that get the converted type; all when absent. */
  readonly receivers?: ReadonlySet<string>;
}

/** A calibrated range and the dtype of its tensor. */
export interface CalibratedRange {
  readonly range: Range;
  readonly dataType: number;
}

/**
 * What follows from the graph: base_quantizer.py, `adjust_tensor_ranges`. The only reader of a tensor being Relu or Clip, it
 * need not cover what they cut off; Softmax gives 0 … 1.
 * @param readers how many take a tensor
 */
export function adjustRanges(
  ranges: Map<string, CalibratedRange>,
  nodes: readonly NodeProto[],
  quantized: (node: NodeProto) => boolean,
  readers: (name: string) => number,
): void {
  for (const node of nodes) {
    if (!quantized(node)) continue;
    const [input] = node.input;
    const [output] = node.output;
    if (node.opType === 'Softmax') {
      ranges.set(output, { range: [0, 1], dataType: ranges.get(output)?.dataType ?? DataType.FLOAT });
    } else if (node.opType === 'Relu' || node.opType === 'Clip') {
      const after = ranges.get(output);
      if (after && ranges.has(input) && readers(input) === 1) ranges.set(input, after);
    }
  }
}

/** Parameters of every calibrated tensor: qdq_quantizer.py, `calc_graph_quant_params`. */
export function activationParameters(
  ranges: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
): Map<string, ActivationParameters> {
  const out = new Map<string, ActivationParameters>();
  for (const [name, calibrated] of ranges) {
    const own = options.tensorQuantOverrides[name]?.[0];
    const original = naming(name, () => parametersOf(calibrated, own ?? {}, options));
    if (!own?.convert) {
      out.set(name, { original });
      continue;
    }
    const { recvNodes, ...convert } = own.convert;
    const converted = naming(name, () => parametersOf(calibrated, convert, options));
    out.set(name, { original, converted, ...(recvNodes && { receivers: new Set(recvNodes) }) });
  }
  return out;
}

function parametersOf(
  { range, dataType }: CalibratedRange,
  own: Quantities,
  options: QuantizeStaticOptions,
): Parameters {
  const type = own.quantType ?? options.activationType;
  const half = dataType === DataType.FLOAT16;
  if (own.scale !== undefined && own.zeroPoint !== undefined) {
    return { type, scale: half ? roundToHalf(own.scale) : Math.fround(own.scale), zeroPoint: own.zeroPoint, dataType };
  }
  const round = half ? roundToHalf : Math.fround;
  const rmin = own.rmin === undefined ? range[0] : round(own.rmin);
  const rmax = own.rmax === undefined ? range[1] : round(own.rmax);
  const symmetric = own.symmetric ?? options.activationSymmetric;
  const limits = quantRange(type, symmetric, own.reduceRange ?? false);
  const { minimumRealRange } = options;
  const snapped = options.activationRestrictedAsymmetric && type === 'QUInt8' && !symmetric;
  const found = snapped
    ? snappedScaleAndZeroPoint(rmin, rmax, limits, minimumRealRange)
    : scaleAndZeroPoint(rmin, rmax, limits, symmetric, minimumRealRange, half ? 'float16' : 'float32');
  return { type, ...found, dataType };
}

/** Every type that the options may bring into the model. */
export function typesOf(options: QuantizeStaticOptions): Set<QuantType> {
  const types = new Set<QuantType>([options.activationType, options.weightType]);
  for (const rows of Object.values(options.tensorQuantOverrides)) {
    for (const { quantType, convert } of rows) {
      if (quantType) types.add(quantType);
      if (convert?.quantType) types.add(convert.quantType);
    }
  }
  return types;
}

/** Whether a type came with opset 21. */
export function isNew(type: QuantType): boolean {
  return QUANT[type].bits !== 8;
}
