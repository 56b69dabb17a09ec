import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { memorySource } from '../../base/source.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { readModel } from '../../onnx/read.ts';
import { modelBytes } from '../../onnx/write.ts';
import { fixtureData, nativeSession } from '../calibrate/testing.ts';
import { type Finding, preflight } from '../ort/preflight.ts';
import { fixtureModel } from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import { quantizeStatic } from './apply.ts';
import { quantizeStaticSchema } from './options.ts';

const dir = mkdtempSync(join(tmpdir(), 'pare-preflight-'));
afterAll(() => rmSync(dir, { recursive: true }));

const model = (name: string) => fixtureModel(`models/${name}.onnx`);
const step = (own: object = {}) => ({ method: 'quantize-static', ...own });
const of = (list: readonly Finding[], key: string) => list.find((f) => f.key === key);
const run = async (name: string, own: object = {}, context = {}) =>
  preflight(await model(name), { steps: [step(own)] }, undefined, context);

/** `Conv ×4, MatMul ×2` as counts. */
const counts = (text: unknown) =>
  Object.fromEntries(
    String(text ?? '')
      .split(', ')
      .filter(Boolean)
      .map((part) => part.split(' ×'))
      .map(([op, n]) => [op, Number(n)]),
  );

/** What ONNX Runtime makes of a model when it loads it: the operators of its optimized graph. */
async function optimized(m: Model): Promise<string[]> {
  const path = join(dir, 'optimized.onnx');
  const session = await ort.InferenceSession.create(await modelBytes(m), {
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: path,
    logSeverityLevel: 4,
  });
  await session.release();
  const written = await readModel(memorySource(new Uint8Array(readFileSync(path)), 'optimized.onnx'));
  return mainGraph(written).node.map((n) => n.opType);
}

const INTEGER: Readonly<Record<string, string>> = { QLinearConv: 'Conv', QLinearMatMul: 'MatMul', QGemm: 'Gemm' };

describe('what is said to run on integers does so in ONNX Runtime', () => {
  it.each([
    ['cnn_13', {}],
    ['mlp_13', {}],
    ['cnn_13', { activationType: 'QInt8' }],
    ['cnn_13', { activationType: 'QUInt16' }],
  ])('%s %o', async (name, own) => {
    const found = await run(name, own);
    const said = counts(of(found, 'runs-quantized')?.values.ops);
    const ctx = { ...testContext(), data: fixtureData(`models/${name}.npz`), openSession: nativeSession };
    const options = v.parse(quantizeStaticSchema, step({ biasCorrection: false, ...own }));
    const real: Record<string, number> = {};
    for (const op of await optimized(await quantizeStatic(await model(name), options, ctx))) {
      if (INTEGER[op]) real[INTEGER[op]] = (real[INTEGER[op]] ?? 0) + 1;
    }
    const heavy = Object.fromEntries(Object.entries(said).filter(([op]) => ['Conv', 'MatMul', 'Gemm'].includes(op)));
    expect(heavy).toEqual(real);
    expect(Object.keys(real).length > 0).toBe(!('activationType' in own) || own.activationType === 'QInt8');
  });
});

describe('findings', () => {
  it('tells when data lacks', async () => {
    expect(of(await run('cnn_13', {}, { hasData: false }), 'needs-data')?.severity).toBe('warning');
    expect(of(await run('cnn_13'), 'needs-data')).toBeUndefined();
  });

  it('puts the folding of normalization before it', async () => {
    const bytes = readFileSync(new URL('../../../public/samples/fashion-resdw.onnx', import.meta.url));
    const net = await readModel(memorySource(new Uint8Array(bytes), 'fashion-resdw.onnx'));
    const found = of(await preflight(net, { steps: [step()] }), 'normalization-unfolded');
    expect(found?.fix).toEqual({ step: 0, insert: { method: 'simplify' } });
    const after = await preflight(net, { steps: [{ method: 'simplify' }, step()] });
    expect(of(after, 'normalization-unfolded')).toBeUndefined();
  });

  it('offers bytes in place of wider and narrower integers', async () => {
    const wide = of(await run('mlp_21', { activationType: 'QInt16', weightType: 'QInt4' }), 'runs-as-float');
    expect(wide?.values.types).toBe('QInt16, QInt4');
    expect(wide?.fix).toEqual({ step: 0, set: { activationType: 'QUInt8', weightType: 'QInt8' } });
  });

  it('names a layer that is skipped as one that stays float', async () => {
    const conv = mainGraph(await model('cnn_13')).node.find((n) => n.opType === 'Conv')!;
    const found = await run('cnn_13', { layers: { [conv.input[1]]: { skip: true } } });
    expect(of(found, 'stays-float')?.values).toMatchObject({ ops: 'Conv ×1' });
  });

  it('passes on what does not go together', async () => {
    const found = await run('cnn_13', { activationType: 'QInt8', weightType: 'QUInt8' });
    expect(found).toEqual([expect.objectContaining({ key: 'refused', severity: 'error' })]);
  });

  it('makes fixes that the schema takes', async () => {
    for (const own of [{}, { activationType: 'QInt8' }, { perChannel: false }, { weightType: 'QInt16' }]) {
      for (const { fix } of await run('cnn_13', own)) {
        if (fix && 'set' in fix) expect(v.is(quantizeStaticSchema, step({ ...own, ...fix.set }))).toBe(true);
      }
    }
  });

  it('does not promise speed to a model this small', async () => {
    expect(of(await run('cnn_13'), 'speed-small')?.severity).toBe('warning');
  });
});
