// `npm run bench -- [NAME …] [--with DIR] [--python PYTHON]`: measures, and prints tables with ratios taken within one run. Without a name
// it runs everything that needs no data from outside.
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** A folder of models and data that are not shipped, laid out as its own README says. */
  with?: string;
  /** A Python that has onnx and onnxruntime, to measure beside. */
  python?: string;
}

const BENCHES: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): Promise<void> }>>> = {
  kernels: () => import('./kernels.ts'),
  browser: () => import('./browser.ts'),
  quantize: () => import('./quantize.ts'),
  training: () => import('./training.ts'),
  structure: () => import('./structure.ts'),
  quality: () => import('./quality_static.ts'),
  learning: () => import('./quality_learning.ts'),
  half: () => import('./half.ts'),
  equalize: () => import('./equalize.ts'),
  large: () => import('./large.ts'),
  importance: () => import('./importance.ts'),
  judge: () => import('./judge.ts'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { with: { type: 'string' }, python: { type: 'string' } },
});
const chosen = positionals.length ? positionals : Object.keys(BENCHES);
for (const name of chosen) {
  const load = BENCHES[name];
  if (!load) {
    console.error(`No bench is called ${name}. There are: ${Object.keys(BENCHES).join(', ')}.`);
    process.exit(2);
  }
  console.log(`\n━━ ${name}`);
  await (await load()).run(values);
}
process.exit(0);
