import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildTrainer } from '../../src/autodiff/trainer.ts';
import { Random } from '../../src/base/random.ts';
import { memorySource } from '../../src/base/source.ts';
import type { Model } from '../../src/onnx/model.ts';
import { readModel } from '../../src/onnx/read.ts';
import { listWeights } from '../../src/onnx/weights.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { plannedThreads } from '../../src/runtime/configure.ts';
import { openSession } from '../../src/runtime/session.ts';
import type { SessionOptions } from '../../src/runtime/types.ts';
import type { BenchOptions } from './main.ts';
import { median, printTable } from './table.ts';

const BATCH = 64;
const STEPS = 40;
/** The first steps find memory for everything. */
const WARM_UP = 5;
/** Sample, and whether its BatchNormalizations use the statistics of the batch, as PyTorch's do in training. */
const NETWORKS = [
  { name: 'mnist-lenet5', batchNorm: 'frozen' },
  { name: 'fashion-resdw', batchNorm: 'batch' },
] as const;

const open = async (m: Model, o?: SessionOptions) => openSession(await modelBytes(m), o);

/** Milliseconds of each step: forward, backward and update of every weight, bias and norm. */
async function stepTimes(name: string, batchNorm: 'frozen' | 'batch'): Promise<number[]> {
  const bytes = new Uint8Array(readFileSync(new URL(`../../public/samples/${name}.onnx`, import.meta.url)));
  const model = await readModel(memorySource(bytes, name));
  const random = new Random(1);
  const image = {
    dtype: 'float32' as const,
    dims: [BATCH, 1, 28, 28],
    data: Float32Array.from({ length: BATCH * 784 }, () => random.next()),
  };
  const labels = {
    dtype: 'int64' as const,
    dims: [BATCH],
    data: BigInt64Array.from({ length: BATCH }, () => BigInt(random.int(10))),
  };
  const learns = ['weight', 'bias', 'norm'];
  const train = listWeights(model.proto)
    .filter((w) => learns.includes(w.role) && !/running_(mean|var)/.test(w.name))
    .map((w) => w.id);
  const trainer = await buildTrainer(
    model,
    {
      feeds: { image },
      train,
      losses: [{ kind: 'cross-entropy', logits: 'logits', labels: 'labels' }],
      optimizer: { kind: 'sgd', momentum: 0.9 },
      batchNorm,
    },
    open,
  );
  const times: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const start = performance.now();
    await trainer.step({ image, labels }, 0.01);
    times.push(performance.now() - start);
  }
  await trainer.release();
  return times;
}

/** The same networks in PyTorch, where PARE_PYTHON names a Python that has it. */
function torchTimes(): Record<string, number[]> | undefined {
  const python = process.env.PARE_PYTHON;
  if (!python) return undefined;
  const script = new URL('./training.py', import.meta.url).pathname;
  return JSON.parse(execFileSync(python, [script, String(plannedThreads()), String(BATCH), String(STEPS)]).toString());
}

/** One training step at batch 64 on WASM, beside PyTorch's on as many threads. */
export async function run(_options: BenchOptions = {}): Promise<void> {
  const torch = torchTimes();
  const rows: (string | number)[][] = [];
  for (const { name, batchNorm } of NETWORKS) {
    const ours = (await stepTimes(name, batchNorm)).slice(WARM_UP);
    const theirs = torch?.[name].slice(WARM_UP);
    rows.push([
      name,
      median(ours),
      Math.min(...ours),
      ...(theirs ? [median(theirs), Math.min(...theirs), median(ours) / median(theirs)] : ['–', '–', '–']),
    ]);
  }
  const head = ['network', 'ms', 'best', 'PyTorch ms', 'best', 'ratio'];
  printTable(
    `training step, batch ${BATCH}, ${plannedThreads()} threads; medians of ${STEPS - WARM_UP} steps`,
    head,
    rows,
  );
  if (!torch) console.log('PARE_PYTHON names no Python with PyTorch: nothing to compare with.');
}

if (import.meta.url === `file://${process.argv[1]}`) {
  await run();
  process.exit(0);
}
