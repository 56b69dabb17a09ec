import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { checkModel } from '../../onnx/check.ts';
import { backendModels, feedsFor, parse, run, unparse } from '../../onnx/testing.ts';
import { testContext } from '../testing.ts';
import { pruneChannels } from './apply.ts';
import { channelPlan } from './describe.ts';
import { pruneChannelsSchema } from './options.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const samples = new URL('../../../public/samples/', import.meta.url);
const shipped = readdirSync(samples).filter((name) => name.endsWith('.onnx'));
const models: [name: string, bytes: Bytes][] = [
  ...shipped.map((name): [string, Bytes] => [name, new Uint8Array(readFileSync(new URL(name, samples)))]),
  ...backendModels(),
];

/** Outputs of values that are there, of any kind. */
const shapesOf = (result: Record<string, { dims: readonly number[] }>) =>
  Object.fromEntries(Object.entries(result).map(([name, { dims }]) => [name, dims]));

test.each([0.05, 0.5])(
  'every model with %d of its channels gone is valid, runs and answers in the shapes it did',
  async (reduction) => {
    let [ran, cut] = [0, 0];
    for (const [name, bytes] of models) {
      const model = await parse(bytes, name);
      const options = v.parse(pruneChannelsSchema, {
        method: 'prune-channels',
        target: 'channels',
        reduction,
        minKept: 0,
      });
      const after = await pruneChannels(model, options, testContext());
      const problems = checkModel(model).map((p) => p.message);
      expect(
        checkModel(after).filter((p) => !problems.includes(p.message)),
        name,
      ).toEqual([]);
      if (after !== model) {
        cut++;
        expect(channelPlan(after).total.parameters, name).toBeLessThan(channelPlan(model).total.parameters);
      }
      const feeds = feedsFor(model);
      const before = feeds && (await run(bytes, feeds));
      if (!feeds || !before) continue;
      ran++;
      const result = await run(await unparse(after), feeds);
      expect(result, name).toBeDefined();
      expect(shapesOf(result!), name).toEqual(shapesOf(before));
    }
    expect(ran).toBeGreaterThan(70);

    // ONNX’s own models are mostly a single operator, or end where they begin; those the project ships do not.
    expect(cut).toBeGreaterThanOrEqual(shipped.length);
  },
  120_000,
);
