import { PareError } from '../src/base/errors.ts';
import type { Progress } from '../src/base/progress.ts';
import { contentsOf } from '../src/datasets/contents.ts';
import { STORED } from '../src/datasets/presets.ts';
import { syntheticDataset } from '../src/datasets/synthetic.ts';
import { inputSpecs } from '../src/judge/case.ts';
import type { Sketch } from '../src/kernels/sketch.ts';
import { sketchAll, sketchTensor } from '../src/kernels/sketchTensor.ts';
import type { FactorizeOptions } from '../src/methods/factorize/options.ts';
import { spectrumOf } from '../src/methods/factorize/spectrum.ts';
import { preflight } from '../src/methods/ort/preflight.ts';
import { channelRanking } from '../src/methods/prune-channels/apply.ts';
import { measureLatencies } from '../src/methods/prune-channels/latency.ts';
import type { PruneChannelsOptions } from '../src/methods/prune-channels/options.ts';
import { importanceSketches } from '../src/methods/prune-weights/importance/index.ts';
import type { PruneWeightsOptions } from '../src/methods/prune-weights/options.ts';
import type { CalibrationData, MethodContext } from '../src/methods/types.ts';
import { type ModelInfo, summarize } from '../src/onnx/info.ts';
import type { Model } from '../src/onnx/model.ts';
import { isFloatTensor } from '../src/onnx/tensor.ts';
import { innerValues } from '../src/onnx/values.ts';
import { listWeights, type Weight } from '../src/onnx/weights.ts';
import { modelBytes } from '../src/onnx/write.ts';
import { calibrationData } from '../src/recipe/calibration.ts';
import { compress, sketchCache } from '../src/recipe/compress.ts';
import { costsOf } from '../src/recipe/costs.ts';
import { layersOf } from '../src/recipe/layers.ts';
import { Pipeline, type PipelineContext } from '../src/recipe/pipeline.ts';
import type { Recipe } from '../src/recipe/schema.ts';
import { wasmPaths } from '../src/runtime/assets.browser.ts';
import { configureRuntime } from '../src/runtime/configure.ts';
import { openSession } from '../src/runtime/session.ts';
import { forgetOldest, OTHER_PACK, placesOf, writePack } from '../src/storage/pack.ts';
import { breathing } from './breathing.ts';
import { checkpointsOf } from './checkpoints.ts';
import { batched, Comlink, Tasks, throttled } from './comlink.ts';
import type { EngineWorker, NamedFile } from './contract.ts';
import { modelAmong, openFiles } from './data.ts';
import { kernelsFor, learnSpeeds } from './kernels.ts';
import { OtherModels } from './otherModels.ts';
import { lastOutput, output, sessionFolder, tidy } from './outputs.ts';
import { ThreadedSource } from './reading.ts';
import { Turns } from './turns.ts';

configureRuntime({ wasmPaths });

interface Open {
  model: Model;
  info: ModelInfo;
  weights: Weight[];
  pipeline: Pipeline;
  sketches: ReturnType<typeof sketchCache>;
  /** Sketches of the model's weights by id, as far as they have been made. */
  known: Map<string, Sketch>;
  session: string;
  others: OtherModels;
  /** What it was opened from, and how each of them is read. */
  files: readonly NamedFile[];
  sources: readonly ThreadedSource[];
  data?: CalibrationData;
}

const tasks = new Tasks();
const turns = new Turns(tasks);
let open: Open | undefined;
/** Outputs are numbered, since a file that is being judged must not change under the judge. */
let outputs = 0;
/** The page draws all layers anew for each batch of reports, which takes a core from the run: a few times in a second do. */
const REPORTS_MS = 250;
/** Other models that a session keeps: those of recipes long left must not fill the disk. */
const MOST_OTHERS = 8;

function opened(): Open {
  if (!open) throw new PareError('internal', 'No model is open.');
  return open;
}

/** Lets go of the open model's files. */
function release(): void {
  for (const s of open?.sources ?? []) s.close();
}

/** Reads the open model from the session's copy of its very files from now on. @returns whether there is one */
async function readKept(): Promise<boolean> {
  const now = open;
  const dir = now && (await sessionFolder(now.session).catch(() => undefined));
  const places = dir && (await placesOf(dir, 'model', now.files).catch(() => undefined));
  if (!places || open !== now) return false;
  ThreadedSource.readKept(now.sources, places);
  return true;
}

/** Asks something about the model that a step is given: as a run, but nobody follows it. */
function askStep<T>(
  recipe: Recipe,
  step: number,
  task: number,
  question: (model: Model, options: unknown, ctx: MethodContext) => Promise<T>,
  onProgress?: (p: Progress) => void,
): Promise<T> {
  return tasks.run(task, async (signal) => {
    const { pipeline, sketches, session, others, data } = opened();
    const ctx: PipelineContext = {
      signal,
      ...(onProgress && { onProgress: throttled(onProgress) }),
      report: () => {},
      note: () => {},
      sketch: sketches.get,
      kernels: kernelsFor('auto'),
      openSession: async (m, o) => breathing(await openSession(await modelBytes(m), o)),
      checkpoints: await checkpointsOf(session),
      models: others.get,
      ...(data && { data }),
    };
    return pipeline.ask(recipe, step, ctx, question, turns.after);
  });
}

