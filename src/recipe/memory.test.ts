import { expect, test } from 'vitest';
import { MiB } from '../base/limits.ts';
import { Random } from '../base/random.ts';
import { type ByteSource, memorySink, memorySource } from '../base/source.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { arena } from '../kernels/simd/resident.ts';
import { sketchTensor } from '../kernels/sketchTensor.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { DataType } from '../onnx/proto.ts';
import { readModel } from '../onnx/read.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { isCompressible, listWeights } from '../onnx/weights.ts';
import { layout, modelBytes, writeModel } from '../onnx/write.ts';
import { openSession } from '../runtime/session.ts';
import { sketchCache } from './compress.ts';
import { Pipeline } from './pipeline.ts';
import { parseRecipe } from './schema.ts';

const { FLOAT, INT64 } = DataType;

/** A table that comes in parts, and matrices large enough that their memory is lent again. */
async function modelFile(): Promise<Uint8Array<ArrayBuffer>> {
  const random = new Random(3);
  const floats = (n: number) => Float32Array.from({ length: n }, () => random.next() - 0.5);
  const [rows, width, layers] = [18_000, 256, 16];
  const weights = Array.from({ length: layers }, (_, i) =>
    makeTensor(`w${i}`, FLOAT, [width, 4 * width], floats(4 * width * width)),
  );
  const nodes = weights.flatMap((w, i) => [
    node('MatMul', [i === 0 ? 'e' : `s${i - 1}`, w.name], [`m${i}`], {}, { name: `matmul${i}` }),
    node('Slice', [`m${i}`, 'zero', 'width', 'last'], [i === layers - 1 ? 'y' : `s${i}`]),
  ]);
  const int = (name: string, value: number) => makeTensor(name, INT64, [1], BigInt64Array.of(BigInt(value)));
  const g = graph(
    'g',
    [node('Gather', ['table', 'ids'], ['e'], {}, { name: 'gather' }), ...nodes],
    [valueInfo('ids', INT64, [2])],
    [valueInfo('y', FLOAT, [2, width])],
    [
      makeTensor('table', FLOAT, [rows, width], floats(rows * width)),
      ...weights,
      int('zero', 0),
      int('width', width),
      int('last', -1),
    ],
  );
  const sink = memorySink();
  await writeModel({ name: 'm.onnx', proto: modelProto(g, 17), bytes: 0, external: [] }, sink);
  return sink.bytes();
}

/** A file that is read into memory that it is lent, now and then in the kernels' own, and some reads sooner than others. */
function slowSource(bytes: Uint8Array<ArrayBuffer>, seed: number): ByteSource {
  const random = new Random(seed);
  const inner = memorySource(bytes, 'm.onnx');
  return {
    ...inner,
    async read(offset, length, loan) {
      const from = await inner.read(offset, length);
      for (let turns = random.int(60); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      const place = seed > 1 && random.int(4) > 0 ? loan?.place?.(length) : undefined;
      const into = place ?? new Uint8Array(loan ? loan.take(length) : new ArrayBuffer(length), 0, length);
      into.set(from);
      return into;
    },
  };
}

const RECIPES = [
  [{ method: 'quantize-dynamic', weightType: 'QInt8' }],
  [{ method: 'quantize-dynamic', weightType: 'QUInt8', perChannel: true }],
  [{ method: 'quantize-blocks', bits: 4, blockSize: 32 }],
  [{ method: 'quantize-blocks', bits: 4, blockSize: 32, isSymmetric: true }, { method: 'float16' }],
  [{ method: 'float16' }],
  [{ method: 'quantize-weights', bits: 8 }],
];

test.each(RECIPES)(
  'what is written out of memory that is used again is what each computation gives alone: %j',
  async (...steps) => {
    const bytes = await modelFile();
    const files: Buffer[] = [];
    for (const seed of [1, 2, 3]) {
      const model = await readModel(slowSource(bytes, seed));
      const { get, known } = sketchCache((w) => sketchTensor(w.tensor, w.channelAxis));
      // The page knows all weights from when it opened the model.
      if (seed === 1) await Promise.all(listWeights(model.proto).filter(isCompressible).map(get));
      const reports = new Map<string, number[]>();
      const out = await new Pipeline(model).run(parseRecipe({ pare: 1, steps }), {
        sketch: get,
        knownSketch: known,
        kernels: loopKernels,
        openSession: async (m) => openSession(await modelBytes(m)),
        report: ({ id, step, sqnr, zeros, sketch }) =>
          reports.set(`${step} ${id}`, [sqnr, zeros, sketch.min, sketch.max]),
        note: () => {},
        // The page draws what is reported, the command line does not, or has nobody to read it. The numbers are the same.
        reportDetail: (['full', 'bare', 'none'] as const)[seed - 1],
      });
      const sink = memorySink();
      await writeModel(out, {
        ...sink,
        async write(written) {
          for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
          await sink.write(written);
        },
      });
      files.push(Buffer.from(sink.bytes()));
      files.push(Buffer.from(JSON.stringify([...reports].sort())));
      const alone: Uint8Array[] = [];
      for (const s of layout(out).model) alone.push(s instanceof Uint8Array ? s : await s.read());
      expect(Buffer.concat(alone).equals(files[files.length - 2])).toBe(true);
    }
    expect(files[0].equals(files[2])).toBe(true);
    expect(files[0].equals(files[4])).toBe(true);
    expect(files[1].toString()).toBe(files[3].toString());
    expect(files[0].length).toBeLessThan(bytes.length);
    // All of the kernels' own memory has come back.
    const room = arena()!;
    const halves = [room.take(32 * MiB - 64)!, room.take(32 * MiB - 64)!];
    for (const half of halves) room.giveBack(half);
  },
);

test.each([RECIPES[0], RECIPES[4]])('a large weight hears cancel between its parts: %j', async (...steps) => {
  const inner = memorySource(await modelFile(), 'm.onnx');
  const controller = new AbortController();
  let parts = 0;
  const model = await readModel({
    ...inner,
    async read(offset, length, loan) {
      // The table comes in parts of 4 MiB, and nothing else in the file is as long.
      if (length === 4 * MiB && ++parts === 3) controller.abort();
      return inner.read(offset, length, loan);
    },
  });
  const out = await new Pipeline(model).run(parseRecipe({ pare: 1, steps }), {
    sketch: (w) => sketchTensor(w.tensor, w.channelAxis),
    kernels: loopKernels,
    openSession: async (m) => openSession(await modelBytes(m)),
    report: () => {},
    note: () => {},
    reportDetail: 'none',
    signal: controller.signal,
  });
  // The writer itself is told of nothing: it is the computation that stops.
  await expect(writeModel(out, memorySink())).rejects.toMatchObject({ code: 'cancelled' });
  expect(parts).toBeLessThanOrEqual(4);
});
