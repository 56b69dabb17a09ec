import { MiB } from '../src/base/limits.ts';
import { createKernels, type KernelTimes, measureKernels } from '../src/kernels/choose.ts';
import type { Kernels } from '../src/kernels/types.ts';
import { probeBackends } from '../src/runtime/probe.ts';
import type { Backend } from '../src/runtime/types.ts';

/** Weights below this are done in a blink whoever does them: not worth fetching a runtime to compare. */
const WORTH_MEASURING = 16 * MiB;

/** Measuring holds both this thread and, while the runtime compiles, others: it begins when nobody has asked for anything for so long. */
const IDLE_MS = 3000;

const made = new Map<string, Kernels>();
let times: KernelTimes | undefined;
let measuring = false;
/** Whether any step has had something done by kernels: those with passes of their own never do. */
let used = false;
let idle: ReturnType<typeof setTimeout> | undefined;

/** Compares loops, WASM and, where there is one, the GPU, once for as long as the worker lives. */
async function measure(): Promise<void> {
  if (measuring) return;
  measuring = true;
  const { webgpu } = await probeBackends();
  times = await measureKernels(webgpu.available ? ['wasm', 'webgpu'] : ['wasm']);
}

/** Kernels by what was asked for and what has been measured so far. */
export function kernelsFor(preference: Backend | 'auto'): Kernels {
  clearTimeout(idle);
  const key = preference === 'auto' && times ? 'measured' : preference;
  const known =
    made.get(key) ??
    createKernels(preference, times, () => {
      used = true;
    });
  made.set(key, known);
  return known;
}

/**
 * After a run of `auto` that used kernels: measures this device, so that the next run has each kernel on the engine that is fastest
 * here. Not before the first one, which nobody wants to wait for, nor while another runs.
 * @param weightBytes what there was to do
 */
export function learnSpeeds(preference: Backend | 'auto', weightBytes: number): void {
  // A device where nothing can be measured goes on with loops.
  if (preference !== 'auto' || !used || weightBytes < WORTH_MEASURING) return;
  clearTimeout(idle);
  idle = setTimeout(() => void measure().catch(() => {}), IDLE_MS);
}
