import { PareError } from '../base/errors.ts';
import type { ByteSink } from '../base/source.ts';
import type { Sketch } from '../kernels/sketch.ts';
import type { StepNote, TensorReport } from '../methods/types.ts';
import type { Model } from '../onnx/model.ts';
import type { TensorProto } from '../onnx/proto.ts';
import type { Weight } from '../onnx/weights.ts';
import { type Layout, layout, writeModel } from '../onnx/write.ts';
import type { Pipeline, PipelineContext } from './pipeline.ts';
import type { Recipe } from './schema.ts';

export interface Compressed {
  model: Model;
  bytes: number;
  externalBytes: number;
  reports: TensorReport[];
  notes: StepNote[];
}

/** Where the output goes. Nothing is opened before the steps have run, so that a failing recipe leaves nothing. */
export interface Destination {
  model(): Promise<ByteSink>;
  /** The external-data file; its name is written into the model. */
  external: { name: string; open(): Promise<ByteSink> };
}

/**
 * Runs a recipe and writes the result: the same for the page and the command line, byte for byte.
 * @param outside whether the weights go to an external file: `auto` when the original had one or when the .onnx file
 * would pass 2 GB
 */
export async function compress(
  pipeline: Pipeline,
  recipe: Recipe,
  to: Destination,
  ctx: Omit<PipelineContext, 'report' | 'note'> & Partial<Pick<PipelineContext, 'report' | 'note'>>,
  outside: boolean | 'auto' = 'auto',
): Promise<Compressed> {
  // A tensor may be computed several times, for sessions of later steps and for the file: it is told of once for each step.
  const reports = new Map<string, TensorReport>();
  const notes: StepNote[] = [];
  const model = await pipeline.run(recipe, {
    ...ctx,
    report(r) {
      reports.set(`${r.step} ${r.id}`, r);
      ctx.report?.(r);
    },
    note(n) {
      notes.push(n);
      ctx.note?.(n);
    },
  });
  const kept = outside === 'auto' && pipeline.original.external.length > 0;
  const inside = outside === true || kept ? undefined : layoutInside(model, outside === 'auto');
  const plan = inside ?? layout(model, to.external.name);
  const sink = await to.model();
  let outer: { name: string; sink: ByteSink } | undefined;
  try {
    if (!inside) outer = { name: to.external.name, sink: await to.external.open() };
  } catch (error) {
    await sink.abort();
    throw error;
  }
  const { bytes, externalBytes } = await writeModel(model, sink, {
    plan,
    ...(outer && { external: outer }),
    onProgress: ctx.onProgress,
    signal: ctx.signal,
  });
  return { model, bytes, externalBytes, reports: [...reports.values()], notes };
}

/** The layout as one file. Undefined for a model that is too large for one, if it `may` be. @throws PareError `model/limit` */
function layoutInside(model: Model, may: boolean): Layout | undefined {
  try {
    return layout(model);
  } catch (error) {
    if (may && error instanceof PareError && error.code === 'model/limit') return undefined;
    throw error;
  }
}

/**
 * Sketches by tensor: those of the original are made once and kept, for as long as the tensors live.
 * @param sketch computes one
 */
export function sketchCache(sketch: (weight: Weight) => Promise<Sketch>): {
  get(weight: Weight): Promise<Sketch>;
  known(weight: Weight): Promise<Sketch> | undefined;
  put(tensor: TensorProto, value: Sketch): void;
} {
  const known = new WeakMap<TensorProto, Promise<Sketch>>();
  return {
    get(weight) {
      let value = known.get(weight.tensor);
      if (!value) {
        value = sketch(weight);
        known.set(weight.tensor, value);
        value.catch(() => known.delete(weight.tensor));
      }
      return value;
    },
    known: ({ tensor }) => known.get(tensor),
    put: (tensor, value) => void known.set(tensor, Promise.resolve(value)),
  };
}
