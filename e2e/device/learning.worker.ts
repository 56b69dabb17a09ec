/** Bundled by `webgpu-learning.spec.ts`: the losses of a training's first steps on one backend. */
import { buildTrainer } from '../../src/autodiff/trainer.ts';
import { Random } from '../../src/base/random.ts';
import { memorySource } from '../../src/base/source.ts';
import { readModel } from '../../src/onnx/read.ts';
import { listWeights } from '../../src/onnx/weights.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { wasmPaths } from '../../src/runtime/assets.browser.ts';
import { configureRuntime } from '../../src/runtime/configure.ts';
import { openSession } from '../../src/runtime/session.ts';
import type { Backend } from '../../src/runtime/types.ts';

// One thread: the workers of others would be fetched past the story's own files.
configureRuntime({ wasmPaths, threads: 1 });

export interface LearningRequest {
  readonly backend: Backend;
  /** Of a sample, by its file. */
  readonly model: string;
  readonly batchNorm: 'frozen' | 'batch';
  readonly batch: number;
  readonly steps: number;
}

/** On images that the network has never seen, each class around a noise of its own, so that there is much to learn. */
async function losses({ backend, model: file, batchNorm, batch, steps }: LearningRequest): Promise<number[]> {
  const bytes = new Uint8Array(await (await fetch(`/samples/${file}`)).arrayBuffer());
  const model = await readModel(memorySource(bytes, file));
  const random = new Random(7);
  const centres = Array.from({ length: 10 }, () => Float32Array.from({ length: 784 }, () => random.next()));
  const feeds = () => {
    const classes = Array.from({ length: batch }, () => random.int(10));
    const image = Float32Array.from({ length: batch * 784 }, (_, i) => {
      return 0.5 * (centres[classes[Math.floor(i / 784)]][i % 784] + random.next());
    });
    return {
      image: { dtype: 'float32' as const, dims: [batch, 1, 28, 28], data: image },
      labels: { dtype: 'int64' as const, dims: [batch], data: BigInt64Array.from(classes, BigInt) },
    };
  };
  const first = feeds();
  const learns = ['weight', 'bias', 'norm'];
  const trainer = await buildTrainer(
    model,
    {
      feeds: { image: first.image },
      train: listWeights(model.proto)
        .filter((w) => learns.includes(w.role) && !/running_(mean|var)/.test(w.name))
        .map((w) => w.id),
      losses: [{ kind: 'cross-entropy', logits: 'logits', labels: 'labels' }],
      optimizer: { kind: 'adam' },
      batchNorm,
      clipNorm: 1,
    },
    async (m, o) => openSession(await modelBytes(m), { ...o, backend }),
  );
  const found: number[] = [];
  for (let i = 0; i < steps; i++) found.push((await trainer.step(i ? feeds() : first, 1e-3)).loss);
  await trainer.release();
  return found;
}

addEventListener('message', async ({ data }: MessageEvent<LearningRequest>) => {
  postMessage(await losses(data).catch((error: Error) => String(error.stack)));
});
