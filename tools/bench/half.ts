import { measureLatency } from '../../src/judge/latency.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { costsOf } from '../../src/recipe/costs.ts';
import { openSession } from '../../src/runtime/session.ts';
import { top1 } from './labelled.ts';
import { runRecipe, shippedLearner } from './learning.ts';
import { printTable } from './table.ts';

const SEEDS = [0, 1, 2];
const RUNS = 200;

const cut = (reduction: number) => ({ method: 'prune-channels', importance: 'taylor', reduction });
const learn = (steps: number, rate: number) => ({
  method: 'distill',
  ...{ steps, rate, temperature: 4, heldOut: 0, augment: { shift: 2, flip: true } },
});

/**
 * Half of the MACs in two cuts, with a little learning in between: what the loss feels of a channel is another thing once its neighbours
 * are gone. All 512 images teach, since too few would be held out to tell one step from the next.
 */
const STEPS = [cut(0.3), learn(250, 0.002), cut(0.286), learn(800, 0.004)];

/** The residual CNN with half of its MACs, cut and distilled: what is left of its accuracy, and how long it takes on WASM. */
export async function run(): Promise<void> {
  const { model, data, test } = await shippedLearner('fashion-resdw');
  // The original teaches; labels are not looked at.
  const { labels: _, ...samples } = data.samples!;
  const unlabelled = { ...data, id: `${data.id} unlabelled`, samples };
  const before = { accuracy: await top1(model, test), macs: costsOf(model).macs };
  const original = await openSession(await modelBytes(model));
  const feeds = await data.samples!.read([0]);
  const rows: string[][] = [];
  for (const seed of SEEDS) {
    const out = await runRecipe(model, STEPS, seed, unlabelled);
    const accuracy = await top1(out.model, test);
    const compressed = await openSession(await modelBytes(out.model));
    const { speedup } = await measureLatency(original, compressed, feeds, 1, RUNS, 1);
    await compressed.release();
    rows.push([
      String(seed),
      before.accuracy.toFixed(4),
      accuracy.toFixed(4),
      (100 * (before.accuracy - accuracy)).toFixed(2),
      (costsOf(out.model).macs / before.macs).toFixed(3),
      `${(1 / speedup.value).toFixed(2)} (${(1 / speedup.high).toFixed(2)} … ${(1 / speedup.low).toFixed(2)})`,
      out.seconds.toFixed(0),
    ]);
    console.log(rows.at(-1)!.join('  '));
  }
  await original.release();
  printTable(
    'The residual CNN at half its MACs, distilled from 512 images without labels (goal: at most 0.6 pp, latency at most 0.65 ×)',
    ['seed', 'top-1', 'after', 'loss, pp', '× MACs', '× latency on WASM', 's'],
    rows,
  );
}
