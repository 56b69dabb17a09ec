import type { Loan } from '../../base/memory.ts';
import { checkCancelled } from '../../base/progress.ts';
import { Names } from '../../encodings/names.ts';
import type { Encoded } from '../../encodings/types.ts';
import { sqnrOf } from '../../kernels/loops/errors.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { raiseOpset } from '../../onnx/opset/raise.ts';
import { comesInParts, floatParts, PARTS_BYTES } from '../../onnx/parts.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { Gate } from '../gate.ts';
import { factsOf, isEligible, unknownLayers } from '../layers.ts';
import type { LayerFacts, MethodContext } from '../types.ts';
import { type Decision, decide, opsetFor } from './decide.ts';
import { fusedAffine } from './fused.ts';
import { measureAffine } from './measured.ts';
import type { QuantizeWeightsOptions } from './options.ts';
import { affineValues, codebookValues, floatsOf, roundTo } from './values.ts';

/** What a weight became, and what that is worth. */
interface Made<V> {
  values: V;
  measured: Measured;
}

/**
 * Weight-only quantization: every eligible weight becomes integers, a codebook or float16, and nodes that make floats of
 * it again. Weights are read when the result is written, one at a time. The opset is raised where the encoding asks for a
 * newer one.
 * @throws PareError `recipe/not-applicable` when a node cannot follow to that opset
 */
export async function quantizeWeights(
  given: Model,
  options: QuantizeWeightsOptions,
  ctx: MethodContext,
): Promise<Model> {
  const had = opsetOf(given);
  const opset = opsetFor(had, options);
  // A function has an opset of its own, which may be older than the model's.
  const inFunction =
    given.proto.functions.length > 0 &&
    listWeights(given.proto).some((w) => w.id.startsWith('function ') && isEligible(factsOf(w, had)));
  const model = opset > had || inFunction ? raiseOpset(given, opset) : given;
  const weights = listWeights(model.proto);
  for (const name of unknownLayers(weights, options.layers)) {
    ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor: name } });
  }
  const names = new Names(model.proto);
  const gate = new Gate();
  const replacements = new Map<string, Replacement>();
  for (const weight of weights) {
    checkCancelled(ctx.signal);
    const bare = factsOf(weight, opset);
    const facts = isEligible(bare) ? { ...bare, sketch: await ctx.sketch(weight) } : bare;
    const decision = decide(facts, options, opset);
    if (decision.kind !== 'skip') replacements.set(weight.id, encode(weight, facts, decision, names, gate, ctx));
    else if (decision.reason) ctx.note({ step: ctx.step, key: decision.reason, values: { tensor: weight.id } });
  }
  if (replacements.size === 0) return given;
  if (opset > had) ctx.note({ step: ctx.step, key: 'opset-raised', values: { from: had, to: opset } });
  return replaceWeights(model, replacements);
}

function encode(
  weight: Weight,
  facts: LayerFacts,
  decision: Exclude<Decision, { kind: 'skip' }>,
  names: Names,
  gate: Gate,
  ctx: MethodContext,
): Encoded {
  const { tensor, id, name } = weight;
  const dataType = tensor.dataType!;
  const { draft, encoding } = decision;
  const scope = id.slice(0, id.length - name.length);
  /** Makes values, tells what they are worth, and hands them to the writer. @param bytes what it holds of the floats at once */
  const told = <V>(bytes: number, make: (loan: Loan) => Promise<Made<V>>): Promise<V> =>
    gate.runIn(bytes, async (loan) => {
      checkCancelled(ctx.signal);
      const { values, measured } = await make(loan);
      const { errors, sketch } = measured;
      ctx.report({
        ...{ id, step: ctx.step, encoding, sketch, zeros: sketch.zeros },
        bytesBefore: facts.bytes,
        bytesAfter: draft.bytes,
        sqnr: sqnrOf(errors),
      });
      return values;
    });
  /** Computes values from all of the floats. */
  const computed = <V>(compute: (x: Float32Array<ArrayBuffer>) => Made<V> | Promise<Made<V>>): Promise<V> =>
    // The floats themselves are what is kept of them as float16.
    told(4 * facts.sketch!.count, async (loan) =>
      compute(await readFloats(tensor, decision.kind === 'half' ? undefined : loan)),
    );
  /** Where all of the weight is made floats again at once. */
  const whole = async <V>(
    x: Float32Array<ArrayBuffer>,
    values: V,
    floats: (values: V) => Float32Array<ArrayBuffer>,
  ): Promise<Made<V>> => {
    const after = await roundTo(floats(values), dataType);
    const errors = await ctx.kernels.errorSums(x, after);
    return { values, measured: { errors, sketch: sketchOf(after, facts.dims, facts.channelAxis) } };
  };
  switch (decision.kind) {
    case 'affine': {
      const { layout } = decision;
      const separate = async (x: Float32Array<ArrayBuffer>) => {
        const values = await affineValues(x, decision, ctx.kernels);
        return { values, measured: await measureAffine(x, layout, values, { ...facts, dataType }, ctx.kernels) };
      };
      const fused = fusedAffine(decision, facts, dataType, ctx.kernels);
      const inParts = fused?.parts && comesInParts(tensor) ? fused.parts : undefined;
      const make = inParts
        ? () => told(PARTS_BYTES, () => inParts(floatParts(tensor, undefined, ctx)))
        : () => computed(fused?.whole ?? separate);
      return decision.draft.build(name, names, make, scope);
    }
    case 'codebook':
      return decision.draft.build(
        name,
        names,
        () =>
          computed(async (x) =>
            whole(x, await codebookValues(x, decision.layout, dataType, ctx.kernels), (v) =>
              floatsOf.codebook(decision.layout, v),
            ),
          ),
        scope,
      );
    case 'half':
      return decision.draft.build(name, names, () => computed((x) => whole(x, x, floatsOf.half)), scope);
  }
}
