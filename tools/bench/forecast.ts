import { Random } from '../../src/base/random.ts';
import { sketchOf } from '../../src/kernels/sketch.ts';
import type { Role } from '../../src/onnx/weights.ts';
import { parseRecipe, type Recipe } from '../../src/recipe/schema.ts';
import { Forecaster } from '../../src/studio/forecast/engine.ts';

/**
 * Main-thread time of one frame of a drag, on sketches of a model of BERT's shape: 110 M weights in 200 tensors. Each sketch is made of a
 * sample of its tensor with the counts multiplied up: a frame's cost depends on bins, not on weights.
 */
const SAMPLE = 65536;

function layer(id: string, dims: number[], role: Role, random: Random) {
  const count = dims.reduce((a, b) => a * b, 1);
  const n = Math.min(count, SAMPLE);
  const channelAxis = role === 'embedding' ? 0 : dims.length - 1;
  const x = Float32Array.from({ length: n }, () => 0.02 * random.normal());
  const channels = dims[channelAxis];
  const s = sketchOf(x);
  const spread = Float32Array.from({ length: channels }, () => 0.05 + 0.05 * random.next());
  const sketch = {
    ...s,
    count,
    counts: s.counts.map((c) => Math.round((c * count) / n)),
    channels: { axis: channelAxis, min: spread.map((v) => -v), max: spread },
  };
  return { id, name: id, role, dims, dtype: 'float32', bytes: 4 * count, channelAxis, sketch };
}

/** The tensors of BERT-base: 74 matrices and as many vectors as bring them to 200. */
export function bertLayers() {
  const random = new Random(0);
  const layers = [layer('word', [30522, 768], 'embedding', random), layer('position', [512, 768], 'embedding', random)];
  for (let i = 0; i < 12; i++) {
    for (const p of ['q', 'k', 'v', 'o']) layers.push(layer(`${i}.${p}`, [768, 768], 'weight', random));
    layers.push(layer(`${i}.up`, [768, 3072], 'weight', random), layer(`${i}.down`, [3072, 768], 'weight', random));
    for (let j = 0; j < 10; j++) layers.push(layer(`${i}.b${j}`, [768], 'bias', random));
  }
  while (layers.length < 200) layers.push(layer(`n${layers.length}`, [768], 'norm', random));
  return layers;
}

function measure(name: string, recipeAt: (t: number) => Recipe, selected?: string): void {
  const layers = bertLayers();
  const forecaster = new Forecaster();
  const frames: number[] = [];
  const bytes = layers.reduce((n, l) => n + l.bytes, 0);
  const frame = () => {
    const start = performance.now();
    const more = forecaster.step();
    frames.push(performance.now() - start);
    return more;
  };
  for (let i = 0; i < 400; i++) {
    forecaster.ask({ layers, opset: 17, bytes, recipe: recipeAt((i % 100) / 100), selected });
    frame();
  }
  let settle = 1;
  while (frame()) settle++;
  // The first frames compile the code and build the bins, as opening a model does before any slider moves.
  const steady = frames.slice(100).sort((a, b) => a - b);
  const at = (q: number) => steady[Math.floor(q * (steady.length - 1))].toFixed(1);
  console.log(
    `${name.padEnd(46)} median ${at(0.5).padStart(5)} ms  p95 ${at(0.95).padStart(5)} ms  max ${at(1).padStart(5)} ms  first ${frames[0].toFixed(1)} ms  frames to settle ${settle}`,
  );
}

const recipe = (...steps: object[]) => parseRecipe({ pare: 1, seed: 0, steps });
for (const selected of [undefined, '3.up']) {
  const of = selected ?? 'whole model';
  measure(`${of}: global sparsity`, (t) => recipe({ method: 'prune-weights', sparsity: t }), selected);
  measure(
    `${of}: sparsity, 4 bits per channel`,
    (t) => recipe({ method: 'prune-weights', sparsity: t }, { method: 'quantize-weights', bits: 4 }),
    selected,
  );
  measure(
    `${of}: bits 1–8 per channel`,
    (t) => recipe({ method: 'quantize-weights', bits: 1 + Math.floor(t * 8) }),
    selected,
  );
  measure(
    `${of}: sparsity, 4 bits in blocks, mse`,
    (t) =>
      recipe(
        { method: 'prune-weights', sparsity: t },
        { method: 'quantize-weights', bits: 4, granularity: 'block', range: 'mse' },
      ),
    selected,
  );
  measure(
    `${of}: sparsity, k-means 4 bits per tensor`,
    (t) =>
      recipe(
        { method: 'prune-weights', sparsity: t },
        { method: 'quantize-weights', bits: 4, scheme: 'codebook', granularity: 'tensor' },
      ),
    selected,
  );
}
