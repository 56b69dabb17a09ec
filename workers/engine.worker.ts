import { PareError } from '../src/base/errors.ts';
import { type ByteSink, blobSource } from '../src/base/source.ts';
import { findModel } from '../src/judge/load.ts';
import { sketchAll, sketchTensor } from '../src/kernels/sketchTensor.ts';
import { summarize } from '../src/onnx/info.ts';
import type { Model } from '../src/onnx/model.ts';
import { readModel } from '../src/onnx/read.ts';
import { isFloatTensor } from '../src/onnx/tensor.ts';
import { listWeights, type Weight } from '../src/onnx/weights.ts';
import { modelBytes } from '../src/onnx/write.ts';
import { compress, sketchCache } from '../src/recipe/compress.ts';
import { layersOf } from '../src/recipe/layers.ts';
import { Pipeline } from '../src/recipe/pipeline.ts';
import { wasmPaths } from '../src/runtime/assets.browser.ts';
import { configureRuntime } from '../src/runtime/configure.ts';
import { openSession } from '../src/runtime/session.ts';
import { blobSink, fileSink, filesIn, folder, privateRoot, remove } from '../src/storage/opfs.ts';
import { writePack } from '../src/storage/pack.ts';
import { batched, Comlink, Tasks, throttled } from './comlink.ts';
import type { EngineWorker } from './contract.ts';
import { kernelsFor, learnSpeeds } from './kernels.ts';

configureRuntime({ wasmPaths });

interface Open {
  model: Model;
  weights: Weight[];
  pipeline: Pipeline;
  sketches: ReturnType<typeof sketchCache>;
  session: string;
}

const tasks = new Tasks();
let open: Open | undefined;
/** Outputs are numbered, since a file that is being judged must not change under the judge. */
let outputs = 0;

function opened(): Open {
  if (!open) throw new PareError('internal', 'No model is open.');
  return open;
}

async function sessionFolder(session: string): Promise<FileSystemDirectoryHandle | undefined> {
  const root = session ? await privateRoot() : undefined;
  return root && folder(root, `sessions/${session}`);
}

/** Where outputs go: files of the session, or Blobs where there is no private file system. */
async function output(session: string, name: string): Promise<{ sink: ByteSink; file(): Promise<File> }> {
  const base = await sessionFolder(session);
  if (!base) {
    const sink = blobSink(name);
    return { sink, file: async () => sink.file() };
  }
  const dir = await folder(base, 'out');
  return { sink: await fileSink(dir, name), file: async () => (await dir.getFileHandle(name)).getFile() };
}

/** Removes the outputs of earlier runs but the last one, which may still be in use. */
async function tidy(session: string, keep: number): Promise<void> {
  const base = await sessionFolder(session);
  if (!base) return;
  const dir = await folder(base, 'out');
  for (const { name } of await filesIn(dir)) {
    const number = Number.parseInt(name, 10);
    if (number < keep - 1) await remove(dir, name).catch(() => {});
  }
}

const worker: EngineWorker = {
  open: (files, session, task) =>
    tasks.run(task, async () => {
      const sources = files.map((f) => blobSource(f.blob, f.path));
      const source = findModel(sources);
      if (!source) {
        throw new PareError('model/not-onnx', 'There is no .onnx file among these files.', {
          hint: 'Drop an .onnx model, together with its external data if it has any.',
        });
      }
      const model = await readModel(
        source,
        sources.filter((s) => s !== source),
      );
      const info = summarize(model);
      open = {
        model,
        weights: listWeights(model.proto),
        pipeline: new Pipeline(model),
        sketches: sketchCache((w) => sketchTensor(w.tensor, w.channelAxis)),
        session,
      };
      const base = await sessionFolder(session).catch(() => undefined);
      const old = base ? await filesIn(await folder(base, 'out')) : [];
      outputs = Math.max(0, ...old.map((f) => Number.parseInt(f.name, 10) || 0));
      return { info, layers: layersOf(model) };
    }),

  sketch: (task, onSketches) =>
    tasks.run(task, async (signal) => {
      const { weights, sketches } = opened();
      const send = batched(onSketches);
      let count = 0;
      const floats = weights.filter((w) => isFloatTensor(w.tensor));
      await sketchAll(
        floats,
        (weight, sketch) => {
          sketches.put(weight.tensor, sketch);
          send([weight.id, sketch]);
          count++;
        },
        { signal },
      );
      send.flush();
      return count;
    }),

  keep: (pack, files, session, task) =>
    tasks.run(task, async (signal) => {
      const dir = await sessionFolder(session);
      return dir ? writePack(dir, pack, files, signal) : false;
    }),

  compress: (recipe, options, task, onProgress, onReports) =>
    tasks.run(task, async (signal) => {
      const { model, pipeline, sketches, session } = opened();
      const start = performance.now();
      const number = ++outputs;
      const stem = model.name.replace(/\.onnx$/i, '');
      const name = `${number} ${stem}.pare.onnx`;
      let main: Awaited<ReturnType<typeof output>> | undefined;
      let external: Awaited<ReturnType<typeof output>> | undefined;
      const reports = batched(onReports);
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
          kernels: kernelsFor(options.backend),
          openSession: async (m, o) => openSession(await modelBytes(m), o),
        },
        options.external ?? 'auto',
      );
      reports.flush();
      progress.flush();
      void tidy(session, number);
      learnSpeeds(options.backend, model.bytes);
      const file = await main!.file();
      return {
        file,
        ...(external && { external: await external.file() }),
        bytes: result.bytes + result.externalBytes,
        info: { ...summarize(result.model), name: `${stem}.pare.onnx`, bytes: result.bytes + result.externalBytes },
        reports: result.reports,
        notes: result.notes,
        took: performance.now() - start,
      };
    }),

  cancel: (task) => tasks.cancel(task),
  close() {
    open = undefined;
  },
};

Comlink.expose(worker);
