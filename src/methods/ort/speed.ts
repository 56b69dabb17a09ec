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
  // Casts of constants are folded when the model is loaded.
  float16: { wasm: { one: 1, many: 1 } },
};

/** What is known of a method's speed on a backend; undefined where nothing was measured. */
export function speedOf(method: string, backend: Backend): SpeedRatio | undefined {
  return TABLE[method]?.[backend];
}

/** In one word, by the rows the model usually has: unknown rows need both figures to agree. */
export function verdictOf(
  { one, many }: SpeedRatio,
  rows: number | undefined,
): 'faster' | 'slower' | 'same' | 'depends' {
  const word = (ratio: number) => (ratio < 0.9 ? 'faster' : ratio > 1.1 ? 'slower' : 'same');
  if (rows !== undefined) return word(rows >= 16 ? many : one);
  return word(one) === word(many) ? word(one) : 'depends';
}
