import { expect, test } from 'vitest';
import { chooseEngines, createKernels, measureKernels } from './choose.ts';
import { KERNEL_NAMES } from './types.ts';

test('auto takes the fastest engine for each kernel, a preference takes one for all', () => {
  const all = (ms: number) =>
    Object.fromEntries(KERNEL_NAMES.map((k) => [k, ms])) as Record<(typeof KERNEL_NAMES)[number], number>;
  const times = { loops: all(2), wasm: { ...all(3), ranges: 1 }, webgpu: { ...all(Number.POSITIVE_INFINITY) } };
  expect(chooseEngines('auto', times)).toEqual({
    ...Object.fromEntries(KERNEL_NAMES.map((k) => [k, 'loops'])),
    ranges: 'wasm',
  });
  expect(new Set(Object.values(chooseEngines('auto')))).toEqual(new Set(['loops']));
  expect(new Set(Object.values(chooseEngines('webgpu', times)))).toEqual(new Set(['webgpu']));
  expect(createKernels('auto', times).engine).toBe('mixed');
  expect(createKernels('wasm').engine).toBe('wasm');
});

test('measuring gives a time for every kernel; a backend that is not there is never chosen', async () => {
  const times = await measureKernels(['wasm', 'webgpu']);
  for (const name of KERNEL_NAMES) {
    expect(times.loops![name]).toBeGreaterThan(0);
    expect(times.wasm![name]).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(times.webgpu![name]).toBe(Number.POSITIVE_INFINITY);
    expect(chooseEngines('auto', times)[name]).not.toBe('webgpu');
  }
});

test('mixed kernels compute through their engines and close them', async () => {
  const k = createKernels('wasm');
  const x = Float32Array.of(1, -2, 3, 0.1);
  expect([...(await k.maskBelow(x, 0.5))]).toEqual([1, -2, 3, 0]);
  expect([...(await k.maskNM(x, [4], 0, 2, 4))]).toEqual([0, -2, 3, 0]);
  expect([...(await k.assignCodebook(x, Float32Array.of(-1, 1)))]).toEqual([1, 0, 1, 1]);
  expect((await k.errorSums(x, x)).noise).toBe(0);
  const g = { dims: [4], granularity: 'tensor', axis: 0, block: 1 } as const;
  expect(await k.ranges(x, g)).toEqual({ min: Float32Array.of(-2), max: Float32Array.of(3) });
  const q = await k.quantizeAffine(x, { ...g, bits: 8, signed: true }, Float32Array.of(0.5));
  expect([...q]).toEqual([2, -4, 6, 0]);
  expect([...(await k.dequantizeAffine(q, g, Float32Array.of(0.5)))]).toEqual([1, -2, 3, 0]);
  await k.release();
});
