import { MiB } from '../src/base/limits.ts';
import { createKernels, type KernelTimes, measureKernels } from '../src/kernels/choose.ts';
import type { Kernels } from '../src/kernels/types.ts';
import { probeBackends } from '../src/runtime/probe.ts';
import type { Backend } from '../src/runtime/types.ts';

/** Weights below this are done in a blink whoever does them: not worth fetching a runtime to compare. */
const WORTH_MEASURING = 16 * MiB;

let times: Promise<KernelTimes> | undefined;
const made = new Map<string, Kernels>();

/** Loops, WASM and, where there is one, the GPU, measured once for as long as the worker lives. */
async function measured(): Promise<KernelTimes> {
  const { webgpu } = await probeBackends();
  return measureKernels(webgpu.available ? ['wasm', 'webgpu'] : ['wasm']);
}

/**
 * The kernels to compress with: on the backend that was asked for, or each on the engine that measured fastest on this
 * device.
 * @param weightBytes what there is to do
 */
export async function kernelsFor(preference: Backend | 'auto', weightBytes: number): Promise<Kernels> {
  const worth = preference === 'auto' && weightBytes >= WORTH_MEASURING;
  const key = worth ? 'measured' : preference;
  let kernels = made.get(key);
  if (!kernels) {
    times ??= worth ? measured() : undefined;
    kernels = createKernels(preference, worth ? await times : undefined);
    made.set(key, kernels);
  }
  return kernels;
}
