/** Bundled by `webgpu-kernels.spec.ts` and run in a worker of its page, as the product's kernels are: their own test in a real browser. */
import { selfTest } from '../../src/kernels/selftest.ts';
import { wasmPaths } from '../../src/runtime/assets.browser.ts';
import { configureRuntime } from '../../src/runtime/configure.ts';
import type { Backend } from '../../src/runtime/types.ts';

// One thread: the workers of others would be fetched past the story's own files.
configureRuntime({ wasmPaths, threads: 1 });

addEventListener('message', async ({ data }: MessageEvent<Backend>) => {
  postMessage(await selfTest(data).catch(String));
});
