import { PareError } from '../base/errors.ts';
import { dtypeName } from '../onnx/dtypes.ts';
import { unavailable } from './load.ts';
import type { Backend } from './types.ts';

/** The text that ONNX Runtime means, without the wrapping of its JavaScript side, its source paths and signatures. */
function ortText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (/ERROR_MESSAGE: ([\s\S]*)$/.exec(text)?.[1] ?? text)
    .replace(/^\S+\.(?:h|cc|cpp):\d+ .*?\) (?:const )?/, '')
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .trim();
}

const OUT_OF_MEMORY =
  /bad_alloc|out of memory|\boom\b|failed to allocate|memory access out of bounds|array buffer allocation|allocation failed|cannot enlarge memory|^integer overflow|tensor shape is too large/i;

const MEMORY_HINT =
  'Use smaller batches or close other tabs. A model and what it computes have 4 GB, here and on the command line.';

/** What ONNX Runtime says when it has no kernel for a node, or has never heard of its operator. */
const UNSUPPORTED: readonly { pattern: RegExp; op: number; node?: number }[] = [
  { pattern: /Could not find an implementation for (\S+?)\(\d+\) node with name '([^']*)'/, op: 1, node: 2 },
  { pattern: /No Op registered for (\S+) with domain_version/, op: 1 },
  { pattern: /Fatal error: ([^\s(]+)\(-?\d+\) is not a registered function\/op/, op: 1 },
  {
    pattern: /of (?:input|output) parameter \([^)]*\) of operator \(([^)]*)\) in node \(([^)]*)\) is invalid/,
    op: 1,
    node: 2,
  },
];

/** What it says of a GPU that lacks half floats. */
const NO_HALVES = /Program (\S+) requires f16 but the device does not support it/;

/** What it says of inputs that do not fit the model. */
const SHAPES = /Got invalid dimensions for input|Invalid rank for input|Unexpected input data type/;

/** The node that a kernel failed in. */
const FAILED_NODE = /running (\S+) node\. Name:'([^']*)'/;

/**
 * What went wrong in ONNX Runtime as a PareError, naming the node and its operator where it says them.
 * @param doing what was tried, for the message: `load the model`, `run the model`
 */
export function runtimeFailure(error: unknown, backend: Backend, doing: string): PareError {
  if (error instanceof PareError) return error;
  const text = ortText(error);
  if (text.startsWith('no available backend found')) return unavailable(backend, error);
  // C++ exceptions reach JavaScript as bare pointers. The runtime throws them where it has no memory left to say more.
  if (typeof error === 'number' || /^\d+$/.test(text)) {
    return new PareError(
      'memory/exhausted',
      `The runtime gave up while it tried to ${doing}, most likely because its memory ran out (exception ${text}).`,
      { hint: MEMORY_HINT, cause: error },
    );
  }
  if (OUT_OF_MEMORY.test(text)) {
    return new PareError('memory/exhausted', `Memory ran out while trying to ${doing}: ${text}`, {
      hint: MEMORY_HINT,
      cause: error,
    });
  }
  for (const { pattern, op, node } of UNSUPPORTED) {
    const match = pattern.exec(text);
    if (!match) continue;
    const name = node === undefined ? '' : match[node];
    return new PareError(
      'runtime/unsupported-op',
      `The ${backend === 'webgpu' ? 'WebGPU' : 'WASM'} runtime cannot run ${match[op]}${name ? ` (node "${name}")` : ''}: ${text}`,
      {
        where: name || match[op],
        hint: 'The model can be inspected and its weights compressed, but not run here.',
        cause: error,
      },
    );
  }
  const halves = NO_HALVES.exec(text)?.[1];
  if (halves) {
    const node = FAILED_NODE.exec(text)?.[2];
    return new PareError(
      'runtime/unsupported-op',
      `This GPU has no float16, which ${halves}${node ? ` (node "${node}")` : ''} needs.`,
      { where: node || halves, hint: 'Choose the WASM backend.', cause: error },
    );
  }
  if (SHAPES.test(text)) {
    return new PareError('data/shape-mismatch', `The data does not fit the model: ${text}`, {
      hint: 'Choose the layout and size that the model expects.',
      cause: error,
    });
  }
  const dtype = /^unsupported data type: (\d+)/.exec(text)?.[1];
  if (dtype || /^ONNX Runtime only \*guarantees\*/.test(text)) {
    return new PareError(
      'model/unsupported',
      dtype
        ? `The model takes or gives ${dtypeName(Number(dtype))}, which the runtime cannot pass in or out.`
        : `The runtime does not know the model's opset: ${text}`,
      { hint: 'The model can be inspected and its weights compressed, but not run here.', cause: error },
    );
  }
  const at = FAILED_NODE.exec(text);
  return new PareError('runtime/failed', `The runtime could not ${doing}: ${text || 'no reason given'}`, {
    ...(at && { where: at[2] || at[1] }),
    cause: error,
  });
}
