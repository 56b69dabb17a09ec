import { checkCancelled } from '../../base/progress.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { inferFacts } from '../../onnx/shapes/infer.ts';
import type { Op } from '../simplify/scope.ts';
import { storeModel } from '../simplify/store.ts';
import { Work } from '../simplify/work.ts';
import type { MethodContext } from '../types.ts';
import { absorb, inputMeans, scaled } from './absorb.ts';
import { type Balance, balanceOf } from './balance.ts';
import { settleConstants } from './constants.ts';
import { correctBiases } from './correct.ts';
import { foldNorms } from './fold.ts';
import { type Layer, layerOf } from './layers.ts';
import type { Normal } from './normal.ts';
import type { EqualizeOptions } from './options.ts';
import { type Pair, pairFrom } from './pairs.ts';
import { equalizeAll } from './ranges.ts';
import { measureOutputs } from './statistics.ts';
import { type Bounded, writeBounds, writeLayer } from './write.ts';

type Note = (key: string, values?: Record<string, string | number>) => void;

/** Magnitudes of all pairs are in memory together; layers past this many are left alone. */
const MAX_ENTRIES = 1 << 26;

/** The layers that hang together in pairs, and why others do not. */
function findPairs(work: Work, { clip }: EqualizeOptions, note: Note): Pair[] {
  const layers = new Map<Op, Layer>();
  for (const op of work.scopes[0].ops) {
    const layer = layerOf(op, work);
    if (typeof layer === 'string') note(layer, { tensor: op.inputs[1] });
    else if (layer) layers.set(op, layer);
  }
  const pairs: Pair[] = [];
  for (const layer of layers.values()) {
    const found = pairFrom(layer, layers, work);
    const tensor = layer.op.inputs[1];
    if (found && 'key' in found) note(found.key, { tensor, ...(found.op && { op: found.op }) });
    else if (found?.clips.length && clip === 'skip') note('equalize-between', { tensor, op: 'Clip' });
    else if (found) pairs.push(found);
  }
  return pairs;
}

/** Reads the pairs' layers in the order of the graph. Pairs with a layer that cannot be used are dropped. */
async function readLayers(
  pairs: Pair[],
  note: Note,
  ctx: MethodContext,
): Promise<{ pairs: Pair[]; balances: Map<Layer, Balance> }> {
  const wanted = [...new Set(pairs.flatMap((p) => [p.first, p.second]))].sort((a, b) => a.op.index - b.op.index);
  const balances = new Map<Layer, Balance>();
  let entries = 0;
  for (const [done, layer] of wanted.entries()) {
    checkCancelled(ctx.signal);
    ctx.onProgress?.({ phase: 'equalize', done, total: wanted.length });
    const tensor = layer.op.inputs[1];
    entries += layer.outputs * layer.perOutput;
    const balance = entries <= MAX_ENTRIES ? await balanceOf(layer) : undefined;
    if (balance) balances.set(layer, balance);
    else note(entries <= MAX_ENTRIES ? 'skipped-nan' : 'equalize-large', { tensor });
  }
  return { pairs: pairs.filter((p) => balances.has(p.first) && balances.has(p.second)), balances };
}

/** Statistics of what comes out of each pair's first layer: of BatchNormalization where it was folded here, else of the data. */
async function statisticsOf(
  base: Model,
  pairs: readonly Pair[],
  known: ReadonlyMap<string, Normal>,
  ctx: MethodContext,
): Promise<ReadonlyMap<string, Normal>> {
  const missing = pairs.map((p) => p.first).filter((layer) => !known.has(layer.op.outputs[0]));
  if (missing.length === 0 || !ctx.data) return known;
  return new Map([...known, ...(await measureOutputs(base, missing, ctx))]);
}

/** Deviations above the mean that a channel goes: 4, which one normal value in 30,000 passes. */
const TOP = 4;

/** How high each channel goes that a Relu lets through, by the statistics and the bounds of Clips. */
function topsOf(
  pairs: readonly Pair[],
  statistics: ReadonlyMap<string, Normal>,
  { activations, clip }: EqualizeOptions,
): Map<Pair, Float64Array> {
  const found = new Map<Pair, Float64Array>();
  for (const pair of activations ? pairs : []) {
    const normal = statistics.get(pair.first.op.outputs[0]);
    if (!pair.relu || normal?.mean.length !== pair.first.outputs) continue;
    const bound = clip === 'relu' ? Infinity : Math.min(...pair.clips.map((c) => c.bound));
    found.set(
      pair,
      normal.mean.map((m, c) => Math.min(bound, Math.max(0, m + TOP * normal.deviation[c]))),
    );
  }
  return found;
}

