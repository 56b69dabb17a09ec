import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../onnx/model.ts';
import { modelBytes } from '../../onnx/write.ts';
import { firstDifference } from '../ort/compare.ts';
import {
  arithmetic,
  type FixtureCase,
  fixtureBytes,
  fixtureCases,
  fixtureModel,
  type PackedArray,
  runFixture,
  unpack,
} from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import { toFloat16 } from './apply.ts';
import { clampedHalves } from './convert.ts';
import { float16Schema } from './options.ts';

const camel = (key: string) => key.replace(/_(.)/g, (_, c: string) => c.toUpperCase());

function optionsOf({ config }: FixtureCase, more: object = {}) {
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [camel(key), value]));
  return v.parse(float16Schema, { method: 'float16', ...own, ...more });
}

const run = async (c: FixtureCase, more?: object) =>
  toFloat16(await fixtureModel(c.float), optionsOf(c, more), testContext());

async function sameOutputs(ours: Model, c: FixtureCase): Promise<void> {
  const bytes = await modelBytes(ours);
  for (const level of ['disabled', 'all'] as const) {
    const reference = await runFixture(fixtureBytes(c.quantized!), c.data, level);
    expect(reference).toBeTypeOf('object');
    expect(await runFixture(bytes, c.data, level)).toEqual(reference);
  }
}

const cases = fixtureCases('float16');
const named = (list: FixtureCase[]) => list.map((c) => [c.id, c] as const);

describe('float16 is onnxruntime.transformers.float16.convert_float_to_float16', () => {
  it.each(named(cases.filter((c) => !c.exception)))('%s', async (_, c) => {
    const ours = await run(c);
    expect(await firstDifference(ours, await fixtureModel(c.quantized!))).toBeUndefined();
    await sameOutputs(ours, c);
  });

  const trapped = cases.filter((c) => c.exception);
  it.each(named(trapped))('%s with the traps of the reference: the file, which does not load', async (_, c) => {
    const ours = await run(c, { referenceTraps: true });
    expect(await firstDifference(ours, await fixtureModel(c.quantized!))).toBeUndefined();
    expect(await runFixture(await modelBytes(ours), c.data, 'disabled')).toBeTypeOf('string');
  });

  it('widens what the bodies of a blocked node read, which the reference forgets', async () => {
    const c = cases.find((x) => x.id === 'fp16_branch16')!;
    const more = { opBlockList: ['If'], keepIoTypes: true };
    expect(
      await runFixture(await modelBytes(await run(c, { ...more, referenceTraps: true })), c.data, 'disabled'),
    ).toBeTypeOf('string');
    const outputs = await runFixture(await modelBytes(await run(c, more)), c.data, 'disabled');
    expect(outputs).toBeTypeOf('object');
  });

  // What the caller asked for is not valid in these; the others load without the traps.
  const asked = ['fp16_head20_noinfer', 'fp16_resizes13_force'];
  const mended = trapped.filter((c) => !asked.includes(c.id));
  it.each(named(mended))('%s without them: a model that loads and is close to the float one', async (_, c) => {
    const outputs = await runFixture(await modelBytes(await run(c, { keepIoTypes: true })), c.data, 'disabled');
    if (typeof outputs === 'string') throw new Error(outputs);
    const float = await runFixture(fixtureBytes(c.float), c.data, 'disabled');
    if (typeof float === 'string') throw new Error(float);
    // float16 has 11 bits and bfloat16 8: a few dozen roundings of values of the output's size stay below this share.
    const share = c.id.endsWith('bf16') ? 0.08 : 0.01;
    for (const [name, { data }] of Object.entries(float)) {
      const peak = Math.max(...Array.from(data, (x) => Math.abs(Number(x))));
      Array.from(data).forEach((x, i) => {
        expect(Math.abs(Number(x) - Number(outputs[name].data[i]))).toBeLessThanOrEqual(peak * share);
      });
    }
  });
});

describe('float32 to float16', () => {
  const { float16 } = arithmetic() as unknown as {
    float16: {
      values: PackedArray;
      clamped: { min_positive_val: number; max_finite_val: number; half: PackedArray }[];
    };
  };
  const bits = new Uint32Array(unpack(float16.values).buffer);
  it.each(float16.clamped.map((r) => [`${r.min_positive_val} … ${r.max_finite_val}`, r] as const))('%s', (_, row) => {
    const ours = clampedHalves(bits, { min: row.min_positive_val, max: row.max_finite_val });
    expect([...ours]).toEqual([...(unpack(row.half) as Uint16Array)]);
  });
});
