import { startWorker } from './device/bundle.ts';
import type { LearningRequest } from './device/learning.worker.ts';
import { expect, test } from './pare.ts';

test.use({ serviceWorkers: 'block' });

/** How far the losses of two backends may be apart, over 20 updates that each build on the last. */
const APART = 1e-3;

test('learning on WebGPU goes the way that it goes on WASM', async ({ page }) => {
  test.slow();
  const ask = await startWorker(page, 'learning.worker.ts');
  const learn = async (backend: LearningRequest['backend']) => {
    const asked = { model: 'mnist-lenet5.onnx', batchNorm: 'frozen', batch: 2, steps: 20, backend } as const;
    const found = await ask<LearningRequest, number[] | string>(asked);
    if (typeof found === 'string') throw new Error(found);
    return found;
  };
  const [wasm, webgpu] = [await learn('wasm'), await learn('webgpu')];
  expect(wasm.at(-1)!, 'something is learned').toBeLessThan(0.5 * wasm[0]);
  const apart = Math.max(...wasm.map((loss, i) => Math.abs(loss - webgpu[i])));
  expect(apart, `${wasm} and ${webgpu}`).toBeLessThan(APART);
});
