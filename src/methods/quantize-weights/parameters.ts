import { type Grouping, walk } from '../../kernels/grouping.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';

/** How a range of floats becomes integers. */
export interface Uniform {
  readonly symmetric: boolean;
  readonly qmin: number;
  readonly qmax: number;
}

/** The uniform quantizer of a scheme: ±(2^(b−1) − 1) symmetric, 0…2^b − 1 asymmetric, as ONNX Runtime has them. */
export function uniformOf(scheme: 'symmetric' | 'asymmetric', bits: number): Uniform {
  const qmax = scheme === 'symmetric' ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return { symmetric: scheme === 'symmetric', qmin: scheme === 'symmetric' ? -qmax : 0, qmax };
}

const SMALLEST_NORMAL = 2 ** -126;

/**
 * Scale and zero point for values in [min, max], widened to hold 0. onnxruntime/quantization/quant_utils.py,
 * `compute_scale_zp`: a range too narrow for a normal float32 scale gets scale 1.
 */
export function scaleAndZero(
  min: number,
  max: number,
  { symmetric, qmin, qmax }: Uniform,
): { scale: number; zero: number } {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  const width = symmetric ? 2 * Math.max(-low, high) : high - low;
  // There the width is a float32; one past its range stays a double here, so that the scale is finite.
  const single = Math.fround(width);
  const scale = (Number.isFinite(single) ? single : width) / (qmax - qmin);
  if (scale < SMALLEST_NORMAL) return { scale: 1, zero: 0 };
  const zero = symmetric ? (qmin + qmax) / 2 : roundHalfEven(qmin - low / scale);
  return { scale: Math.fround(scale), zero };
}

/** As numpy.round and ONNX's QuantizeLinear round. */
export function roundHalfEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

export interface UniformParameters {
  scale: Float32Array<ArrayBuffer>;
  zero: Uint8Array<ArrayBuffer>;
}

/** Clip ratios that `mse` tries: 1, 0.975 … 0.225, GPTQ's grid with steps of 1/40 (Frantar et al. 2022, quant.py, `mse`). */
const GRID = 40;
const MAX_SHRINK = 0.8;

/** The clip ratios of the `mse` range, the whole range first. */
export function clipRatios(): number[] {
  return Array.from({ length: GRID * MAX_SHRINK }, (_, i) => 1 - i / GRID);
}

/**
 * Scales and zero points of every group of a weight.
 * @param range `mse` tries clipping both ends of each group's range and keeps what makes Σ(x − x̂)² least
 */
export function uniformParameters(
  x: Float32Array<ArrayBuffer>,
  grouping: Grouping,
  uniform: Uniform,
  range: 'minmax' | 'mse',
  { min, max }: Ranges,
): UniformParameters {
  const groups = min.length;
  const at = (ratio: number): UniformParameters => {
    const scale = new Float32Array(groups);
    const zero = new Uint8Array(groups);
    for (let g = 0; g < groups; g++) {
      const p = scaleAndZero(min[g] * ratio, max[g] * ratio, uniform);
      scale[g] = p.scale;
      zero[g] = p.zero;
    }
    return { scale, zero };
  };
  const best = at(1);
  if (range === 'minmax') return best;
  let least: Float64Array | undefined;
  for (const ratio of clipRatios()) {
    const tried = at(ratio);
    const noise = squaredErrors(x, grouping, uniform, tried);
    least ??= noise;
    for (let g = 0; g < groups; g++) {
      if (noise[g] >= least[g]) continue;
      least[g] = noise[g];
      best.scale[g] = tried.scale[g];
      best.zero[g] = tried.zero[g];
    }
  }
  return best;
}

/** Σ(x − x̂)² of every group, without keeping x̂. */
function squaredErrors(
  x: Float32Array,
  grouping: Grouping,
  { qmin, qmax }: Uniform,
  { scale, zero }: UniformParameters,
): Float64Array {
  const noise = new Float64Array(scale.length);
  walk(
    grouping,
    (from, to, g) => {
      const s = scale[g];
      const low = qmin - zero[g];
      const high = qmax - zero[g];
      let sum = 0;
      for (let i = from; i < to; i++) {
        const d = x[i] - Math.min(high, Math.max(low, Math.round(x[i] / s))) * s;
        sum += d * d;
      }
      noise[g] += sum;
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) {
        const s = scale[g];
        const d = x[i] - Math.min(qmax - zero[g], Math.max(qmin - zero[g], Math.round(x[i] / s))) * s;
        noise[g] += d * d;
      }
    },
  );
  return noise;
}
