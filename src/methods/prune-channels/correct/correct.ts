import { MiB } from '../../../base/limits.ts';
import { Random } from '../../../base/random.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { DataType, type NodeProto } from '../../../onnx/proto.ts';
import { readFloats } from '../../../onnx/tensor.ts';
import { INSIDE, withOutputs } from '../../calibrate/augment.ts';
import type { MethodContext } from '../../types.ts';
import { BATCH, sampleCount, someBatches } from '../data.ts';
import type { Analysis } from '../groups.ts';
import type { CutModel } from '../surgery.ts';
import { Moments } from './moments.ts';
import { addRows } from './rows.ts';
import { storeWeights } from './store.ts';
import { type Taker, takerOf, type Wiring } from './taker.ts';

/** Layers that sum over more than this are left: their equations would take too long. */
const MAX_INPUTS = 1536;
/** Moments that are gathered at once. */
const MAX_BYTES = 192 * MiB;
/** The data is gone through at most this often: layers are fitted one after the other, each to what those before it now give. */
const MAX_PASSES = 24;
/** Products summed up for one layer. */
const MAX_PRODUCTS = 2 ** 32;
/** Rows for each column, past which fits hardly get better. */
const ROWS = 16;
const MIN_ROWS = 4096;
/** λ of the fit in units of the inputs' mean square: keeps weights from growing where inputs hardly differ. */
const RIDGE = 1e-3;

const columnsOf = (t: Taker) => t.inputs + (t.bias ? 1 : 0);

function wiringOf(model: Model): Wiring {
  const graph = mainGraph(model);
  const takers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const name of node.input) {
      const list = takers.get(name);
      if (list) list.push(node);
      else takers.set(name, [node]);
    }
  }
  return {
    nodes: new Map(graph.node.map((n) => [n.output[0], n])),
    constants: new Map(graph.initializer.map((t) => [t.name, t])),
    takers,
  };
}

/** The layers that lost inputs, in the order of the graph, and as many together as the passes and the memory allow. */
function chunksOf(cut: CutModel, { tracker }: Analysis, ctx: MethodContext): Taker[][] {
  const wiring = wiringOf(cut.model);
  const takers: Taker[] = [];
  for (const layer of tracker.layers) {
    const slice = cut.tensors.get(layer.weight);
    if (!slice?.keep[layer.inAxis]) continue;
    const taker = takerOf(layer, slice.keep[layer.outAxis], wiring);
    if (taker && taker.inputs <= MAX_INPUTS) takers.push(taker);
    else ctx.note({ step: ctx.step, key: 'not-corrected', values: { tensor: layer.weight } });
  }
  const size = Math.ceil(takers.length / MAX_PASSES);
  const chunks: Taker[][] = [];
  let bytes = 0;
  for (const taker of takers) {
    const own = Moments.bytes(columnsOf(taker), taker.outputs);
    const last = chunks.at(-1);
    if (last && last.length < size && bytes + own <= MAX_BYTES) {
      last.push(taker);
      bytes += own;
    } else {
      chunks.push([taker]);
      bytes = own;
    }
  }
  return chunks;
}

async function gather(
  chunk: readonly Taker[],
  before: Model,
  now: Model,
  ctx: MethodContext,
  random: Random,
): Promise<Map<Taker, Moments>> {
  const moments = new Map(chunk.map((t) => [t, new Moments(columnsOf(t), t.outputs)]));
  const named = (names: readonly string[]) => new Map(names.map((name) => [name, DataType.FLOAT as number]));
  const teacher = await ctx.openSession(withOutputs(before, named(chunk.map((t) => t.output))), INSIDE);
  try {
    const student = await ctx.openSession(withOutputs(now, named(chunk.map((t) => t.input))), INSIDE);
    try {
      for await (const { feeds, count } of someBatches(ctx, BATCH)) {
        const [x, y] = [await student.run(feeds), await teacher.run(feeds)];
        for (const [taker, own] of moments) {
          const columns = columnsOf(taker);
          const most = Math.min(MAX_PRODUCTS / columns ** 2, Math.max(MIN_ROWS, ROWS * columns));
          const wanted = Math.ceil((most * count) / sampleCount(ctx));
          addRows(taker, own, x[taker.input], y[taker.output], wanted, random);
        }
      }
    } finally {
      await student.release();
    }
  } finally {
    await teacher.release();
  }
  return moments;
}

/** A layer's weights and bias as one matrix, the bias in the last column. */
async function matrixOf(taker: Taker, { constants }: Wiring): Promise<Float64Array> {
  const columns = columnsOf(taker);
  const w = await readFloats(constants.get(taker.weight)!);
  const b = taker.bias && taker.bias !== 'add' ? await readFloats(constants.get(taker.bias)!) : undefined;
  const matrix = new Float64Array(taker.outputs * columns);
  for (let o = 0; o < taker.outputs; o++) {
    for (let i = 0; i < taker.inputs; i++) matrix[o * columns + i] = w[taker.place(o, i)];
    if (b) matrix[o * columns + taker.inputs] = b[o];
  }
  return matrix;
}

/**
 * Fits each layer that lost inputs so that it gives, of what the cut model gives it, what it gave before: least squares over patches of
 * the data, layer after layer, as in He et al. 2017 ("Channel Pruning", arXiv 1707.06168, §3.1, with the inputs of the pruned model and
 * the outputs of the original) and Luo et al. 2017 (ThiNet, 1707.06342). A ridge holds it to the weights it had.
 * @throws PareError those of the runtime, `cancelled`
 */
export async function correctTakers(
  before: Model,
  cut: CutModel,
  analysis: Analysis,
  ctx: MethodContext,
): Promise<CutModel> {
  const random = new Random(ctx.seed);
  const tensors = new Map(cut.tensors);
  let { model } = cut;
  const chunks = chunksOf(cut, analysis, ctx);
  for (const [done, chunk] of chunks.entries()) {
    ctx.onProgress?.({ phase: 'fit', done, total: chunks.length, detail: chunk[0].weight });
    const moments = await gather(chunk, before, model, ctx, random);
    const wiring = wiringOf(model);
    const fitted = new Map<Taker, Float64Array>();
    for (const [taker, own] of moments) {
      const v = own.solve(await matrixOf(taker, wiring), RIDGE);
      if (v) fitted.set(taker, v);
    }
    model = storeWeights(model, fitted, tensors);
  }
  return { model, tensors };
}
