import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PareError } from '../base/errors.ts';
import { contentsOf } from '../datasets/contents.ts';
import { inputSpecs } from '../judge/case.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { arena } from '../kernels/simd/resident.ts';
import type { CalibrationData, CurvePoint } from '../methods/types.ts';
import { summarize } from '../onnx/info.ts';
import type { Model } from '../onnx/model.ts';
import { modelBytes } from '../onnx/write.ts';
import { calibrationData } from '../recipe/calibration.ts';
import { compress } from '../recipe/compress.ts';
import { Pipeline } from '../recipe/pipeline.ts';
import { parseRecipeText, type Recipe } from '../recipe/schema.ts';
import { openSession } from '../runtime/session.ts';
import { needed, type Options } from './arguments.ts';
import { checkpointsBeside } from './checkpoints.ts';
import { openData } from './data.ts';
import { openModel } from './externals.ts';
import { fileSink } from './files.ts';
import { sketchesOf } from './sketches.ts';
import { openStudents } from './students.ts';
import { bytes } from './text.ts';

async function readRecipe(given: string): Promise<Recipe> {
  if (given.trimStart().startsWith('{')) return parseRecipeText(given);
  const text = await readFile(given, 'utf8').catch((cause) => {
    throw new PareError('usage', `The recipe ${given} cannot be read: ${(cause as Error).message}.`, {
      where: given,
      cause,
    });
  });
  return parseRecipeText(text);
}

async function trainingData(model: Model, path: string, preset: Options['preset']): Promise<CalibrationData> {
  const inputs = inputSpecs(summarize(model));
  const { dataset, preprocess } = await openData(path, inputs, preset, 'train');
  return calibrationData(dataset, inputs, preprocess, await contentsOf(dataset));
}

/** `pare compress`: the page's own pipeline, file to file. Gives the line for stdout. */
export async function compressCommand(path: string, options: Options): Promise<string> {
  const recipe = await readRecipe(needed(options.recipe, 'compress', '--recipe RECIPE'));
  const out = needed(options.output, 'compress', '-o OUT');
  const start = performance.now();
  // As much new memory has V8 look twice through all that is young. Nothing is as yet.
  arena();
  const model = await openModel(path);
  const students = await openStudents(options.student ?? [], recipe);
  const data = options.data ? await trainingData(model, options.data, options.preset) : undefined;
  const checkpoints = checkpointsBeside(out);
  const curves: CurvePoint[] = [];
  const result = await compress(
    new Pipeline(model),
    recipe,
    {
      model: () => fileSink(out),
      external: { name: `${basename(out)}.data`, open: () => fileSink(`${out}.data`) },
    },
    {
      sketch: sketchesOf(model),
      kernels: loopKernels,
      reportDetail: options.report || options.json ? 'bare' : 'none',
      openSession: async (m, o) => openSession(await modelBytes(m), o),
      checkpoints,
      curve: (point) => curves.push(point),
      models: async ({ sha256 }) => students.get(sha256),
      ...(data && { data }),
    },
    options.external ?? 'auto',
  );
  await checkpoints.clear();
  const summary = {
    model: path,
    output: out,
    recipe,
    bytesBefore: model.bytes,
    bytesAfter: result.bytes + result.externalBytes,
    seconds: (performance.now() - start) / 1000,
    notes: result.notes,
    ...(curves.length > 0 && { curves }),
    tensors: result.reports.map(({ sketch, ...r }) => ({
      ...r,
      // JSON has no infinity: an exact tensor has no error to speak of.
      sqnr: Number.isFinite(r.sqnr) ? r.sqnr : null,
      min: sketch.min,
      max: sketch.max,
    })),
  };
  if (options.report) await writeFile(options.report, JSON.stringify(summary, null, 2));
  if (options.json) return JSON.stringify(summary, null, 2);
  const ratio = model.bytes / summary.bytesAfter;
  return `${out}  ${bytes(model.bytes)} → ${bytes(summary.bytesAfter)}  ${ratio.toFixed(2)}×  ${summary.seconds.toFixed(1)} s`;
}