/** What each Clip between two layers cuts at, in the units that its channels now have. */
function boundsOf(pairs: readonly Pair[], balances: ReadonlyMap<Layer, Balance>): Map<Op, Bounded> {
  const found = new Map<Op, Bounded>();
  for (const { first, clips } of pairs) {
    const rank = first.weight.dims.length;
    for (const { op, bound } of clips) {
      found.set(op, { op, rank, bounds: balances.get(first)!.outputs.map((s) => bound / s) });
    }
  }
  return found;
}

function dropClips(pairs: readonly Pair[], work: Work, note: Note): void {
  const clips = new Set(pairs.flatMap((p) => p.clips.map((c) => c.op)));
  for (const op of clips) work.rewrite(op, { type: 'Relu', inputs: [op.inputs[0]], attribute: [] });
  if (clips.size) note('clips-replaced', { count: clips.size });
}

/**
 * What makes a network fit for one scale per tensor (Nagel et al. 2019, "Data-free quantization through weight equalization and
 * bias correction", arXiv 1906.04721): BatchNormalization is folded, channels that are one value are dropped, ranges of the
 * channels between two layers are made equal, high biases move to the next layer. The function stays the same to float noise,
 * but for what was below the 3 deviations of an absorbed bias, and for Clips made Relus on request. On request the mean error of
 * rounding is taken off the biases.
 */
export async function equalize(model: Model, options: EqualizeOptions, ctx: MethodContext): Promise<Model> {
  const note: Note = (key, values = {}) => ctx.note({ step: ctx.step, key, values });
  const { model: base, statistics: known } = await foldNorms(model, ctx);
  const work = new Work(base.proto, opsetOf(base));
  work.facts = inferFacts(base, { trustStated: false });
  const { pairs, balances } = await readLayers(findPairs(work, options, note), note, ctx);
  const analytic = options.biasCorrection === 'analytic';
  const wanted = options.absorbBias || options.activations || analytic;
  const statistics = wanted ? await statisticsOf(base, pairs, known, ctx) : known;
  if (wanted && pairs.some((p) => p.relu && !statistics.has(p.first.op.outputs[0]))) note('statistics-need-data');
  const constants = await settleConstants(pairs, balances);
  if (constants) note('channels-constant', { count: constants });
  const rounds = equalizeAll(pairs, balances, options.rounds, topsOf(pairs, statistics, options));
  note('equalized', { pairs: pairs.length, rounds });
  for (const balance of balances.values()) {
    if (balance.outputs.every((s) => s === 1)) continue;
    balance.bias.forEach((b, c) => {
      balance.bias[c] = b / balance.outputs[c];
    });
    balance.moved ||= !!balance.layer.bias;
  }

  if (options.clip === 'relu') dropClips(pairs, work, note);
  const bounds = options.clip === 'relu' ? new Map<Op, Bounded>() : boundsOf(pairs, balances);
  let absorbed = 0;
  const means = new Map<string, Float64Array>();
  for (const pair of pairs) {
    const before = balances.get(pair.first)!;
    const own = statistics.get(pair.first.op.outputs[0]);
    if (own?.mean.length !== pair.first.outputs) continue;
    const normal = scaled(own, before);
    const limit = bounds.get(pair.clips[0]?.op)?.bounds;
    if (options.absorbBias && pair.relu && pair.shifts && pair.clips.length < 2) {
      if (await absorb(pair, [before, balances.get(pair.second)!], normal, limit)) absorbed++;
    }
    const mean = inputMeans(pair, normal, limit);
    if (mean) means.set(pair.second.op.outputs[0], mean);
  }
  if (absorbed) note('biases-absorbed', { count: absorbed });

  for (const balance of balances.values()) writeLayer(balance, work);
  const finish = writeBounds([...bounds.values()], work);
  const equalized = finish(storeModel(base, work));
  if (options.biasCorrection === 'none') return equalized;
  if (options.biasCorrection === 'data' && !ctx.data) {
    note('correction-needs-data');
    return equalized;
  }
  return correctBiases(equalized, analytic ? means : undefined, options, ctx);
}
