import { bytesOf } from '../../base/bytes.ts';
import { MiB } from '../../base/limits.ts';
import { checkCancelled } from '../../base/progress.ts';
import { shared } from '../../base/shared.ts';
import { floatsAs } from '../../encodings/codebook.ts';
import { Names } from '../../encodings/names.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { rawBytes } from '../../onnx/dtypes.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import { factsOf, isEligible, unknownLayers } from '../layers.ts';
import type { LayerFacts, MethodContext } from '../types.ts';
import { type Cut, type Decision, decide, factorBytes, saves } from './decide.ts';
import { energyKept, leastRank } from './energy.ts';
import { encodingOf } from './forecast.ts';
import type { FactorizeOptions } from './options.ts';
import { type Place, placesOf, type Replaced, twoNodes, withPairs } from './surgery.ts';
import type { Factors } from './svd.ts';
import { decompose, type Layout, pairOf, productOf } from './values.ts';

interface Chosen {
  readonly weight: Weight;
  readonly facts: LayerFacts;
  readonly decision: Exclude<Decision, { kind: 'skip' }>;
  readonly place: Place;
}

/**
 * Low-rank factorization: a MatMul, Gemm or Conv becomes two, whose weights are the best approximation of the old one at a rank
 * (Eckart & Young 1936). The bias goes to the second. Only where both take less than the one did. With a rank, singular values are
 * computed when the result is written; with an energy they decide the rank, and are computed at once.
 */
export async function factorize(model: Model, options: FactorizeOptions, ctx: MethodContext): Promise<Model> {
  const chosen = await chooseLayers(model, options, ctx);
  const names = new Names(model.proto);
  const gate = new Gate(64 * MiB);
  const replaced: Replaced[] = [];
  for (const [done, c] of chosen.entries()) {
    checkCancelled(ctx.signal);
    if (c.decision.kind === 'energy') {
      ctx.onProgress?.({ phase: 'singular-values', done, total: chosen.length, detail: c.weight.name });
    }
    const found = await rankAndFactors(c, ctx);
    if (found) replaced.push(pair(c, found.rank, found.factors, names, gate, ctx));
  }
  return withPairs(model, replaced);
}

/** The layers that are factorized unless their rank turns out too high; notes say why others are left. */
async function chooseLayers(model: Model, options: FactorizeOptions, ctx: MethodContext): Promise<Chosen[]> {
  const opset = opsetOf(model);
  const weights = listWeights(model.proto);
  for (const name of unknownLayers(weights, options.layers)) {
    ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor: name } });
  }
  const places = placesOf(model, weights);
  const chosen: Chosen[] = [];
  for (const weight of weights) {
    checkCancelled(ctx.signal);
    const bare = factsOf(weight, opset);
    if (!isEligible(bare)) continue;
    const facts = { ...bare, sketch: await ctx.sketch(weight) };
    const decision = decide(facts, options);
    const place = places.get(weight.id);
    if (decision.kind !== 'skip' && place) chosen.push({ weight, facts, decision, place });
    else {
      const reason = decision.kind === 'skip' ? decision.reason : 'not-factorized';
      if (reason) ctx.note({ step: ctx.step, key: reason, values: { tensor: weight.id } });
    }
  }
  return chosen;
}

const layoutOf = ({ dims, channelAxis }: LayerFacts): Layout => ({ dims, rowAxis: 1 - (channelAxis ?? 1) });

/** The rank, and what gives the factors: at once where an energy asked for them; undefined where they would not save a byte. */
async function rankAndFactors(
  { weight, facts, decision }: Chosen,
  ctx: MethodContext,
): Promise<{ rank: number; factors: () => Promise<Factors[]> } | undefined> {
  const { cut } = decision;
  const layout = layoutOf(facts);
  const svd = async () => decompose(await readFloats(weight.tensor), cut, layout);
  if (decision.kind === 'rank') {
    const { rank } = decision;
    let known: Promise<Factors[]> | undefined;
    const factors = () => {
      // Kept: they are smaller than the weight, and every session of a later step would ask for seconds of work again.
      known ??= svd().then((found) => found.map((s) => s.factors(rank)));
      known.catch(() => {
        known = undefined;
      });
      return known;
    };
    return { rank, factors };
  }
  const found = await svd();
  const rank = leastRank(energyKept(found), decision.energy);
  if (!saves(facts, cut, rank)) {
    ctx.note({ step: ctx.step, key: 'skipped-larger', values: { tensor: weight.id } });
    return undefined;
  }
  const kept = found.map((s) => s.factors(rank));
  return { rank, factors: async () => kept };
}

/** The nodes and the pending tensors of a layer; a report is sent when they are computed. */
function pair(
  { weight, facts, decision, place }: Chosen,
  rank: number,
  factors: () => Promise<Factors[]>,
  names: Names,
  gate: Gate,
  ctx: MethodContext,
): Replaced {
  const { cut } = decision;
  const layout = layoutOf(facts);
  const dataType = weight.tensor.dataType!;
  const bytes = factorBytes(facts, cut, rank);
  const picked = shared(() =>
    gate.run(8 * facts.sketch!.count, async () => {
      checkCancelled(ctx.signal);
      const groups = await factors();
      const x = await readFloats(weight.tensor);
      const after = productOf(groups, rank, cut, layout);
      const sketch = sketchOf(after, facts.dims, facts.channelAxis);
      ctx.report({
        ...{ id: weight.id, step: ctx.step, sketch, zeros: sketch.zeros, bytesBefore: facts.bytes, bytesAfter: bytes },
        encoding: encodingOf(rank, cut.full),
        sqnr: sqnrOf(await ctx.kernels.errorSums(x, after)),
      });
      return pairOf(groups, rank, cut, layout);
    }),
  );
  const dims = dimsOfPair(cut, rank, facts.dims);
  const tensors = (['first', 'second'] as const).map((which) => {
    const size = rawBytes(
      dataType,
      dims[which].reduce((a, b) => a * b, 1),
    );
    const payload = computedPayload(
      size,
      picked((made) => bytesOf(floatsAs(made[which], dataType))),
    );
    return makeTensor(names.fresh(`${weight.name}_${which}`), dataType, dims[which], payload);
  });
  const nodes = twoNodes(place.node, cut, tensors[0].name, tensors[1].name, names);
  return { weight, place, tensors, nodes };
}

function dimsOfPair(cut: Cut, rank: number, dims: readonly number[]): { first: number[]; second: number[] } {
  const inner = cut.groups * rank;
  if (cut.kind === 'matrix') return { first: [cut.rows, rank], second: [rank, cut.columns] };
  const [outputs, inputs, ...kernel] = dims;
  if (cut.kind === 'channel')
    return { first: [inner, inputs, ...kernel], second: [outputs, rank, ...kernel.map(() => 1)] };
  return { first: [inner, inputs, kernel[0], 1], second: [outputs, rank, 1, kernel[1]] };
}
