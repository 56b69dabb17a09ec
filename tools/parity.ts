import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { fileSource } from '../src/cli/files.ts';
import { loopKernels } from '../src/kernels/loops/kernels.ts';
import { sketchTensor } from '../src/kernels/sketchTensor.ts';
import { float16Method } from '../src/methods/float16/index.ts';
import { firstDifference } from '../src/methods/ort/compare.ts';
import { quantizeBlocksMethod } from '../src/methods/quantize-blocks/index.ts';
import { quantizeDynamicMethod } from '../src/methods/quantize-dynamic/index.ts';
import type { Method } from '../src/methods/types.ts';
import { readModel } from '../src/onnx/read.ts';

/**
 * `npm run parity -- MODEL [--recipe STEP|FILE] [--python PYTHON]`: quantizes a model with onnxruntime's Python package and with
 * Pare, and prints the first difference. Without a recipe, all three methods at the reference's defaults. Exit 0 when they are equal,
 * 1 when they differ or one of them fails.
 */

// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
const METHODS: readonly Method<any>[] = [quantizeDynamicMethod, quantizeBlocksMethod, float16Method];

type Step = { method: string } & Record<string, unknown>;

const DEFAULTS: readonly Step[] = [
  { method: 'quantize-dynamic', weightType: 'QInt8' },
  { method: 'quantize-blocks' },
  { method: 'float16' },
];

const usage = 'usage: npm run parity -- MODEL [--recipe RECIPE] [--python PYTHON]';

async function stepsOf(recipe: string | undefined): Promise<readonly Step[]> {
  if (recipe === undefined) return DEFAULTS;
  const text = recipe.trimStart().startsWith('{') ? recipe : await readFile(recipe, 'utf8');
  const json = JSON.parse(text) as Step | { steps: Step[] };
  return 'steps' in json ? (json.steps as Step[]) : [json];
}

/** Pare's result of one step, or what it refused for. */
async function compare(path: string, step: Step, python: string, folder: string): Promise<string | undefined> {
  const method = METHODS.find((m) => m.name === step.method);
  if (!method)
    throw new Error(`${step.method} has no counterpart here; there are ${METHODS.map((m) => m.name).join(', ')}`);
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const options = v.parse(method.schema, step) as any;
  if (options.weightType === 'auto') throw new Error('weightType "auto" is Pare\'s own: say QInt8 or QUInt8');
  const out = join(folder, 'reference.onnx');
  const script = join(import.meta.dirname, 'parity.py');
  const ran = spawnSync(python, [script, resolve(path), out], { input: JSON.stringify(options), encoding: 'utf8' });
  if (ran.error) throw new Error(`${python} does not run: ${ran.error.message}`);
  if (ran.status !== 0) return `the reference failed: ${ran.stderr.trim().split('\n').at(-1)}`;
  const never = () => Promise.reject(new Error('nothing runs here'));
  const original = await readModel(await fileSource(path));
  const ours = await method.apply(original, options, {
    ...{ seed: 0, step: 0, original, kernels: loopKernels, openSession: never },
    sketch: (w) => sketchTensor(w.tensor, w.channelAxis),
    report: () => {},
    note: () => {},
  });
  return firstDifference(ours, await readModel(await fileSource(out)));
}

async function main(args: readonly string[]): Promise<number> {
  const option = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const [path] = args;
  if (!path || path.startsWith('--')) {
    console.error(usage);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'pare-parity-'));
  let worst = 0;
  try {
    for (const step of await stepsOf(option('--recipe'))) {
      const difference = await compare(path, step, option('--python') ?? 'python3', folder).catch(
        (e: Error) => e.message,
      );
      console.log(`${JSON.stringify(step)}: ${difference ?? 'equal'}`);
      if (difference !== undefined) worst = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return worst;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
