import { describe, expect, it } from 'vitest';
import { valueInfo } from '../../onnx/build.ts';
import { copyWith, DataType } from '../../onnx/proto.ts';
import { backendModels, feedsFor, parse, run } from '../../onnx/testing.ts';
import { modelBytes } from '../../onnx/write.ts';
import { fixtureBytes, fixtureCases } from './testing.ts';
import { inferTypes, statedRank } from './types.ts';

/** ONNX Runtime's names of types by ours. */
const NAMES: Readonly<Record<string, number>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  float64: DataType.DOUBLE,
  int64: DataType.INT64,
  int32: DataType.INT32,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  bool: DataType.BOOL,
};

describe('inferTypes', () => {
  it("finds what the outputs of ONNX's own models say, from their inputs alone", async () => {
    let checked = 0;
    const wrong: string[] = [];
    for (const [name, bytes] of backendModels()) {
      const model = await parse(bytes, name);
      const graph = model.proto.graph!;
      // What the file states of outputs and in between is taken away.
      const bare = copyWith(graph, {
        output: graph.output.map((v) => copyWith(v, { type: undefined })),
        valueInfo: [],
      });
      const types = inferTypes(copyWith(model.proto, { graph: bare })).get(bare)!;
      for (const v of graph.output) {
        const type = v.type?.value;
        if (type?.case !== 'tensorType') continue;
        const found = types.of(v.name);
        checked++;
        // Unknown is honest; wrong is not.
        if (found !== undefined && found !== type.value.elemType) wrong.push(`${name} ${v.name}: ${found}`);
      }
    }
    expect(checked).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  it('finds every value of the fixtures that ONNX Runtime computes', async () => {
    for (const path of new Set(fixtureCases('quantize_dynamic').map((c) => c.float))) {
      const model = await parse(fixtureBytes(path), path);
      const graph = model.proto.graph!;
      const names = graph.node.flatMap((n) => n.output).filter((name) => name !== '');
      const output = names.map((name) => valueInfo(name, 0, null));
      const shown = { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { output }) }) };
      const types = inferTypes(model.proto, { contrib: true }).get(graph)!;
      const feeds = feedsFor(model);
      const results = feeds && (await run(await modelBytes(shown), feeds));
      if (!results) {
        for (const name of names) expect(types.of(name), `${path} ${name}`).toBeDefined();
        continue;
      }
      for (const [name, { data }] of Object.entries(results)) {
        const kind = (data as object).constructor.name;
        const wanted = { Float32Array: NAMES.float32, BigInt64Array: NAMES.int64, Int32Array: NAMES.int32 }[kind];
        if (wanted) expect(types.of(name), `${path} ${name}`).toBe(wanted);
      }
    }
  });

  it('knows nothing of other domains unless asked to guess', async () => {
    const model = await parse(fixtureBytes('models/ms_attention_14.onnx'));
    const graph = model.proto.graph!;
    const bare = copyWith(graph, { valueInfo: [], output: [] });
    const proto = copyWith(model.proto, { graph: bare });
    const contrib = graph.node.find((n) => n.domain === 'com.microsoft')!.output[0];
    expect(inferTypes(proto).get(bare)!.of(contrib)).toBeUndefined();
    expect(inferTypes(proto, { contrib: true }).get(bare)!.of(contrib)).toBe(DataType.FLOAT);
  });

  it('gives ranks only where they are stated', async () => {
    const graph = (await parse(fixtureBytes('models/linear_batched_14.onnx'))).proto.graph!;
    expect(statedRank(graph.input[0].name, graph)).toBeGreaterThan(0);
    expect(statedRank('nothing', graph)).toBeUndefined();
  });
});
