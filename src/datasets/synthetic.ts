import { Random } from '../base/random.ts';
import { checkIndex, product } from './stored.ts';
import type { Dataset, InputSpec, Samples } from './types.ts';

/** Sizes given to dims that a model leaves free: an image's sides, its channels, and anything else (a sequence). */
const FREE_SIDE = 224;
const FREE_CHANNELS = 3;
const FREE_LENGTH = 16;

/** Whole numbers are drawn below this: as token ids they are in every vocabulary. */
const SMALL = 10;

/**
 * Random input for models without data, the same for the same seed whatever is read in whatever order: standard normal floats; whole
 * numbers in 0…9, but ones for masks and zeros for token types; bytes in 0…255; bools. Results on it must be labelled as such.
 * @throws RangeError when there is no input
 */
export function syntheticDataset(specs: readonly InputSpec[], count: number, seed: number): Dataset {
  if (specs.length === 0) throw new RangeError('a model without inputs has nothing to feed');
  const inputs: Record<string, Samples> = {};
  specs.forEach((spec, k) => {
    inputs[spec.name] = randomSamples(spec, count, seed ^ Math.imul(k + 1, 0x9e3779b1));
  });
  const main = inputs[specs[0].name];
  return { ...main, name: `random input, seed ${seed}`, kind: 'random', ...(specs.length > 1 && { inputs }) };
}

function randomSamples(spec: InputSpec, count: number, seed: number): Samples {
  const sampleDims = filled(spec.dims.slice(1));
  const size = product(sampleDims);
  const draw = drawFor(spec);
  return {
    name: spec.name,
    count,
    sampleDims,
    bytes: spec.dtype === 'uint8',
    async read(indices) {
      const n = indices.length * size;
      const data = spec.dtype === 'uint8' ? new Uint8Array(n) : new Float32Array(n);
      for (let i = 0; i < indices.length; i++) {
        checkIndex(indices[i], count, spec.name);
        const random = new Random(seed + Math.imul(indices[i] + 1, 0x85ebca6b));
        for (let k = 0; k < size; k++) data[i * size + k] = draw(random);
      }
      return { kind: 'array', dims: [indices.length, ...sampleDims], data };
    },
  };
}

function filled(dims: readonly (number | null)[]): number[] {
  if (dims.length !== 3) return dims.map((d) => d ?? FREE_LENGTH);
  const last = dims[2] === 1 || dims[2] === 3;
  return dims.map((d, i) => d ?? (i === (last ? 2 : 0) ? FREE_CHANNELS : FREE_SIDE));
}

function drawFor(spec: InputSpec): (random: Random) => number {
  const { dtype, name } = spec;
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'float64') return (r) => r.normal();
  if (dtype === 'bool' || /mask/i.test(name)) return () => 1;
  if (/type/i.test(name)) return () => 0;
  return dtype === 'uint8' ? (r) => r.int(256) : (r) => r.int(SMALL);
}
