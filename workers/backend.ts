import { checkCancelled } from '../src/base/progress.ts';
import { quantile } from '../src/judge/intervals.ts';
import type { Case } from '../src/judge/judge.ts';
import { probeBackends } from '../src/runtime/probe.ts';
import type { Backend, Value } from '../src/runtime/types.ts';

const RUNS = 5;

/**
 * Which backend runs the original faster on this device, measured on one batch. WASM where there is no choice, and
 * where WebGPU fails: a backend that cannot run the model is not faster.
 */
export async function fasterBackend(c: Case, signal: AbortSignal): Promise<Backend> {
  const { webgpu } = await probeBackends();
  if (!webgpu.available || c.indices.length === 0) return 'wasm';
  const rows = Math.min(c.feeds.batch ?? 16, c.indices.length);
  const { feeds } = await c.feeds.read(Array.from({ length: rows }, (_, i) => c.indices[i]));
  const time = async (backend: Backend) => {
    const session = await c.open('original', backend);
    try {
      const times: number[] = [];
      for (let i = 0; i <= RUNS; i++) {
        checkCancelled(signal);
        const start = performance.now();
        await session.run(feeds as Record<string, Value>);
        if (i > 0) times.push(performance.now() - start);
      }
      return quantile(
        times.sort((a, b) => a - b),
        0.5,
      );
    } finally {
      await session.release();
    }
  };
  const wasm = await time('wasm');
  const gpu = await time('webgpu').catch(() => {
    checkCancelled(signal);
    return Number.POSITIVE_INFINITY;
  });
  return gpu < wasm ? 'webgpu' : 'wasm';
}
