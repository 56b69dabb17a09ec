// `npm test`: types, lint, unit tests, the built page, and its stories in a real browser. Ends with the counts.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium, ensurePackages, run } from './setup.mjs';

ensurePackages();
const PARE_CHROMIUM = await ensureChromium();
const out = mkdtempSync(join(tmpdir(), 'pare-test-'));
let passed = 0;
let failed = 0;

function step(name, ...command) {
  console.log(`\n── ${name}`);
  const code = run('npx', command, { PARE_CHROMIUM, PARE_STORIES_REPORT: join(out, 'stories.json') });
  return code === 0;
}

/** A step without counts of its own is one test. */
function check(name, ...command) {
  if (step(name, ...command)) passed++;
  else failed++;
}

function report(file) {
  try {
    return JSON.parse(readFileSync(join(out, file), 'utf8'));
  } catch {
    return undefined;
  }
}

check('types', 'tsc', '--noEmit', '-p', '.');
check('lint: style', 'biome', 'check', '.');
check('lint: floors', 'node', 'tools/floors.mjs');
check('lint: dead code', 'knip');

step(
  'unit tests',
  'vitest',
  'run',
  // By itself it leaves a core to nobody, which of two is half.
  '--maxWorkers=100%',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${join(out, 'unit.json')}`,
);
const unit = report('unit.json');
passed += unit?.numPassedTests ?? 0;
// A file that fails to load has no tests to fail; it counts as one.
failed += unit ? unit.numFailedTests + (unit.success || unit.numFailedTests ? 0 : 1) : 1;

check('build', 'vite', 'build');
step('browser stories', 'playwright', 'test');
const stories = report('stories.json');
passed += (stories?.stats.expected ?? 0) + (stories?.stats.flaky ?? 0);
failed += stories ? stories.stats.unexpected + (stories.errors.length ? 1 : 0) : 1;

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
