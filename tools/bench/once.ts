// `tsx once.ts MODEL RECIPE OUT`: one run of `pare compress`, without what starting Node takes. Prints JSON: seconds, CPU seconds
// of all threads, peak bytes.
import { compressCommand } from '../../src/cli/compress.ts';
import { highestOf } from './memory.ts';

const [model, recipe, output] = process.argv.slice(2);
const before = process.cpuUsage();
const start = performance.now();
await compressCommand(model, { recipe, output });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
// What getrusage says begins with the parent's, from before the program was loaded.
const peak = highestOf('self') ?? process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak }));
process.exit(0);
