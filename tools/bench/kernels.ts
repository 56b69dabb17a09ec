import { parseArgs } from 'node:util';
import { Random } from '../../src/base/random.ts';
import { kernelRuns, timeKernel } from '../../src/kernels/choose.ts';
import { GraphKernels } from '../../src/kernels/graphs/kernels.ts';
import { kmeans1d } from '../../src/kernels/loops/cluster.ts';
import { extremes } from '../../src/kernels/loops/extremes.ts';
import { loopKernels } from '../../src/kernels/loops/kernels.ts';
import { maskSmallest } from '../../src/kernels/loops/mask.ts';
import { measure } from '../../src/kernels/loops/measure.ts';
import { quantizeMeasured } from '../../src/kernels/loops/measured.ts';
import { smallestMagnitudes } from '../../src/kernels/loops/select.ts';
import { type Simd, simd } from '../../src/kernels/simd/module.ts';
import { Sketcher } from '../../src/kernels/sketch.ts';
import { KERNEL_NAMES } from '../../src/kernels/types.ts';
import { halvesMeasured } from '../../src/methods/float16/convert.ts';
import { nbitsMeasured } from '../../src/methods/quantize-blocks/strips.ts';
import { plannedThreads } from '../../src/runtime/configure.ts';
import type { Backend } from '../../src/runtime/types.ts';
import type { BenchOptions } from './main.ts';
import { printTable } from './table.ts';

/** Elements: 64 MB of float32, larger than any cache. */
const ELEMENTS = 1 << 24;

function timeLoop(run: () => unknown, rounds = 5): number {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/**
 * Throughput of every kernel as a loop and as a graph, in GB of float32 weights per second, beside this machine's memory
 * copy, in one run. In Node; WebGPU is measured in the page (`browser.ts`).
 */
export async function run(options: BenchOptions & { backends?: readonly Backend[] }): Promise<void> {
  const backends = options.backends ?? ['wasm'];
  const random = new Random(1);
  const x = Float32Array.from({ length: ELEMENTS }, () => random.normal() * 0.05);
  const into = new Float32Array(ELEMENTS);
  const speed = (ms: number) => (ELEMENTS * 4) / ms / 1e6;
  const copy = speed(timeLoop(() => into.set(x)));
  const rows: (string | number)[][] = [];
  const add = (kernel: string, engine: string, ms: number) => rows.push([kernel, engine, speed(ms), speed(ms) / copy]);
  rows.push(['memory copy', '', copy, 1]);
  add(
    'copy into fresh memory',
    '',
    timeLoop(() => x.slice()),
  );
  const dims = [ELEMENTS / 1024, 1024];
  const scale = new Float32Array(1024).fill(0.002);
  const spec = { dims, granularity: 'channel', axis: 1, block: 1, bits: 8, signed: true } as const;
  const clamp = { min: 5.96e-8, max: 65504 };
  const blocks = { K: dims[0], N: dims[1], bits: 4, block: 32 } as const;
  const passes: Record<string, (k: Simd | null) => unknown> = {
    sketch: (k) => {
      const sketcher = new Sketcher(dims, 1, k);
      sketcher.add(x);
      return sketcher.finish();
    },
    extremes: (k) => extremes(x, spec, k),
    'quantize to 8 bits and measure': (k) => quantizeMeasured(x, spec, scale, undefined, 1, undefined, k),
    'quantize to 4-bit blocks and measure': (k) =>
      nbitsMeasured(x, blocks, true, false, { dims, detail: 1 }, undefined, k),
    'round to float16 and measure': (k) => halvesMeasured(x, clamp, dims, 1, undefined, k),
  };
  for (const [name, pass] of Object.entries(passes)) {
    for (const k of [simd(), null]) {
      add(
        name,
        k ? 'SIMD' : 'loops',
        timeLoop(() => pass(k)),
      );
    }
  }
  const runs = kernelRuns(ELEMENTS);
  const engines = [loopKernels, ...backends.map((b) => new GraphKernels(b))];
  for (const name of KERNEL_NAMES) {
    for (const k of engines) add(name, k.engine, await timeKernel(runs[name], k));
  }
  const half = smallestMagnitudes(x, ELEMENTS / 2);
  add(
    'smallestMagnitudes',
    'loops',
    timeLoop(() => smallestMagnitudes(x, ELEMENTS / 2)),
  );
  add(
    'maskSmallest',
    'loops',
    timeLoop(() => maskSmallest(x, half)),
  );
  add(
    'measure',
    'SIMD',
    timeLoop(() => measure(x, into)),
  );
  for (const k of [4, 16, 256])
    add(
      `kmeans1d, ${k} levels`,
      'loops',
      timeLoop(() => kmeans1d(x, k), 2),
    );
  printTable(`${plannedThreads()} threads`, ['kernel', 'engine', 'GB/s', 'of a copy'], rows);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const { values } = parseArgs({ options: { backend: { type: 'string', multiple: true } } });
  await run({ backends: values.backend as Backend[] | undefined });
  process.exit(0);
}
