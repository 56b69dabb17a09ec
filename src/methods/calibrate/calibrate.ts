import { PareError } from '../../base/errors.ts';
import { MiB } from '../../base/limits.ts';
import { checkCancelled } from '../../base/progress.ts';
import { halvesToFloats } from '../../onnx/float.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import type { Value } from '../../runtime/types.ts';
import type { CalibrationData, MethodContext } from '../types.ts';
import { withExtremes, withOutputs } from './augment.ts';
import { Counter } from './counter.ts';
import { RunningExtremes } from './extremes.ts';
import { roundingOf } from './numpy.ts';
import type { Calibration, CalibrationOptions, TensorCalibration } from './types.ts';

/** Tensors fetched from one run may take this much together: they are copied out of the runtime's heap. */
const FETCHED = 128 * MiB;

type Context = Pick<MethodContext, 'openSession' | 'onProgress' | 'signal'>;

/**
 * Runs the model over the data and finds the ranges of its activations. Two passes at most, extremes first and then
 * histograms between them, so that memory does not grow with the data; the numbers are those of the reference, which keeps
 * all of it.
 * @param tensors names and dtypes, from `calibratedTensors`
 * @throws PareError `data/missing`, `recipe/not-applicable` for values that are not finite; whatever the runtime throws
 */
export async function calibrate(
  model: Model,
  tensors: ReadonlyMap<string, number>,
  data: CalibrationData | undefined,
  options: CalibrationOptions,
  ctx: Context,
): Promise<Calibration> {
  if (!data || data.count === 0) {
    throw new PareError('data/missing', 'Activations cannot be calibrated without data.', {
      hint: 'Open a few hundred samples of what the model will see; labels are not needed.',
    });
  }
  const { method, stride, bins, histograms } = options;
  if (method === 'Distribution' && bins < 512) {
    throw new PareError('recipe/not-applicable', `Distribution needs at least 512 bins, not ${bins}.`, {
      hint: 'Choose more bins.',
    });
  }
  const twice = method !== 'MinMax' || histograms;
  const passes = new Passes(data, ctx, twice ? 2 : 1);
  const extremes = await extremesOf(model, tensors, passes, options);
  const result = new Map<string, TensorCalibration>();
  for (const [name, dataType] of tensors) {
    const e = extremes.get(name)!;
    // A tensor of nothing, or of NaN alone, has no range.
    if (e.empty) continue;
    if (!Number.isFinite(e.max - e.min)) {
      throw new PareError('recipe/not-applicable', `"${name}" takes infinite values on this data.`, {
        where: name,
        hint: 'Exclude the node that makes it, or look for samples that break the model.',
      });
    }
    result.set(name, { dataType, min: e.min, max: e.max, range: e.range() });
  }
  if (!twice) return { method, samples: data.count, tensors: result };
  for (const group of groupsOf(result, extremes)) {
    const counters = new Map(
      group.map((name) => [name, new Counter(result.get(name)!, extremes.get(name)!, options)] as const),
    );
    let held = 0;
    await passes.run(withOutputs(model, new Map(group.map((name) => [name, tensors.get(name)!]))), (outputs) => {
      for (const [name, counter] of counters) counter.add(floats(outputs[name]));
      if (++held === stride) {
        held = 0;
        for (const counter of counters.values()) counter.close();
      }
    });
    for (const [name, counter] of counters) result.set(name, counter.finish());
  }
  return { method, samples: data.count, tensors: result };
}

/** Runs over the data, and how far they are altogether. */
class Passes {
  private before = 0;

  constructor(
    private readonly data: CalibrationData,
    private readonly ctx: Context,
    private readonly planned: number,
  ) {}

  async run(model: Model, visit: (outputs: Record<string, Value>) => void): Promise<void> {
    const { data, ctx } = this;
    const total = this.planned * data.count;
    const session = await ctx.openSession(model, { optimize: 'off' });
    try {
      let done = 0;
      for await (const feeds of data.batches()) {
        checkCancelled(ctx.signal);
        visit(await session.run(feeds));
        done += Object.values(feeds)[0]?.dims[0] ?? 1;
        ctx.onProgress?.({ phase: 'calibrate', done: Math.min(total, this.before + done), total });
      }
    } finally {
      await session.release();
    }
    // Further groups of tensors run over the data once more each; what they take is not known before the first pass.
    this.before = Math.min(this.before + data.count, total - data.count);
  }
}

async function extremesOf(
  model: Model,
  tensors: ReadonlyMap<string, number>,
  passes: Passes,
  options: CalibrationOptions,
): Promise<Map<string, RunningExtremes>> {
  const augmented = withExtremes(model, tensors);
  const found = new Map(Array.from(tensors.keys(), (name) => [name, new RunningExtremes(options)] as const));
  await passes.run(augmented.model, (outputs) => {
    for (const [name, e] of augmented.outputs) {
      const round = roundingOf(tensors.get(name)!);
      // A runtime without float16 kernels computes in float32 and may leave the rounding in between out.
      const value = (output: string) => round(Number(outputs[output].data[0]));
      found.get(name)!.add(value(e.min), value(e.max), value(e.least), Number(outputs[e.size].data[0]));
    }
  });
  return found;
}

function floats({ dtype, data }: Value): Float32Array {
  return dtype === 'float16' ? halvesToFloats(data as Uint16Array) : (data as Float32Array);
}

/** Tensors that are fetched together. */
function groupsOf(tensors: ReadonlyMap<string, TensorCalibration>, extremes: ReadonlyMap<string, RunningExtremes>) {
  const groups: string[][] = [];
  let room = 0;
  for (const [name, { dataType }] of tensors) {
    const bytes = extremes.get(name)!.size * (dataType === DataType.FLOAT16 ? 2 : 4);
    if (bytes > room || groups.length === 0) {
      groups.push([]);
      room = FETCHED;
    }
    groups.at(-1)!.push(name);
    room -= bytes;
  }
  return groups;
}
