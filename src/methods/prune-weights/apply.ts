import { checkCancelled } from '../../base/progress.ts';
import { floatsAs } from '../../encodings/codebook.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import { maskSmallest } from '../../kernels/loops/mask.ts';
import { smallestMagnitudes, type Threshold } from '../../kernels/loops/select.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { rawBytes } from '../../onnx/dtypes.ts';
import type { Model } from '../../onnx/model.ts';
import { computedPayload, withPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { readFloats, readRaw, sizeOf, viewAs } from '../../onnx/tensor.ts';
import type { Weight } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import type { LayerFacts, MethodContext } from '../types.ts';
import { type Chosen, chooseWeights } from './choose.ts';
import { fallen } from './decide.ts';
import { importanceScores, type Scores } from './importance/index.ts';
import { type Kept, keepInChannels, keptBy, withKept } from './keep.ts';
import type { PruneWeightsOptions } from './options.ts';
import { globalThresholds, type Pooled } from './pool.ts';
import { decisionAfter, sparsityAfter } from './rounds.ts';

type Floats = Float32Array<ArrayBuffer>;

/**
 * Pruning: the weights that matter least become +0, in place and in their own dtype. Exactly round(sparsity · n) of n
 * weights are zero afterwards, unless more were before. By magnitude, masks are made when the result is written, and the threshold of a
 * global scope when the first of them is needed. What else importance is by has run the model, and its masks are made at once.
 * @throws PareError `data/missing` and others as `importanceScores`
 */
export async function pruneWeights(model: Model, options: PruneWeightsOptions, ctx: MethodContext): Promise<Model> {
  const chosen = await chooseWeights(model, options, ctx);
  const masks = options.importance === 'magnitude' ? byMagnitude(chosen, options, ctx) : undefined;
  const kept = masks ? undefined : await byImportance(model, chosen, options, ctx);
  const gate = new Gate();
  const replacements = new Map<string, Replacement>();
  for (const { weight, facts } of chosen) {
    const own = kept?.get(weight.id);
    const mask = masks?.get(weight.id) ?? (own && (async (x: Floats) => withKept(x, own)));
    if (mask) replacements.set(weight.id, { tensor: masked(weight.tensor, facts, mask, gate, ctx) });
  }
  return replaceWeights(model, replacements);
}

type Mask = (x: Floats) => Promise<Floats>;

function byMagnitude(
  chosen: readonly Chosen[],
  options: PruneWeightsOptions,
  { kernels }: MethodContext,
): Map<string, Mask> {
  const pool = chosen
    .filter((c) => c.decision.kind === 'pool')
    .map(({ weight, sketch }) => ({ id: weight.id, sketch, read: () => readFloats(weight.tensor) }));
  let thresholds: Promise<Map<string, Threshold>> | undefined;
  const thresholdOf = async (id: string): Promise<Threshold> => {
    thresholds ??= globalThresholds(pool, fallen(options.sparsity!, countOf(pool)));
    // What failed, or was cancelled, is tried anew by the next run.
    thresholds.catch(() => {
      thresholds = undefined;
    });
    return (await thresholds).get(id)!;
  };
  const maskOf = ({ decision, weight, facts }: Chosen): Mask => {
    return async (x) => {
      switch (decision.kind) {
        case 'skip':
          return x;
        case 'pool':
          return maskSmallest(x, await thresholdOf(weight.id)).values;
        case 'sparsity':
          return maskSmallest(x, smallestMagnitudes(x, fallen(decision.sparsity, x.length))).values;
        case 'output':
          return withKept(x, keepInChannels(x, facts.dims, decision.axis, decision.sparsity));
        case 'threshold':
          return kernels.maskBelow(x, decision.threshold);
        case 'pattern':
          return kernels.maskNM(x, facts.dims, reductionAxis(weight), decision.n, decision.m);
      }
    };
  };
  return new Map(chosen.map((c) => [c.weight.id, maskOf(c)]));
}

/** What stays of each weight whose importance is known, by what it matters in the last round. */
async function byImportance(
  model: Model,
  chosen: readonly Chosen[],
  options: PruneWeightsOptions,
  ctx: MethodContext,
): Promise<Map<string, Kept>> {
  const gradual = chosen.some(({ decision: { kind } }) => kind === 'pool' || kind === 'sparsity' || kind === 'output');
  const rounds = gradual ? options.rounds : 1;
  let kept = new Map<string, Kept>();
  for (let round = 1; round <= rounds; round++) {
    const within: MethodContext = {
      ...ctx,
      onProgress: (p) => ctx.onProgress?.({ ...p, done: (round - 1) * p.total + p.done, total: rounds * p.total }),
    };
    const left = chosen.map((c) => partly(c, kept.get(c.weight.id)));
    const tensors = left.map(({ weight }): [string, Replacement] => [weight.id, { tensor: weight.tensor }]);
    const scores = await importanceScores(
      round === 1 ? model : replaceWeights(model, new Map(tensors)),
      left,
      options,
      within,
    );
    kept = await keptAfter(round, rounds, left, scores, kept, options);
  }
  return kept;
}

/** A weight of which some has fallen. */
function partly(chosen: Chosen, kept: Kept | undefined): Chosen {
  if (!kept) return chosen;
  const { tensor } = chosen.weight;
  const compute = async () => bytesOf(tensor, withKept(await readFloats(tensor), kept));
  const payload = computedPayload(rawBytes(tensor.dataType!, sizeOf(tensor)), compute);
  return { ...chosen, weight: { ...chosen.weight, tensor: withPayload(tensor, payload) } };
}

async function keptAfter(
  round: number,
  rounds: number,
  chosen: readonly Chosen[],
  scores: Scores,
  before: ReadonlyMap<string, Kept>,
  options: PruneWeightsOptions,
): Promise<Map<string, Kept>> {
  const known = chosen.filter((c) => scores.has(c.weight.id));
  const pool = known
    .filter((c) => c.decision.kind === 'pool')
    .map(({ weight: { id } }) => ({ id, sketch: sketchOf(scores.get(id)!), read: async () => scores.get(id)! }));
  const thresholds = pool.length
    ? await globalThresholds(pool, fallen(sparsityAfter(options.sparsity!, round, rounds), countOf(pool)))
    : new Map<string, Threshold>();
  return new Map(
    known.map(({ weight, facts, decision }) => {
      const own = scores.get(weight.id)!;
      const once = before.get(weight.id);
      if (once && decision.kind === 'threshold') return [weight.id, once];
      const now = decisionAfter(decision, round, rounds);
      return [weight.id, keptBy(own, now, facts.dims, reductionAxis(weight), thresholds.get(weight.id))];
    }),
  );
}

const countOf = (pool: readonly Pooled[]) => pool.reduce((n, p) => n + p.sketch.count, 0);

/**
 * The axis that a layer sums over, in whose direction N:M groups lie: input channels, as NVIDIA's ASP has them
 * (apex/contrib/sparsity/sparse_masklib.py: of a convolution [O, I, h, w] the groups run along I).
 */
export function reductionAxis({ tensor, channelAxis, uses }: Pick<Weight, 'tensor' | 'channelAxis' | 'uses'>): number {
  const last = tensor.dims.length - 1;
  if (uses.some((u) => u.op === 'ConvTranspose')) return 0;
  if (channelAxis === undefined) return last;
  return channelAxis === last ? last - 1 : channelAxis + 1;
}

function masked(tensor: TensorProto, facts: LayerFacts, mask: Mask, gate: Gate, ctx: MethodContext): TensorProto {
  const dataType = tensor.dataType!;
  const size = rawBytes(dataType, sizeOf(tensor));
  const compute = async () => {
    checkCancelled(ctx.signal);
    const x = await readFloats(tensor);
    const after = await mask(x);
    const sketch = sketchOf(after, facts.dims, facts.channelAxis);
    ctx.report({
      ...{ id: facts.id, step: ctx.step, encoding: facts.dtype, sketch, zeros: sketch.zeros },
      bytesBefore: facts.bytes,
      bytesAfter: size,
      sqnr: sqnrOf(await ctx.kernels.errorSums(x, after)),
    });
    return bytesOf(tensor, after);
  };
  return withPayload(
    tensor,
    computedPayload(size, () => gate.run(4 * sizeOf(tensor), compute)),
  );
}

/** Pruned values in the tensor's own dtype. */
async function bytesOf(tensor: TensorProto, after: Floats): Promise<Uint8Array<ArrayBuffer>> {
  const dataType = tensor.dataType!;
  // A double is more than its float32, so that what stays is taken from the file.
  const kept =
    dataType === DataType.DOUBLE ? viewAs(Float64Array<ArrayBuffer>, (await readRaw(tensor)).slice()) : undefined;
  if (kept) for (let i = 0; i < kept.length; i++) if (after[i] === 0) kept[i] = 0;
  const { buffer, byteOffset, byteLength } = kept ?? floatsAs(after, dataType);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
