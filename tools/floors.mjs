// The floors of docs/DESIGN.md: a room imports only from rooms below it. Prints every import that climbs.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
/** From the ground up. Rooms on one line do not know each other. */
const FLOORS = [
  ['base'],
  ['storage', 'ui', 'onnx'],
  ['runtime'],
  ['kernels'],
  ['encodings', 'autodiff', 'datasets'],
  ['methods'],
  ['recipe'],
  ['judge'],
  ['cli', 'workers'],
  ['studio'],
];
const floorOf = new Map(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor])));
const faults = [];

function roomOf(path) {
  const [top, room] = path.split('/');
  if (top === 'workers') return 'workers';
  return top === 'src' ? room : undefined;
}

function* sources(dir) {
  for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

for (const dir of ['src', 'workers']) {
  for (const file of sources(dir)) {
    const room = roomOf(file);
    const test = /\.test\.tsx?$/.test(file);
    // The page's side of a method: controls, made of ui's parts.
    const controls = /^src\/methods\/[^/]+\/\w*Controls(\.test)?\.tsx$/.test(file);
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)) {
      if (!specifier.startsWith('.')) {
        if (/^onnxruntime-web/.test(specifier) && room !== 'runtime' && !test)
          faults.push(`${file}: only runtime/ imports ${specifier}`);
        const engine = !['ui', 'studio'].includes(room) && !controls;
        if (/^(react|react-dom|recharts|zustand)/.test(specifier) && engine)
          faults.push(`${file}: the engine knows no ${specifier}`);
        continue;
      }
      const target = roomOf(relative(root, join(root, dirname(file), specifier)));
      if (!target || target === room) {
        if (!controls && room === 'methods' && /Controls\.tsx$/.test(specifier))
          faults.push(`${file}: the engine does not import ${specifier}`);
        continue;
      }
      if (controls && target === 'ui') continue;
      if (target === 'ui' && room !== 'studio') faults.push(`${file}: only the page imports ui/`);
      else if (!floorOf.has(target)) faults.push(`${file}: ${target} is no room`);
      else if (floorOf.get(target) >= floorOf.get(room) && !test)
        faults.push(`${file}: ${room} may not import ${target}`);
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.length) {
  console.error(`${faults.length} imports climb. See docs/DESIGN.md, "Rooms, from the ground up".`);
  process.exit(1);
}
