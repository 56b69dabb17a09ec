import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MiB } from '../../src/base/limits.ts';
import { type Cost, visit } from './large_tab.ts';
import type { BenchOptions } from './main.ts';
import { BERT_LARGE, makeBert } from './make_bert.ts';
import { MemoryWatch } from './memory.ts';
import { median, printTable } from './table.ts';

const ROUNDS = 3;
const RECIPES = [
  { name: '8-bit weights', kind: 'int8', step: { method: 'quantize-weights', bits: 8 } },
  { name: '4-bit blocks', kind: 'int4', step: { method: 'quantize-blocks', bits: 4 } },
] as const;

const middle = (costs: readonly Cost[]): Cost => ({
  seconds: median(costs.map((c) => c.seconds)),
  peak: Math.max(...costs.map((c) => c.peak)),
});

/** Runs a program and watches its memory. */
async function watched(command: string, args: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const watch = new MemoryWatch(() => [child.pid!]);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  watch.stop();
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, peak: watch.take() };
}

async function streamCopy(from: string, to: string): Promise<Cost> {
  const start = performance.now();
  await pipeline(createReadStream(from, { highWaterMark: MiB }), createWriteStream(to, { highWaterMark: MiB }));
  const seconds = (performance.now() - start) / 1000;
  rmSync(to);
  return { seconds, peak: 0 };
}

/** ONNX Runtime's quantizer, where PARE_PYTHON names a Python that has it. It may not have the memory. */
function reference(kind: string, model: string, out: string): Cost | undefined {
  const python = process.env.PARE_PYTHON;
  if (!python) return undefined;
  try {
    const script = join(import.meta.dirname, 'large.py');
    return JSON.parse(execFileSync(python, [script, kind, model, out]).toString().trim().split('\n').at(-1)!);
  } catch (error) {
    console.error(`ONNX Runtime’s ${kind} quantizer failed: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  } finally {
    rmSync(out, { force: true });
    rmSync(`${out}.data`, { force: true });
  }
}

/**
 * A transformer of 4.3 GB, opened and quantized on the command line and in a tab, beside copying its file through the same
 * interface, and beside ONNX Runtime's quantizer. The model is made in a folder that goes when it is done, or in `--with DIR`,
 * where it stays.
 */
export async function run({ with: given }: BenchOptions): Promise<void> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'pare-large-'));
  mkdirSync(folder, { recursive: true });
  const model = join(folder, 'bert-large.onnx');
  const weights = `${model}.data`;
  try {
    if (!existsSync(weights)) await makeBert(BERT_LARGE, model, true);
    const size = statSync(weights).size;
    const title = (where: string) => `${(size / 1e9).toFixed(2)} GB with external data, ${where}`;
    const head = ['what', 's', '× copy', 'peak MB', 'target'];
    const row = (name: string, c: Cost, floor: number, target: string) => [
      name,
      c.seconds,
      c.seconds / floor,
      c.peak ? c.peak / 1e6 : '',
      target,
    ];

    const out = join(folder, 'out.onnx');
    const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
    const cli = (step: object) => {
      const recipe = JSON.stringify({ pare: 1, steps: [step] });
      return watched(process.execPath, ['--import', 'tsx', main, 'compress', model, '--recipe', recipe, '-o', out]);
    };
    const copies: Cost[] = [];
    const runs: Cost[][] = RECIPES.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      copies.push(await streamCopy(weights, join(folder, 'copy')));
      for (const [i, { step }] of RECIPES.entries()) runs[i].push(await cli(step));
    }
    const floor = middle(copies).seconds;
    const rows = [row('stream copy', middle(copies), floor, '')];
    for (const [i, { name, kind }] of RECIPES.entries()) {
      rows.push(row(`${name}, Pare`, middle(runs[i]), floor, '≤ 1.5 ×, < 600 MB'));
      const theirs = reference(kind, model, out);
      if (theirs) rows.push(row(`${name}, ONNX Runtime in Python`, theirs, floor, ''));
    }
    printTable(title(`Node (medians of ${ROUNDS}, highest peaks)`), head, rows);

    const visits: Awaited<ReturnType<typeof visit>>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      visits.push(
        await visit(
          folder,
          model,
          weights,
          RECIPES.map((r) => r.step),
        ),
      );
    }
    const tabFloor = middle(visits.map((v) => v.copy)).seconds;
    printTable(title(`in the tab (medians of ${ROUNDS}, highest peaks of all its processes)`), head, [
      row('File to private file system', middle(visits.map((v) => v.copy)), tabFloor, ''),
      row('opening, with all sketches', middle(visits.map((v) => v.open)), tabFloor, '≤ 1.5 ×, < 1200 MB'),
      ...RECIPES.map(({ name }, i) => row(name, middle(visits.map((v) => v.runs[i])), tabFloor, '≤ 1.5 ×, < 1200 MB')),
    ]);
  } finally {
    if (!given) rmSync(folder, { recursive: true });
  }
}
