import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, test, vi } from 'vitest';
import { MiB } from '../base/limits.ts';
import { type ByteSink, memorySink, memorySource } from '../base/source.ts';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { computedPayload, piecewisePayload, rangePayload } from './payload.ts';
import { DataType } from './proto.ts';
import { readModel } from './read.ts';
import { makeTensor, readRaw } from './tensor.ts';
import { modelOf, run } from './testing.ts';
import { EXTERNAL_ALIGN, layout, modelBytes, writeModel, writeSegments } from './write.ts';

const { FLOAT } = DataType;

function mlp() {
  const w = (name: string, rows: number, cols: number) =>
    makeTensor(
      name,
      FLOAT,
      [rows, cols],
      Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i)),
    );
  const g = graph(
    'g',
    [node('MatMul', ['x', 'w1'], ['h']), node('MatMul', ['h', 'w2'], ['i']), node('Reshape', ['i', 'shape'], ['y'])],
    [valueInfo('x', FLOAT, [1, 50])],
    [valueInfo('y', FLOAT, null)],
    [w('w1', 50, 61), w('w2', 61, 30), makeTensor('shape', DataType.INT64, [1], BigInt64Array.of(-1n))],
  );
  return modelOf(modelProto(g));
}
const feeds = { x: new ort.Tensor('float32', new Float32Array(50).fill(0.5), [1, 50]) };

describe('external data', () => {
  test('starts every tensor on a page, keeps small ones inside, and ONNX Runtime maps it', async () => {
    const model = mlp();
    const [sink, data] = [memorySink(), memorySink()];
    const sizes = await writeModel(model, sink, { external: { name: 'w.data', sink: data } });
    expect(sizes).toEqual({ bytes: sink.bytes().length, externalBytes: data.bytes().length });
    const back = await readModel(memorySource(sink.bytes()), [memorySource(data.bytes(), 'w.data')]);
    expect(back.external).toEqual(['w.data']);
    const offsets = [0, Math.ceil((50 * 61 * 4) / EXTERNAL_ALIGN) * EXTERNAL_ALIGN];
    expect(data.bytes().length).toBe(offsets[1] + 61 * 30 * 4);
    for (const [i, offset] of offsets.entries()) {
      const raw = await readRaw(model.proto.graph!.initializer[i]);
      expect(Buffer.compare(raw, data.bytes().subarray(offset, offset + raw.length))).toBe(0);
    }
    expect(back.proto.graph!.initializer[2].rawData).toHaveLength(8);

    const dir = mkdtempSync(join(tmpdir(), 'pare-write-'));
    writeFileSync(join(dir, 'm.onnx'), sink.bytes());
    writeFileSync(join(dir, 'w.data'), data.bytes());
    const outside = await run(join(dir, 'm.onnx'), feeds);
    rmSync(dir, { recursive: true });
    expect(outside).toBeDefined();
    expect(outside).toEqual(await run(await modelBytes(model), feeds));
    expect(Buffer.compare(await modelBytes(back), await modelBytes(model))).toBe(0);
  });

  test('floats in float_data move out as they are', async () => {
    const bytes = new Uint8Array(Float32Array.from({ length: 2000 }, (_, i) => i).buffer);
    const tensor = makeTensor('w', FLOAT, [2000], rangePayload(memorySource(bytes), 0, bytes.length, 4));
    const plan = layout(modelOf(modelProto(graph('g', [], [], [], [tensor]))), 'w.data');
    expect(plan.externalBytes).toBe(8000);
  });
});

describe('limits and failures', () => {
  test('a file past 2 GB is refused before anything is read', () => {
    const compute = vi.fn();
    const tensors = [0, 1].map((i) => makeTensor(`w${i}`, FLOAT, [2 ** 28], computedPayload(2 ** 30, compute)));
    const model = modelOf(modelProto(graph('g', [], [], [], tensors)));
    expect(() => layout(model)).toThrow(expect.objectContaining({ code: 'model/limit' }));
    expect(layout(model, 'w.data').externalBytes).toBe(2 ** 31);
    expect(compute).not.toHaveBeenCalled();
  });

  test('a failure anywhere throws both files away and reports the cause', async () => {
    const sinks = [0, 1].map(() => {
      const inner = memorySink();
      return { ...inner, close: vi.fn(inner.close), abort: vi.fn(inner.abort) };
    });
    const bad = makeTensor(
      'w',
      FLOAT,
      [2000],
      computedPayload(8000, async () => Promise.reject(new Error('boom'))),
    );
    const model = modelOf(modelProto(graph('g', [], [], [], [bad])));
    for (const external of [undefined, { name: 'w.data', sink: sinks[1] }]) {
      await expect(writeModel(model, sinks[0], { external })).rejects.toThrow('boom');
    }
    expect(sinks[0].close).not.toHaveBeenCalled();
    expect(sinks[0].abort).toHaveBeenCalledTimes(2);
    expect(sinks[1].abort).toHaveBeenCalledTimes(1);
  });

  test('a source that shrank since it was opened is noticed', async () => {
    const short = { size: 8000, field: 9 as const, direct: true, read: async () => new Uint8Array(7999) };
    const model = modelOf(modelProto(graph('g', [], [], [], [makeTensor('w', FLOAT, [2000], short)])));
    await expect(writeModel(model, memorySink())).rejects.toMatchObject({ code: 'storage/failed' });
  });

  test('cancelling stops between pieces', async () => {
    const controller = new AbortController();
    let written = 0;
    const sink: ByteSink = {
      async write(bytes) {
        written += bytes.length;
        controller.abort();
      },
      async close() {},
      async abort() {},
    };
    // Larger than what waits to be written together with its neighbours.
    const parts = [new Uint8Array(MiB), new Uint8Array(MiB)];
    await expect(writeSegments(parts, sink, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(written).toBe(MiB);
  });

  test('never more than 16 MiB is computed ahead', async () => {
    let held = 0;
    let most = 0;
    const payload = (size: number) =>
      computedPayload(size, async () => {
        held += size;
        most = Math.max(most, held);
        return new Uint8Array(size);
      });
    const sink: ByteSink = {
      async write(bytes) {
        await new Promise((r) => setTimeout(r, 1));
        held -= bytes.length;
      },
      async close() {},
      async abort() {},
    };
    await writeSegments(
      Array.from({ length: 30 }, () => payload(5 * MiB)),
      sink,
    );
    // What is being written, and three more.
    expect(most).toBe(20 * MiB);
  });
});

test('a computation in pieces is asked for each of them once, in order, and any range of it can be read', async () => {
  const all = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const asked: number[] = [];
  const payload = piecewisePayload(all.length, 300, async (from, length) => {
    asked.push(from);
    return all.slice(from, from + length);
  });
  const sink = memorySink();
  await writeSegments([payload], sink);
  expect(sink.bytes()).toEqual(all);
  expect(asked).toEqual([0, 300, 600, 900]);
  for (const [from, length] of [
    [0, 1000],
    [0, 300],
    [900, 100],
    [0, 299],
    [299, 2],
    [300, 301],
    [950, 50],
    [500, 0],
  ]) {
    expect(await payload.read(from, length)).toEqual(all.slice(from, from + length));
  }
});
