import { Random } from '../base/random.ts';
import type { Backend } from '../runtime/types.ts';
import { GraphKernels } from './graphs/kernels.ts';
import { loopKernels } from './loops/kernels.ts';
import { type Engine, KERNEL_NAMES, type KernelName, type Kernels } from './types.ts';

/** Milliseconds per kernel on each engine that was measured; Infinity where it failed. */
export type KernelTimes = Readonly<Partial<Record<Engine, Readonly<Record<KernelName, number>>>>>;

/** Elements of a calibration: large enough that a graph's fixed cost per run does not decide. */
const SAMPLE = 1 << 20;
const ROUNDS = 3;

/** One run of each kernel on a matrix of `rows` × 1024 seeded normal deviates, as the calibration and the bench time it. */
export function kernelRuns(elements: number): Record<KernelName, (k: Kernels) => Promise<unknown>> {
  const random = new Random(1);
  const x = Float32Array.from({ length: elements }, () => random.normal() * 0.05);
  const y = x.map((v) => Math.round(v * 100) / 100);
  const dims = [elements / 1024, 1024];
  const spec = { dims, granularity: 'channel', axis: 1, block: 1, bits: 8, signed: true } as const;
  const scale = new Float32Array(1024).fill(0.002);
  const q = Int8Array.from(x, (v) => v * 500);
  const table = Float32Array.from({ length: 16 }, (_, i) => (i - 7.5) / 50);
  return {
    quantizeAffine: (k) => k.quantizeAffine(x, spec, scale),
    dequantizeAffine: (k) => k.dequantizeAffine(q, spec, scale),
    ranges: (k) => k.ranges(x, spec),
    maskBelow: (k) => k.maskBelow(x, 0.03),
    maskNM: (k) => k.maskNM(x, dims, 0, 2, 4),
    errorSums: (k) => k.errorSums(x, y),
    assignCodebook: (k) => k.assignCodebook(x, table),
  };
}

/** The least time of a few runs after one to warm up; Infinity when it fails. */
export async function timeKernel(run: (k: Kernels) => Promise<unknown>, k: Kernels, rounds = ROUNDS): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  try {
    await run(k);
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      await run(k);
      best = Math.min(best, performance.now() - start);
    }
  } catch {
    // A backend that cannot run a kernel is one that is not chosen for it.
    return Number.POSITIVE_INFINITY;
  }
  return best;
}

/** Measures every kernel as a loop and on the given backends: half a second on WASM. Loads their runtimes. */
export async function measureKernels(backends: readonly Backend[]): Promise<KernelTimes> {
  const runs = kernelRuns(SAMPLE);
  const graphs = backends.map((b) => new GraphKernels(b));
  const times: Partial<Record<Engine, Record<KernelName, number>>> = {};
  for (const k of [loopKernels, ...graphs]) {
    const row = {} as Record<KernelName, number>;
    for (const name of KERNEL_NAMES) row[name] = await timeKernel(runs[name], k);
    times[k.engine as Engine] = row;
  }
  for (const g of graphs) await g.release();
  return times;
}

/** Whether a user wants one engine for everything, or whichever is fastest. */
export type KernelPreference = 'auto' | Engine;

/** The engine of each kernel. Without measurements `auto` means loops, which won everywhere we measured (README.md). */
export function chooseEngines(preference: KernelPreference, times: KernelTimes = {}): Record<KernelName, Engine> {
  const fastest = (name: KernelName): Engine => {
    if (preference !== 'auto') return preference;
    let best: Engine = 'loops';
    for (const engine of Object.keys(times) as Engine[]) {
      if ((times[engine]?.[name] ?? Number.POSITIVE_INFINITY) < (times[best]?.[name] ?? Number.POSITIVE_INFINITY)) {
        best = engine;
      }
    }
    return best;
  };
  return Object.fromEntries(KERNEL_NAMES.map((name) => [name, fastest(name)])) as Record<KernelName, Engine>;
}

/**
 * Kernels that run each function on its engine. Sessions open when first used; `release` closes them.
 * @param used hears of each use
 */
export function createKernels(
  preference: KernelPreference,
  times?: KernelTimes,
  used?: () => void,
): Kernels & { release(): Promise<void> } {
  const engines = chooseEngines(preference, times);
  const made = new Map<Engine, Kernels>([['loops', loopKernels]]);
  const of = (name: KernelName): Kernels => {
    used?.();
    const engine = engines[name];
    const kernels = made.get(engine) ?? new GraphKernels(engine as Backend);
    made.set(engine, kernels);
    return kernels;
  };
  const distinct = new Set(Object.values(engines));
  return {
    engine: distinct.size === 1 ? [...distinct][0] : 'mixed',
    quantizeAffine: (...args) => of('quantizeAffine').quantizeAffine(...args),
    dequantizeAffine: (...args) => of('dequantizeAffine').dequantizeAffine(...args),
    ranges: (...args) => of('ranges').ranges(...args),
    maskBelow: (...args) => of('maskBelow').maskBelow(...args),
    maskNM: (...args) => of('maskNM').maskNM(...args),
    errorSums: (...args) => of('errorSums').errorSums(...args),
    assignCodebook: (...args) => of('assignCodebook').assignCodebook(...args),
    async release() {
      for (const k of made.values()) if (k instanceof GraphKernels) await k.release();
    },
  };
}
