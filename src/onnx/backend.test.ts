import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, equals, fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../base/source.ts';
import { decodeModel } from './decode.ts';
import { summarize } from './info.ts';
import { ModelProtoSchema } from './proto.ts';
import { readModel } from './read.ts';
import { backendModels, feedsFor, parse, run, unparse } from './testing.ts';
import { listWeights } from './weights.ts';
import { writeModel } from './write.ts';

const models = backendModels();
const options = { unknown: true, registry: createRegistry(ModelProtoSchema) };

test('ONNX’s backend test data is all there', () => {
  expect(models).toHaveLength(149);
});

test('every backend model is opened, listed and written back the same', async () => {
  let identical = 0;
  for (const [name, bytes] of models) {
    const model = await parse(bytes, name);
    expect(listWeights(model.proto).length, name).toBe(summarize(model).tensors);
    const back = await unparse(model);
    if (Buffer.compare(Buffer.from(back), Buffer.from(bytes)) === 0) identical++;
    // Another decoder is the judge.
    const same = equals(
      ModelProtoSchema,
      fromBinary(ModelProtoSchema, back),
      fromBinary(ModelProtoSchema, bytes),
      options,
    );
    expect(same, name).toBe(true);
  }
  // All of them came from protobuf's own writers.
  expect(identical).toBe(models.length);
});

test('the decoder gives the messages that protobuf-es gives', () => {
  for (const [name, bytes] of models) {
    const ours = decodeModel(bytes, name, 1e9);
    expect(equals(ModelProtoSchema, ours, fromBinary(ModelProtoSchema, bytes), options), name).toBe(true);
  }
});

test('what ONNX Runtime runs gives bit-equal outputs with the weights outside', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pare-backend-'));
  let ran = 0;
  let moved = 0;
  try {
    for (const [name, bytes] of models) {
      const model = await parse(bytes, name);
      const feeds = feedsFor(model);
      const before = feeds && (await run(bytes, feeds));
      if (!feeds || !before) continue;
      ran++;
      const [sink, data] = [memorySink(), memorySink()];
      const { externalBytes } = await writeModel(model, sink, { external: { name: 'w.data', sink: data } });
      if (externalBytes > 0) moved++;
      writeFileSync(join(dir, 'm.onnx'), sink.bytes());
      writeFileSync(join(dir, 'w.data'), data.bytes());
      expect(await run(join(dir, 'm.onnx'), feeds), name).toEqual(before);
      // And inside again, from the two files.
      const again = await readModel(memorySource(sink.bytes(), 'm.onnx'), [memorySource(data.bytes(), 'w.data')]);
      expect(await run(await unparse(again), feeds), name).toEqual(before);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  expect(ran).toBeGreaterThan(70);
  expect(moved).toBeGreaterThan(0);
});
