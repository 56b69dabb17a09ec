import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildTrainer } from '../../src/autodiff/trainer.ts';
import { Random } from '../../src/base/random.ts';
import { memorySource } from '../../src/base/source.ts';
import { encodeModel, graph, modelProto, node, valueInfo } from '../../src/onnx/build.ts';
import type { Model } from '../../src/onnx/model.ts';
import { DataType } from '../../src/onnx/proto.ts';
import { readModel } from '../../src/onnx/read.ts';
import { listWeights } from '../../src/onnx/weights.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { costsOf } from '../../src/recipe/costs.ts';
import { plannedThreads } from '../../src/runtime/configure.ts';
import { openSession } from '../../src/runtime/session.ts';
import type { SessionOptions } from '../../src/runtime/types.ts';
import type { BenchOptions } from './main.ts';
import { median, printTable } from './table.ts';

const BATCH = 64;
const STEPS = 40;
/** The first steps find memory for everything. */
const WARM_UP = 5;
/** Of the matrices whose product says how fast a runtime multiplies at best. */
const SIDE = 512;
/** Sample, and whether its BatchNormalizations use the statistics of the batch, as PyTorch's do in training. */
const NETWORKS = [
  { name: 'mnist-lenet5', batchNorm: 'frozen' },
  { name: 'fashion-resdw', batchNorm: 'batch' },
] as const;

const open = async (m: Model, o?: SessionOptions) => openSession(await modelBytes(m), o);

function sample(name: string): Promise<Model> {
  const bytes = new Uint8Array(readFileSync(new URL(`../../public/samples/${name}.onnx`, import.meta.url)));
  return readModel(memorySource(bytes, name));
}

/** Milliseconds of each of `STEPS` runs, one after the other. */
async function timesOf(once: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const start = performance.now();
    await once();
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds of each step: forward, backward and update of every weight, bias and norm. */
async function stepTimes(name: string, batchNorm: 'frozen' | 'batch'): Promise<number[]> {
  const model = await sample(name);
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
  const times = await timesOf(() => trainer.step({ image, labels }, 0.01));
  await trainer.release();
  return times;
}

/** Milliseconds of each run of the network as it is: a third of a step's arithmetic, by the kernels that the step has too. */
async function forwardTimes(name: string): Promise<number[]> {
  const session = await open(await sample(name));
  const image = { dtype: 'float32' as const, dims: [BATCH, 1, 28, 28], data: new Float32Array(BATCH * 784).fill(0.5) };
  const times = await timesOf(() => session.run({ image }));
  await session.release();
  return times;
}

/** Milliseconds of each product of two square matrices of `SIDE`, as fast as the runtime multiplies. */
async function productTimes(): Promise<number[]> {
  const dims = [SIDE, SIDE];
  const value = (name: string) => valueInfo(name, DataType.FLOAT, dims);
  const product = graph('product', [node('MatMul', ['a', 'b'], ['c'])], [value('a'), value('b')], [value('c')]);
  const session = await openSession(encodeModel(modelProto(product)));
  const random = new Random(1);
  const matrix = {
    dtype: 'float32' as const,
    dims,
    data: Float32Array.from({ length: SIDE ** 2 }, () => random.next()),
  };
  const times = await timesOf(() => session.run({ a: matrix, b: matrix }));
  await session.release();
  return times;
}

/** Multiply-accumulates of a step: forward, and to the weights' and the inputs' gradients as many each; images need none. */
async function stepMacs(name: string): Promise<number> {
  const { macs, nodes } = costsOf(await sample(name));
  return BATCH * (3 * macs - nodes[0][1]);
}

/** The same networks in PyTorch, where PARE_PYTHON names a Python that has it. */
function torchTimes(): Record<string, number[]> | undefined {
  const python = process.env.PARE_PYTHON;
  if (!python) return undefined;
  const script = new URL('./training.py', import.meta.url).pathname;
  return JSON.parse(
    execFileSync(python, [script, String(plannedThreads()), String(BATCH), String(STEPS), String(SIDE)]).toString(),
  );
}

/** One training step at batch 64 on WASM, beside PyTorch's on as many threads. */
export async function run(_options: BenchOptions = {}): Promise<void> {
  const torch = torchTimes();
  const settled = (times: readonly number[]) => times.slice(WARM_UP);
  const rate = SIDE ** 3 / median(settled(await productTimes()));
  const theirRate = torch && SIDE ** 3 / median(settled(torch.product));
  const rows: (string | number)[][] = [];
  for (const { name, batchNorm } of NETWORKS) {
    const ours = settled(await stepTimes(name, batchNorm));
    const theirs = torch && settled(torch[name]);
    const least = (await stepMacs(name)) / rate;
    const forward = 3 * median(settled(await forwardTimes(name)));
    const of = (ms: number) => (theirs ? ms / median(theirs) : '–');
    rows.push([
      ...[name, median(ours), Math.min(...ours), forward, least],
      ...(theirs ? [median(theirs), Math.min(...theirs)] : ['–', '–']),
      ...[of(median(ours)), of(forward), of(least)],
    ]);
  }
  const theirsHead = ['PyTorch ms', 'best', '× PyTorch', 'three forward', 'products'];
  const head = ['network', 'ms', 'best', 'three forward', 'products', ...theirsHead];
  printTable(
    `training step, batch ${BATCH}, ${plannedThreads()} threads; medians of ${STEPS - WARM_UP} steps. Beside it, and over
PyTorch's step too: "three forward" runs of the network as it is, since forward and the two gradients are as much arithmetic each, and "products", what its multiply-accumulates take at the rate of one large product, ${(rate / 1e6).toFixed(1)} GMAC/s here${theirRate ? ` and ${(theirRate / 1e6).toFixed(1)} in PyTorch` : ''}`,
    head,
    rows,
  );
  if (!torch) console.log('PARE_PYTHON names no Python with PyTorch: nothing to compare with.');
}

if (import.meta.url === `file://${process.argv[1]}`) {
  await run();
  process.exit(0);
}
