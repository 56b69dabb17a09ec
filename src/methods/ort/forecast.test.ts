import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { listWeights } from '../../onnx/weights.ts';
import { modelBytes } from '../../onnx/write.ts';
import { float16Method } from '../float16/index.ts';
import { factsOf } from '../layers.ts';
import { evaluatePlan } from '../plan.ts';
import { quantizeBlocksMethod } from '../quantize-blocks/index.ts';
import { quantizeDynamicMethod } from '../quantize-dynamic/index.ts';
import { plansOf, randomWeights, testContext } from '../testing.ts';
import type { LayerPlan, Method } from '../types.ts';
import { fixtureModel } from './testing.ts';

// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
const methods: readonly Method<any>[] = [quantizeDynamicMethod, quantizeBlocksMethod, float16Method];

/** Plans as the page has them, with the uses of each weight. */
async function plans(model: Model): Promise<LayerPlan[]> {
  const uses = new Map(listWeights(model.proto).map((w) => [w.id, w.uses]));
  return (await plansOf(model)).map((p) => ({ ...p, facts: { ...p.facts, uses: uses.get(p.facts.id) } }));
}

async function both(model: Model, step: { method: string } & Record<string, unknown>, known = true) {
  const method = methods.find((m) => m.name === step.method)!;
  const options = v.parse(method.schema, step);
  const ctx = testContext();
  await modelBytes(await method.apply(model, options, ctx));
  const before = known ? await plans(model) : await plansOf(model);
  return { forecast: method.forecast!(before, options), reports: ctx.reports };
}

/** A layer of each kind, wide enough for a forecast to mean something. */
function layers(): Model {
  const tensor = (name: string, dims: number[], seed: number) =>
    makeTensor(
      name,
      DataType.FLOAT,
      dims,
      randomWeights(
        'normal',
        dims.reduce((a, b) => a * b, 1),
        seed,
      ),
    );
  const nodes = [
    node('Gather', ['table', 'ids'], ['e'], {}, { name: 'e' }),
    node('MatMul', ['e', 'w'], ['h'], {}, { name: 'h' }),
    node('Gemm', ['h', 'g'], ['y'], { transB: 1 }, { name: 'y' }),
    node('Conv', ['x', 'k'], ['z'], {}, { name: 'z' }),
  ];
  const inputs = [valueInfo('ids', DataType.INT64, [4]), valueInfo('x', DataType.FLOAT, [1, 8, 9, 9])];
  const outputs = [valueInfo('y', DataType.FLOAT, null), valueInfo('z', DataType.FLOAT, null)];
  const tensors = [
    tensor('table', [100, 96], 1),
    tensor('w', [96, 128], 2),
    tensor('g', [64, 128], 3),
    tensor('k', [16, 8, 3, 3], 4),
  ];
  const proto = modelProto(graph('g', nodes, inputs, outputs, tensors), 17);
  return { name: 'layers.onnx', proto, bytes: 0, external: [] };
}

const STEPS = [
  { method: 'quantize-dynamic' },
  { method: 'quantize-dynamic', weightType: 'QInt8' },
  { method: 'quantize-dynamic', perChannel: true, weightType: 'QInt8' },
  { method: 'quantize-dynamic', reduceRange: true, weightType: 'QInt8' },
  { method: 'quantize-dynamic', nodesToExclude: ['h'] },
  { method: 'quantize-blocks', blockSize: 32 },
  { method: 'quantize-blocks', blockSize: 16, isSymmetric: true },
  { method: 'quantize-blocks', blockSize: 64, bits: 8 },
  { method: 'quantize-blocks', blockSize: 64, bits: 2 },
  { method: 'quantize-blocks', blockSize: 32, quantFormat: 'QDQ' },
  { method: 'quantize-blocks', blockSize: 32, opTypesToQuantize: ['MatMul', 'Gather'] },
  { method: 'float16' },
  { method: 'float16', dtype: 'bfloat16' },
];

describe('forecasts', () => {
  it.each(STEPS.map((s) => [JSON.stringify(s), s] as const))('%s: the bytes, to the byte', async (_, step) => {
    const { forecast, reports } = await both(layers(), step);
    expect(reports.size).toBeGreaterThan(0);
    for (const plan of forecast) {
      const report = reports.get(plan.facts.id);
      expect(plan.bytes, plan.facts.id).toBe(report ? report.bytesAfter : plan.facts.bytes);
      if (report) expect(plan.encoding).toBe(report.encoding);
    }
  });

  it.each(STEPS.filter((s) => !('nodesToExclude' in s)).map((s) => [JSON.stringify(s), s] as const))(
    '%s: the bytes by role alone, where nobody lists the uses',
    async (_, step) => {
      const { forecast, reports } = await both(layers(), step, false);
      for (const plan of forecast) expect(plan.bytes).toBe(reports.get(plan.facts.id)?.bytesAfter ?? plan.facts.bytes);
    },
  );

  it.each(STEPS.map((s) => [JSON.stringify(s), s] as const))(
    '%s: the error, as well as plans know it',
    async (_, step) => {
      const { forecast, reports } = await both(layers(), step);
      for (const plan of forecast) {
        const report = reports.get(plan.facts.id);
        // bfloat16 has no quantizer in plans, and none is claimed for it.
        if (!report || !plan.quantizer) continue;
        // 2 dB is what plans promise for finer granularities; signed ends of symmetric blocks and 2 bits cost another.
        expect(Math.abs(evaluatePlan(plan).sqnr - report.sqnr), plan.facts.id).toBeLessThan(3);
      }
    },
  );

  it.each(['mlp_13', 'cnn_13', 'attention_14', 'lstm_14', 'embedding_17', 'table_21', 'residual_13'])(
    'of %s agree with what is written',
    async (name) => {
      const model = await fixtureModel(`models/${name}.onnx`);
      expect(opsetOf(model)).toBeGreaterThan(10);
      for (const step of STEPS.filter((s) => s.method !== 'float16')) {
        const { forecast, reports } = await both(model, step);
        for (const plan of forecast) {
          const report = reports.get(plan.facts.id);
          const facts = factsOf(listWeights(model.proto).find((w) => w.id === plan.facts.id)!, 17);
          expect(plan.bytes, `${JSON.stringify(step)} ${plan.facts.id}`).toBe(report?.bytesAfter ?? facts.bytes);
        }
      }
    },
  );
});
