// `tsx once.ts MODEL RECIPE OUT`: one run of `pare compress`, without what starting Node takes. Prints JSON: seconds, CPU seconds
// of all threads, peak bytes.
import { existsSync, readFileSync } from 'node:fs';
import { compressCommand } from '../../src/cli/compress.ts';

const [model, recipe, output] = process.argv.slice(2);
// Its methods are loaded before, as the reference's are by its imports.
await import('../../src/methods/index.ts');
const before = process.cpuUsage();
const start = performance.now();
await compressCommand(model, { recipe, output });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: peak() }));
process.exit(0);

/** The most memory that was resident. What getrusage says begins with the parent's, from before the program was loaded. */
function peak(): number {
  const kib = existsSync('/proc/self/status') && /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return 1024 * (kib ? Number(kib) : process.resourceUsage().maxRSS);
}
