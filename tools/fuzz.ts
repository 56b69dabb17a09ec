import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MiB } from '../src/base/limits.ts';
import { Random } from '../src/base/random.ts';
import { allowance, exercise, mutate } from '../src/onnx/fuzzing.ts';
import { backendModels } from '../src/onnx/testing.ts';

/**
 * Opens harmed models without end, or `--runs N` of them: `npm run fuzz -- --runs N --seed S --dir DIR`. `--dir` adds the .onnx
 * files of a folder to ONNX's own. A file that breaks the rules is kept as fuzz-SEED-RUN.onnx; the exit status is then 1.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    dir: { type: 'string' },
  },
});
const seed = Number(values.seed);
const runs = Number(values.runs);
const models = backendModels();
if (values.dir) {
  for (const name of readdirSync(values.dir)) {
    const path = join(values.dir, name);
    if (name.endsWith('.onnx') && statSync(path).size < 64 * MiB)
      models.push([name, new Uint8Array(readFileSync(path))]);
  }
}
const random = new Random(seed);
let opened = 0;
let most = 0;
let slowest = 0;
let failures = 0;
for (let run = 0; run < runs; run++) {
  const [name, bytes] = models[random.int(models.length)];
  const harmed = mutate(bytes, random);
  const start = performance.now();
  let fault: string | undefined;
  try {
    const result = await exercise(harmed);
    if (result.opened) opened++;
    most = Math.max(most, result.grown / allowance(harmed.length));
    if (result.grown > allowance(harmed.length)) fault = `took ${Math.round(result.grown / MiB)} MB`;
  } catch (error) {
    fault = String((error as Error)?.stack ?? error);
  }
  const ms = performance.now() - start;
  slowest = Math.max(slowest, ms);
  if (ms > 5000) fault = `took ${Math.round(ms)} ms`;
  if (fault) {
    failures++;
    const path = `fuzz-${seed}-${run}.onnx`;
    writeFileSync(path, harmed);
    console.error(`run ${run}, ${name}, kept as ${path}: ${fault}`);
  }
  if ((run + 1) % 1000 === 0 || run + 1 === runs) {
    const memory = `${Math.round(100 * most)} % of the memory allowed`;
    console.log(
      `${run + 1} runs, ${opened} opened, ${failures} failures, slowest ${Math.round(slowest)} ms, at most ${memory}`,
    );
  }
}
process.exitCode = failures ? 1 : 0;
