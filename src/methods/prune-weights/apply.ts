import { MiB } from '../../base/limits.ts';
import { checkCancelled } from '../../base/progress.ts';
import { floatsAs } from '../../encodings/codebook.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import { maskSmallest } from '../../kernels/loops/mask.ts';
import { smallestMagnitudes, type Threshold } from '../../kernels/loops/select.ts';
import { type Sketch, sketchOf } from '../../kernels/sketch.ts';
import { rawBytes } from '../../onnx/dtypes.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { computedPayload, withPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, readFloats, readRaw, sizeOf, viewAs } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import { factsOf, isEligible, unknownLayers } from '../layers.ts';
import type { LayerFacts, MethodContext } from '../types.ts';
import { type Decision, decide, fallen } from './decide.ts';
import type { PruneWeightsOptions } from './options.ts';
import { globalThresholds } from './pool.ts';

type Floats = Float32Array<ArrayBuffer>;

/**
 * Magnitude pruning: the smallest weights become +0, in place and in their own dtype. Exactly round(sparsity · n) of n
 * weights are zero afterwards, unless more were before. Masks are made when the result is written; the threshold of a
 * global scope when the first of them is needed.
 */
export async function pruneWeights(model: Model, options: PruneWeightsOptions, ctx: MethodContext): Promise<Model> {
  const opset = opsetOf(model);
  const weights = listWeights(model.proto);
  for (const name of unknownLayers(weights, options.layers)) {
    ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor: name } });
  }
  const chosen: { weight: Weight; facts: LayerFacts; sketch: Sketch; decision: Decision }[] = [];
  for (const weight of weights) {
    checkCancelled(ctx.signal);
    const bare = factsOf(weight, opset);
    if (!isEligible(bare)) continue;
    const sketch = await ctx.sketch(weight);
    const facts = { ...bare, sketch };
    const decision = decide(facts, options);
    if (decision.kind !== 'skip') chosen.push({ weight, facts, sketch, decision });
    else if (decision.reason) ctx.note({ step: ctx.step, key: decision.reason, values: { tensor: weight.id } });
  }

  const pool = chosen.filter((c) => c.decision.kind === 'pool');
  const pooled = pool.reduce((n, c) => n + c.sketch.count, 0);
  let thresholds: Promise<Map<string, Threshold>> | undefined;
  const thresholdOf = async (id: string): Promise<Threshold> => {
    thresholds ??= globalThresholds(pool, fallen(options.sparsity!, pooled));
    // What failed, or was cancelled, is tried anew by the next run.
    thresholds.catch(() => {
      thresholds = undefined;
    });
    return (await thresholds).get(id)!;
  };

  const gate = new Gate(64 * MiB);
  const replacements = new Map<string, Replacement>();
  for (const { weight, facts, decision } of chosen) {
    const mask = maskOf(decision, weight, () => thresholdOf(weight.id), ctx);
    replacements.set(weight.id, { tensor: masked(weight.tensor, facts, mask, gate, ctx) });
  }
  return replaceWeights(model, replacements);
}

function maskOf(
  decision: Decision,
  weight: Weight,
  threshold: () => Promise<Threshold>,
  ctx: MethodContext,
): (x: Floats) => Promise<Floats> {
  return async (x) => {
    const { kernels } = ctx;
    switch (decision.kind) {
      case 'skip':
        return x;
      case 'pool':
        return maskSmallest(x, await threshold()).values;
      case 'sparsity':
        return maskSmallest(x, smallestMagnitudes(x, fallen(decision.sparsity, x.length))).values;
      case 'threshold':
        return kernels.maskBelow(x, decision.threshold);
      case 'pattern':
        return kernels.maskNM(x, dimsOf(weight.tensor), reductionAxis(weight), decision.n, decision.m);
    }
  };
}

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

function masked(
  tensor: TensorProto,
  facts: LayerFacts,
  mask: (x: Floats) => Promise<Floats>,
  gate: Gate,
  ctx: MethodContext,
): TensorProto {
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
    // A double is more than its float32, so that what stays is taken from the file.
    const kept =
      dataType === DataType.DOUBLE ? viewAs(Float64Array<ArrayBuffer>, (await readRaw(tensor)).slice()) : undefined;
    if (kept) for (let i = 0; i < kept.length; i++) if (after[i] === 0) kept[i] = 0;
    const { buffer, byteOffset, byteLength } = kept ?? floatsAs(after, dataType);
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  return withPayload(
    tensor,
    computedPayload(size, () => gate.run(4 * sizeOf(tensor), compute)),
  );
}
