import * as v from 'valibot';
import { expect, it } from 'vitest';
import { mainGraph } from '../../onnx/model.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { fixtureData, nativeSession } from '../calibrate/testing.ts';
import { fixtureModel } from '../ort/testing.ts';
import { testContext } from '../testing.ts';
import type { ActivationFacts } from '../types.ts';
import { quantizeStatic } from './apply.ts';
import { quantizeStaticSchema } from './options.ts';

async function run(model: Awaited<ReturnType<typeof fixtureModel>>, own: object) {
  let activations: readonly ActivationFacts[] = [];
  let sessions = 0;
  const ctx = {
    ...testContext(),
    data: fixtureData('models/cnn_13.npz'),
    openSession: (...args: Parameters<typeof nativeSession>) => {
      sessions++;
      return nativeSession(...args);
    },
    calibrated: (found: { activations: readonly ActivationFacts[] }) => {
      activations = found.activations;
    },
  };
  const options = v.parse(quantizeStaticSchema, { method: 'quantize-static', biasCorrection: false, ...own });
  const graph = mainGraph(await quantizeStatic(model, options, ctx));
  const scale = async (name: string) => {
    const tensor = graph.initializer.find((t) => t.name === `${name}_scale`);
    return tensor && (await readFloats(tensor))[0];
  };
  return { activations, sessions, scale };
}

it('tells how the values of each quantized activation lie, and where they are clipped', async () => {
  const { activations, scale } = await run(await fixtureModel('models/cnn_13.onnx'), {});
  expect(activations.length).toBeGreaterThan(2);
  const counts = (a: ActivationFacts) => a.histogram.counts.reduce((x, y) => x + y, 0);
  for (const a of activations) {
    expect(a.histogram.edges.length).toBe(a.histogram.counts.length + 1);
    expect(a.min).toBe(a.histogram.edges[0]);
    expect(counts(a)).toBeGreaterThan(0);
    // QUInt8 covers 0 and the range in 255 steps.
    const [low, high] = [Math.min(a.range[0], 0), Math.max(a.range[1], 0)];
    expect(await scale(a.name)).toBeCloseTo((high - low) / 255, 6);
  }
});

it('takes a clip by hand without calibrating anew', async () => {
  const model = await fixtureModel('models/cnn_13.onnx');
  const first = await run(model, {});
  const { name, range } = first.activations.find((a) => a.max > 0)!;
  const half = range[1] / 2;
  const second = await run(model, { tensorQuantOverrides: { [name]: [{ rmin: 0, rmax: half }] } });
  expect(first.sessions).toBeGreaterThan(0);
  expect(second.sessions).toBe(0);
  expect(await second.scale(name)).toBeCloseTo(half / 255, 6);
  // What calibrating found stays what it was, for the way back.
  expect(second.activations.find((a) => a.name === name)!.range).toEqual(range);
  const other = await run(model, { calibrateMethod: 'MSE' });
  expect(other.sessions).toBeGreaterThan(0);
});
