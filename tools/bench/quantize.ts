import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bertBase } from './browser.ts';
import { floorInNode } from './floor.ts';
import { visit } from './large_tab.ts';
import type { BenchOptions } from './main.ts';
import { median, printTable } from './table.ts';

const ROUNDS = 3;
const METHODS = [
  { step: { method: 'quantize-dynamic', weightType: 'QInt8' }, node: 0.1, tab: 0.2 },
  { step: { method: 'quantize-blocks', bits: 4, blockSize: 32, isSymmetric: true }, node: 0.33, tab: 0.66 },
  { step: { method: 'float16', keepIoTypes: true }, node: 0.1, tab: 0.2 },
] as const;

/** One run, file to file: the time of the wall, of the processor, and the highest resident memory. */
interface Cost {
  seconds: number;
  cpu: number;
  peak: number;
}

/** Runs a program that writes `out`; what an earlier one left there is not in its way. */
function runJson(command: string, args: readonly string[], out: string): Cost {
  rmSync(out, { force: true });
  return JSON.parse(
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
      .split('\n')
      .at(-1)!,
  );
}

const middle = (costs: readonly Cost[]): Cost => ({
  seconds: median(costs.map((c) => c.seconds)),
  cpu: median(costs.map((c) => c.cpu)),
  peak: Math.max(...costs.map((c) => c.peak)),
});

/**
 * The 436 MB BERT-base shape quantized file to file, in Node and in the tab, turn by turn with ONNX Runtime's own quantizers where
 * `--python` (or PARE_PYTHON) names a Python that has them. Loading either program is not counted. Beside each time is its floor in the
 * same run: reading the input, and then writing as many bytes as came out, with nothing done in between.
 */
export async function run({ python = process.env.PARE_PYTHON }: BenchOptions): Promise<void> {
  const model = await bertBase();
  const folder = mkdtempSync(join(tmpdir(), 'pare-quantize-'));
  const out = join(folder, 'out.onnx');
  const here = (name: string) => join(import.meta.dirname, name);
  try {
    const ours: Cost[][] = METHODS.map(() => []);
    const theirs: Cost[][] = METHODS.map(() => []);
    const tabs: { seconds: number; peak: number }[][] = METHODS.map(() => []);
    const nodeFloors: number[][] = METHODS.map(() => []);
    const tabFloors: number[][] = METHODS.map(() => []);
    const sizes: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, { step }] of METHODS.entries()) {
        const recipe = JSON.stringify({ pare: 1, steps: [step] });
        ours[i].push(runJson(process.execPath, ['--import', 'tsx', here('once.ts'), model, recipe, out], out));
        sizes[i] = statSync(out).size;
        nodeFloors[i].push(await floorInNode(model, sizes[i], out));
        if (python) theirs[i].push(runJson(python, [here('quantize.py'), step.method, model, out], out));
      }
      const { runs, floors } = await visit(
        folder,
        model,
        model,
        METHODS.map((m) => m.step),
        sizes,
      );
      for (const [i, cost] of runs.entries()) tabs[i].push(cost);
      for (const [i, floor] of floors.entries()) tabFloors[i].push(floor);
    }
    const rows = METHODS.map(({ step, node, tab }, i) => {
      const [o, t] = [middle(ours[i]), theirs[i].length ? middle(theirs[i]) : undefined];
      const page = median(tabs[i].map((c) => c.seconds));
      const peak = Math.max(...tabs[i].map((c) => c.peak));
      const of = (a: number, b?: number) => (b === undefined ? '' : a / b);
      return [
        [step.method, t?.seconds ?? '', o.seconds, median(nodeFloors[i]), of(o.seconds, t?.seconds), `≤ ${node}`],
        [of(o.cpu, t?.cpu), page, median(tabFloors[i]), of(page, t?.seconds), `≤ ${tab}`],
        [(t?.peak ?? 0) / 1e6, o.peak / 1e6, peak / 1e6],
      ].flat();
    });
    const node = ['Python s', 'Node s', 'floor', '× Python', 'target', '× CPU'];
    const head = ['file to file', ...node, 'tab s', 'floor', '× Python', 'target'];
    printTable(
      `${(statSync(model).size / 1e6).toFixed(0)} MB (medians of ${ROUNDS}, highest peaks)`,
      [...head, 'Python MB', 'Node MB', 'tab MB'],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
