import { countMacs } from '../../onnx/macs.ts';
import type { Model } from '../../onnx/model.ts';
import { inferShapes } from '../../onnx/shapes/infer.ts';
import type { Device, Finding } from './preflight.ts';

/** Where a model will run. */
export type Backend = 'wasm' | 'webgpu' | 'cpu';

/**
 * Time of a MatMul against the float32 one's, as measured with onnxruntime-web 1.30 on WASM, two threads, on six products of
 * 1024 × 1024: `one` row at a time, as when text is generated, and `many` (64), as images and prompts have. Below 1 is faster.
 * One machine's figures, which two runs gave alike to a tenth: a forecast to be replaced by the measured latency.
 */
export interface SpeedRatio {
  readonly one: number;
  readonly many: number;
}

/** The native runtime's figures on the same machine differed by two from run to run, and are not given. */
const TABLE: Readonly<Record<string, Partial<Record<Backend, SpeedRatio>>>> = {
  'quantize-dynamic': { wasm: { one: 1.3, many: 0.47 } },
  'quantize-blocks': { wasm: { one: 12.5, many: 1.5 } },
  // Bytes throughout, as the web's default is; convolutions of 64 channels were at .42 to .54.
  'quantize-static': { wasm: { one: 1.2, many: 0.45 } },
  // Casts of constants are folded when the model is loaded.
  float16: { wasm: { one: 1, many: 1 } },
};

/** What is known of a method's speed on a backend; undefined where nothing was measured. */
export function speedOf(method: string, backend: Backend): SpeedRatio | undefined {
  return TABLE[method]?.[backend];
}

/** QuantizeLinear, float and DequantizeLinear again, where integers are not bytes: no kernel computes with them. */
const WIDE: SpeedRatio = { one: 20, many: 1.9 };

/**
 * Below this many multiply-accumulates for a sample, what a step adds around its operators takes as long as the operators themselves: models of
 * 0.3 to 5 million ran at 0.3 to 0.95 of float's speed when quantized statically.
 */
const SMALL_MACS = 20e6;

/** In one word, by the rows the model usually has: unknown rows need both figures to agree. */
export function verdictOf(
  { one, many }: SpeedRatio,
  rows: number | undefined,
): 'faster' | 'slower' | 'same' | 'depends' {
  const word = (ratio: number) => (ratio < 0.9 ? 'faster' : ratio > 1.1 ? 'slower' : 'same');
  if (rows !== undefined) return word(rows >= 16 ? many : one);
  return word(one) === word(many) ? word(one) : 'depends';
}

/** Whether a step is likely to make a model faster, by what was measured elsewhere. */
export function speedFindings(
  model: Model,
  options: Readonly<{ method: string } & Record<string, unknown>>,
  { backend }: Device,
  step: number,
): Finding[] {
  const { method } = options;
  const types = [options.activationType, options.weightType];
  const wide = method === 'quantize-static' && !types.every((type) => `${type}`.endsWith('8'));
  const known = speedOf(method, backend);
  const ratio = known && wide ? WIDE : known;
  if (!ratio) return [{ key: 'speed-unknown', severity: 'info', step, values: { backend } }];
  const verdict = verdictOf(ratio, rowsOf(model));
  const integers = method === 'quantize-dynamic' || method === 'quantize-static';
  if (verdict === 'faster' && integers && isSmall(model)) {
    return [{ key: 'speed-small', severity: 'warning', step, values: { backend } }];
  }
  const severity = verdict === 'slower' ? 'warning' : 'info';
  const better = method === 'quantize-blocks' && backend === 'wasm' && verdict === 'slower';
  const fix = better ? { fix: { step, replace: { method: 'quantize-dynamic' } } } : {};
  return [{ key: `speed-${verdict}`, severity, step, values: { backend, one: ratio.one, many: ratio.many }, ...fix }];
}

function isSmall(model: Model): boolean {
  const { total, unknown } = countMacs(model, inferShapes(model));
  return unknown.length === 0 && total < SMALL_MACS;
}

/** How many rows go through the model at a time, where its first input says so: images have thousands. */
function rowsOf(model: Model): number | undefined {
  const type = model.proto.graph?.input[0]?.type?.value;
  if (type?.case !== 'tensorType' || !type.value.shape) return undefined;
  const dims = type.value.shape.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : undefined));
  if (dims.length === 4) return 64;
  const rows = dims.slice(0, -1);
  return rows.length && rows.every((d) => d !== undefined) ? rows.reduce((a, b) => a! * b!, 1) : undefined;
}
