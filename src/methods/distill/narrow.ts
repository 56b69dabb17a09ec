import * as v from 'valibot';
import { Random } from '../../base/random.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, makeTensor, sizeOf } from '../../onnx/tensor.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { pruneChannels } from '../prune-channels/apply.ts';
import { pruneChannelsSchema } from '../prune-channels/options.ts';
import type { MethodContext } from '../types.ts';
import { compressedStudent } from './compressed.ts';
import { contextWith } from './context.ts';
import { type DistillOptions, widthOf } from './options.ts';
import type { Student } from './student.ts';

/**
 * The teacher's own architecture with a share of the channels in each layer: with the teacher's weights of its largest channels to
 * begin with, or with random ones.
 * @throws PareError `recipe/not-applicable` as `prune-channels`, where no channels can go
 */
export async function narrowStudent(master: Model, o: DistillOptions, ctx: MethodContext): Promise<Student> {
  const cut = v.parse(pruneChannelsSchema, {
    method: 'prune-channels',
    target: 'channels',
    reduction: 1 - widthOf(o),
    ranking: 'uniform',
    correction: 'none',
    minKept: 0,
  });
  // What was cut is no news of this step: its result has other weights.
  const quiet = { report: () => {}, note: () => {} };
  const narrow = await pruneChannels(master, cut, contextWith(ctx, quiet));
  const random = o.initialise === 'random';
  const start = random ? drawn(narrow, ctx.seed) : narrow;
  const student = await compressedStudent(start, master, { ...o, keepZeros: false, quantization: undefined }, ctx);
  return { ...student, fresh: random };
}

/** Weights as He et al. 2015 draw them, biases and shifts zero, scales and variances one. */
function drawn(model: Model, seed: number): Model {
  const random = new Random(seed);
  const replacements = new Map<string, Replacement>();
  for (const w of listWeights(model.proto)) {
    if (w.tensor.dataType !== DataType.FLOAT || w.id !== w.name) continue;
    const values = valuesOf(w, random);
    if (values) replacements.set(w.id, { tensor: makeTensor(w.name, DataType.FLOAT, dimsOf(w.tensor), values) });
  }
  return replaceWeights(model, replacements);
}

function valuesOf(w: Weight, random: Random): Float32Array<ArrayBuffer> | undefined {
  const count = sizeOf(w.tensor);
  if (w.role === 'weight' || w.role === 'embedding') {
    const dims = dimsOf(w.tensor);
    const outputs = w.channelAxis === undefined ? 1 : dims[w.channelAxis];
    const spread = w.role === 'embedding' ? 1 : Math.sqrt(2 / Math.max(1, count / outputs));
    return Float32Array.from({ length: count }, () => spread * random.normal());
  }
  if (w.role === 'bias' && w.uses.every((u) => u.input === 2)) return new Float32Array(count);
  if (w.role !== 'norm') return undefined;
  // Scale, shift, mean, variance; of other norms scale and shift, of a PRelu its slope.
  const [use] = w.uses;
  if (use.op === 'PRelu') return new Float32Array(count).fill(0.25);
  return new Float32Array(count).fill(use.input === 1 || use.input === 4 ? 1 : 0);
}