const worker: EngineWorker = {
  open: (files, session, task) =>
    tasks.run(task, async () => {
      const sources = files.map((f) => new ThreadedSource(f.blob, f.path));
      const { model } = await modelAmong(sources);
      const info = summarize(model);
      release();
      open = {
        model,
        info,
        weights: listWeights(model.proto),
        pipeline: new Pipeline(model),
        sketches: sketchCache((w) => sketchTensor(w.tensor, w.channelAxis)),
        known: new Map(),
        session,
        others: new OtherModels(model),
        files,
        sources,
      };
      outputs = await lastOutput(session);
      void readKept();
      return { info, layers: layersOf(model) };
    }),

  sketch: (task, onSketches) =>
    tasks.run(task, async (signal) => {
      const { weights, sketches, known } = opened();
      const send = batched(onSketches);
      let count = 0;
      const floats = weights.filter((w) => isFloatTensor(w.tensor));
      await sketchAll(
        floats,
        (weight, sketch) => {
          sketches.put(weight.tensor, sketch);
          known.set(weight.id, sketch);
          send([weight.id, sketch]);
          count++;
        },
        { signal },
      );
      send.flush();
      return count;
    }),

  costs: async () => costsOf(opened().model),

  keep: (pack, files, session, task) =>
    tasks.run(task, async (signal) => {
      const dir = await sessionFolder(session);
      if (!dir) return false;
      // A file that is opened again has its copy already, which is being read by now.
      if (pack === 'model' && (await readKept())) return true;
      const kept = await writePack(dir, pack, files, signal, turns.givingWay());
      if (kept && pack === 'model') await readKept();
      if (kept && pack.startsWith(OTHER_PACK)) await forgetOldest(dir, OTHER_PACK, MOST_OTHERS);
      return kept;
    }),

  openOther: (files, task) => tasks.run(task, () => opened().others.open(files)),

  async openData(files, preprocess) {
    const now = opened();
    const inputs = inputSpecs(now.info);
    const dataset = await openFiles(files, inputs, 'train');
    now.data = calibrationData(dataset, inputs, preprocess, await contentsOf(dataset));
  },
  closeData() {
    if (open) delete open.data;
  },

  compress: (recipe, options, task, onProgress, onReports, onCurves, onCalibrated) =>
    turns.take(task, async (signal, enough) => {
      const { model, pipeline, sketches, session, others, data } = opened();
      const start = performance.now();
      const number = ++outputs;
      const stem = model.name.replace(/\.onnx$/i, '');
      const name = `${number} ${stem}.pare.onnx`;
      let main: Awaited<ReturnType<typeof output>> | undefined;
      let external: Awaited<ReturnType<typeof output>> | undefined;
      const reports = batched(onReports, REPORTS_MS);
      const curves = batched(onCurves);
      const progress = throttled(onProgress);
      const result = await compress(
        pipeline,
        recipe,
        {
          async model() {
            main = await output(session, name);
            return main.sink;
          },
          external: {
            name: `${stem}.pare.onnx.data`,
            async open() {
              external = await output(session, `${name}.data`);
              return external.sink;
            },
          },
        },
        {
          signal,
          onProgress: progress,
          report: reports,
          sketch: sketches.get,
          knownSketch: sketches.known,
          kernels: kernelsFor(options.backend),
          openSession: async (m, o) => breathing(await openSession(await modelBytes(m), o)),
          checkpoints: await checkpointsOf(session),
          models: others.get,
          enough,
          curve: curves,
          calibrated: onCalibrated,
          ...(data && { data }),
        },
        options.external ?? 'auto',
      );
      reports.flush();
      curves.flush();
      progress.flush();
      void tidy(session, number);
      learnSpeeds(options.backend, model.bytes);
      const file = await main!.file();
      return {
        file,
        // Under the name that is written into the model: whoever reads the two together looks for it.
        ...(external && { external: new File([await external.file()], `${stem}.pare.onnx.data`) }),
        bytes: result.bytes + result.externalBytes,
        info: { ...summarize(result.model), name: `${stem}.pare.onnx`, bytes: result.bytes + result.externalBytes },
        reports: result.reports,
        notes: result.notes,
        costs: costsOf(result.model),
        took: performance.now() - start,
      };
    }),

  rankChannels: (recipe, step, task) =>
    askStep(recipe, step, task, (model, options, ctx) => channelRanking(model, options as PruneChannelsOptions, ctx)),

  channelLatencies: (recipe, step, task) =>
    askStep(recipe, step, task, async (model, options, ctx) => {
      const inputs = inputSpecs(opened().info);
      const random = calibrationData(syntheticDataset(inputs, 1, 0), inputs, STORED);
      return measureLatencies(model, options as PruneChannelsOptions, await random.samples!.read([0]), ctx);
    }),

  measureImportance: (recipe, step, task, onProgress) =>
    askStep(
      recipe,
      step,
      task,
      (model, options, ctx) => importanceSketches(model, options as PruneWeightsOptions, ctx),
      onProgress,
    ),

  spectrum: (recipe, step, id, task) =>
    askStep(recipe, step, task, (model, options, ctx) => spectrumOf(model, id, options as FactorizeOptions, ctx)),

  innerValues: async () => innerValues(opened().model),

  preflight: (recipe, device, hasData, task) =>
    tasks.run(task, async (signal) => {
      const { model, pipeline, known, data } = opened();
      return preflight(model, recipe, device, {
        sketches: (id) => known.get(id),
        before: (step) => pipeline.before(recipe, step, data?.id),
        hasData,
        signal,
      });
    }),

  cancel: (task) => tasks.cancel(task),
  enough: (task) => tasks.enough(task),
  close() {
    release();
    open = undefined;
  },
};

Comlink.expose(worker);
