import { expect, test } from 'vitest';
import { checkModel } from '../../onnx/check.ts';
import { mainGraph } from '../../onnx/model.ts';
import { dimsOf } from '../../onnx/tensor.ts';
import { distill } from './apply.ts';
import { agreement, answers, argmaxes, floats, learningContext, options, randomData, toy } from './testing.ts';

const data = randomData(400);

test.each(['teacher', 'random'])(
  'a narrow student has its share of the channels, and learns: from %s weights',
  async (initialise) => {
    const teacher = toy(1, { hidden: 24 });
    const ctx = learningContext(teacher, data);
    const o = options({ student: 'narrow', width: 0.5, initialise, epochs: 60, rate: 0.01, batchSize: 32 });
    const result = await distill(teacher, o, ctx);
    expect(checkModel(result)).toEqual([]);
    const dims = Object.fromEntries(mainGraph(result).initializer.map((t) => [t.name, dimsOf(t)]));
    expect([dims.w1, dims.b1, dims.w2]).toEqual([[6, 12], [12], [12, 3]]);
    const inputs = await randomData(500, [6], 99).samples!.read(Array.from({ length: 500 }, (_, i) => i));
    const right = argmaxes(await answers(teacher, inputs), 3);
    expect(agreement(argmaxes(await answers(result, inputs), 3), right)).toBeGreaterThan(0.8);
  },
);

test('random weights are those of the seed', async () => {
  const teacher = toy();
  const run = async (seed: number) => {
    const o = options({ student: 'narrow', width: 0.5, initialise: 'random', steps: 1, rate: 1e-7, heldOut: 0 });
    return floats(await distill(teacher, o, learningContext(teacher, data, { seed })));
  };
  const one = await run(1);
  expect(await run(1)).toEqual(one);
  expect((await run(2)).w1).not.toEqual(one.w1);
});
