import type { MethodName } from '../types.ts';

/** A recipe known by the name of the file it makes. */
export interface Preset {
  readonly name: 'quantized' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'fp16';
  /** As transformers.js looks for it. */
  readonly file: string;
  /** Steps of a recipe; what is not said is at its default. */
  readonly steps: readonly Readonly<{ method: MethodName } & Record<string, unknown>>[];
}

const dynamic = (weightType: 'auto' | 'QInt8' | 'QUInt8') =>
  ({ method: 'quantize-dynamic', weightType, enableSubgraph: true, matMulConstBOnly: true }) as const;
const q4 = { method: 'quantize-blocks', bits: 4, blockSize: 32, isSymmetric: true } as const;
const fp16 = { method: 'float16', keepIoTypes: true } as const;

const preset = (name: Preset['name'], ...steps: Preset['steps']): Preset => ({
  name,
  file: `model_${name}.onnx`,
  steps,
});

/**
 * What the files of models for transformers.js are (its scripts/quantize.py, which calls onnxruntime's quantizers): all made
 * of the float32 model, none calibrated. There the float16 ones also pass through onnxslim.
 */
export const PRESETS: readonly Preset[] = [
  preset('quantized', dynamic('auto')),
  preset('int8', dynamic('QInt8')),
  preset('uint8', dynamic('QUInt8')),
  preset('q4', q4),
  preset('q4f16', q4, fp16),
  preset('fp16', fp16),
];
