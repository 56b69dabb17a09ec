// `tsx once.ts MODEL RECIPE OUT`: one run of `pare compress`, without what starting Node takes. Prints JSON: seconds, CPU seconds
// of all threads, peak bytes.
import { compressCommand } from '../../src/cli/compress.ts';

const [model, recipe, output] = process.argv.slice(2);
const before = process.cpuUsage();
const start = performance.now();
await compressCommand(model, { recipe, output });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS * 1024 }));
process.exit(0);
