import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Sketch } from '../../kernels/sketch.ts';
import { quantizeDynamicSchema } from '../quantize-dynamic/options.ts';
import { type Finding, preflight } from './preflight.ts';
import { fixtureModel } from './testing.ts';

const keys = (list: readonly Finding[]) => list.map((f) => f.key);
const of = (list: readonly Finding[], key: string) => list.find((f) => f.key === key);
const model = (name: string) => fixtureModel(`models/${name}.onnx`);
const one = (step: { method: string } & Record<string, unknown>) => ({ steps: [step] });

/** A recipe's step after a finding's fix. */
function fixed(step: Record<string, unknown>, { fix }: Finding): Record<string, unknown> {
  if (!fix) throw new Error('no fix');
  if ('insert' in fix) throw new Error('a step before it');
  return 'set' in fix ? { ...step, ...fix.set } : { ...fix.replace };
}

describe('preflight', () => {
  it('says what runs quantized and what stays float', async () => {
    const found = await preflight(await model('gemms_13'), one({ method: 'quantize-dynamic' }));
    expect(of(found, 'runs-quantized')?.values.ops).toMatch(/^MatMulInteger ×\d+$/);
    expect(of(found, 'stays-float')?.values.ops).toMatch(/Gemm ×\d+/);
  });

  it('warns of int8 ConvInteger, and the fix removes the warning', async () => {
    const step = { method: 'quantize-dynamic', weightType: 'QInt8' };
    const cnn = await model('cnn_13');
    const warning = of(await preflight(cnn, one(step)), 'conv-int8-needs-new-runtime')!;
    expect(warning.severity).toBe('warning');
    const mended = fixed(step, warning) as { method: string };
    expect(v.is(quantizeDynamicSchema, mended)).toBe(true);
    expect(keys(await preflight(cnn, one(mended)))).not.toContain('conv-int8-needs-new-runtime');
    // The default is the fix already.
    expect(keys(await preflight(cnn, one({ method: 'quantize-dynamic' })))).not.toContain(
      'conv-int8-needs-new-runtime',
    );
  });

  it('warns of saturation only where it can happen', async () => {
    const step = { method: 'quantize-dynamic', weightType: 'QInt8' };
    const mlp = await model('mlp_13');
    const warned = async (s: { method: string } & Record<string, unknown>, device: Parameters<typeof preflight>[2]) =>
      of(await preflight(mlp, one(s), device), 'saturates-without-vnni');
    const finding = (await warned(step, { backend: 'cpu' }))!;
    expect(finding).toBeDefined();
    expect(await warned(fixed(step, finding) as typeof step, { backend: 'cpu' })).toBeUndefined();
    expect(await warned(step, { backend: 'cpu', vnni: true })).toBeUndefined();
    expect(await warned(step, { backend: 'wasm' })).toBeUndefined();
    expect(await warned({ ...step, weightType: 'QUInt8' }, { backend: 'cpu' })).toBeUndefined();
  });

  it('names what WebGPU has no kernel for, and offers another encoding', async () => {
    const step = { method: 'quantize-dynamic' };
    const found = await preflight(await model('mlp_13'), one(step), { backend: 'webgpu' });
    const finding = of(found, 'webgpu-falls-back')!;
    expect(finding.values.ops).toContain('MatMulInteger');
    const after = await preflight(await model('mlp_13'), one(fixed(step, finding) as typeof step), {
      backend: 'webgpu',
    });
    expect(keys(after)).not.toContain('webgpu-falls-back');
  });

  it('passes on a refusal, and stops there', async () => {
    const steps = [{ method: 'quantize-dynamic' }, { method: 'float16' }];
    const found = await preflight(await model('half_13'), { steps });
    expect(found).toEqual([expect.objectContaining({ key: 'refused', severity: 'error', step: 0 })]);
  });

  it('knows a Gemm by the name it gets, and corrects the list', async () => {
    const step = { method: 'quantize-dynamic', nodesToExclude: ['Gemm_plain', 'nobody'] };
    const gemms = await model('gemms_13');
    const gemm = gemms.proto.graph!.node.find((n) => n.opType === 'Gemm')!.name;
    step.nodesToExclude[0] = gemm;
    const found = await preflight(gemms, one(step));
    expect(of(found, 'gemm-renamed')?.fix).toEqual({ step: 0, set: { nodesToExclude: [`${gemm}_MatMul`, 'nobody'] } });
    expect(of(found, 'unknown-node')?.values.name).toBe('nobody');
  });

  it('refuses to promise 8-bit HQQ', async () => {
    const step = { method: 'quantize-blocks', algorithm: 'HQQ', bits: 8, blockSize: 64 };
    expect(of(await preflight(await model('table_15'), one(step)), 'hqq-8-bit-does-not-run')?.severity).toBe('error');
  });

  it('tells of channels that one scale serves badly, from sketches alone', async () => {
    const mlp = await model('mlp_13');
    const spread = (max: number[]): Sketch =>
      ({ channels: { axis: 1, min: new Float32Array(max.length), max: Float32Array.from(max) } }) as unknown as Sketch;
    const step = { method: 'quantize-dynamic', weightType: 'QInt8' };
    const even = await preflight(mlp, one(step), undefined, { sketches: () => spread([1, 1.5, 2]) });
    expect(keys(even)).not.toContain('channels-differ');
    const uneven = await preflight(mlp, one(step), undefined, { sketches: () => spread([1, 1, 1, 9]) });
    expect(of(uneven, 'channels-differ')?.fix).toEqual({ step: 0, set: { perChannel: true } });
  });

  it('has a word on speed for every backend, and never one that was not measured', async () => {
    const mlp = await model('mlp_13');
    const said = async (method: string, backend: 'wasm' | 'webgpu' | 'cpu') =>
      keys(await preflight(mlp, one({ method }), { backend })).filter((k) => k.startsWith('speed-'));
    expect(await said('quantize-blocks', 'wasm')).toEqual(['speed-slower']);
    expect(await said('float16', 'wasm')).toEqual(['speed-same']);
    expect(await said('float16', 'webgpu')).toEqual(['speed-unknown']);
    expect(await said('quantize-dynamic', 'webgpu')).toEqual(['speed-unknown']);
  });

  it('warns of biases that two steps correct, and one correction is enough', async () => {
    const mlp = await model('mlp_13');
    const steps = (correction: string, own: object = {}) => ({
      steps: [
        { method: 'equalize', biasCorrection: correction },
        { method: 'quantize-static', ...own },
      ],
    });
    const found = of(await preflight(mlp, steps('data')), 'biases-twice');
    expect(found).toMatchObject({ severity: 'warning', step: 1, fix: { step: 0, set: { biasCorrection: 'none' } } });
    for (const recipe of [steps('none'), steps('data', { biasCorrection: false }), steps('data', { exact: true })]) {
      expect(of(await preflight(mlp, recipe), 'biases-twice')).toBeUndefined();
    }
  });

  it('passes over the steps of other methods', async () => {
    expect(await preflight(await model('mlp_13'), one({ method: 'prune-weights' }))).toEqual([]);
  });
});
