import type { SelfTestResult } from '../src/kernels/selftest.ts';
import { startWorker } from './device/bundle.ts';
import { expect, test } from './pare.ts';

test.use({ serviceWorkers: 'block' });

test('the kernels give on WebGPU what the loops give, or what its arithmetic explains', async ({ page }) => {
  test.slow();
  const ask = await startWorker(page, 'selftest.worker.ts');
  for (const backend of ['wasm', 'webgpu'] as const) {
    for (const { kernel, cases, different, wrong, example } of await ask<string, SelfTestResult[]>(backend)) {
      expect(wrong, `${backend} ${kernel}: ${example}`).toBe(0);
      expect(cases, `${backend} ${kernel}`).toBeGreaterThan(10);
      // Sums are taken in another order; all else is the same to the bit on WASM.
      if (backend === 'wasm' && kernel !== 'errorSums') expect(different, kernel).toBe(0);
    }
  }
});
