import { top1 } from './labelled.ts';
import { runRecipe, shippedLearner } from './learning.ts';
const { model, data, test } = await shippedLearner('fashion-resdw');
const unl = { ...data, samples: { ...data.samples!, labels: undefined } };
const which = process.argv[2];
const seed = Number(process.argv[3] ?? 0);
const aug = { mix: true, shift: 2, flip: true };
const L = (o: object) => ({ method: 'distill', batchSize: 64, temperature: 2, heldOut: 0, augment: aug, ...o });
const P = (reduction: number, o: object = {}) => ({ method: 'prune-channels', target: 'macs', reduction, ...o });
const recipes: Record<string, object[]> = {
  mix: [P(0.5), L({ steps: 1200, rate: 0.003 })],
  mixlabel: [P(0.5), L({ steps: 1200, rate: 0.003, alpha: 0.3 })],
  two: [P(0.3), L({ steps: 400, rate: 0.002 }), P(0.286), L({ steps: 1000, rate: 0.003 })],
  act: [P(0.5, { importance: 'activation' }), L({ steps: 1200, rate: 0.003 })],
  taylor: [P(0.5, { importance: 'taylor' }), L({ steps: 1200, rate: 0.003 })],
};
const before = await top1(model, test);
const d = which.includes('label') ? data : unl;
const out = await runRecipe(model, recipes[which], seed, d as any);
const after = await top1(out.model, test);
console.log(which, seed, before, after, ((before - after) * 100).toFixed(2), out.seconds.toFixed(0), out.notes.slice(0, 4));
process.exit(0);
