import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { backendModels, parse } from '../testing.ts';
import { inferShapes, type ValueShape } from './infer.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Said = [dtype: string, dims: (number | string | null)[] | null];
interface Fixture {
  inferred: Record<string, Record<string, Said> | null>;
  nodes: Record<string, Record<string, Said>>;
}

const folder = new URL('./fixtures/', import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(new URL('shapes.json', folder), 'utf8'));
/** Shapes that depend on data, or on a count of turns; and operators that are not followed: training, strings, signals, images, ai.onnx.ml. */
const FREE =
  /^test_(compress|nonmaxsuppression|nonzero|unique|loop11|range_(b?float16)|optional_get|scan_sum|adagrad|adam|nesterov|momentum|ai_onnx|regex|string|strnorm|tfidf|dft|stft|melweight|image_decoder|causal_conv|flexattention|linear_attention|swiglu|resize_\w+_not_(larger|smaller))/;
const OPEN = /^simple\/test_(expand_shape|gradient|sequence|strnorm)_?/;
const NAMES: Record<string, string> = { float: 'float32', double: 'float64' };

/** Where ours contradicts the reference, and where it knows less. */
function compare(ours: ReadonlyMap<string, ValueShape>, reference: Record<string, Said>) {
  const wrong: string[] = [];
  const less: string[] = [];
  for (const [name, [type, dims]] of Object.entries(reference)) {
    const dtype = NAMES[type] ?? type;
    const own = ours.get(name);
    const shown = `${name}: ${own?.dtype} [${own?.dims}], not ${dtype} [${dims}]`;
    if (dtype === 'undefined') continue;
    if (!own?.dtype || (dims && !own.dims)) {
      less.push(shown);
      continue;
    }
    const clash =
      own.dims && dims?.some((d, i) => typeof d === 'number' && typeof own.dims![i] === 'number' && d !== own.dims![i]);
    if (own.dtype !== dtype || (dims && own.dims && dims.length !== own.dims.length) || clash) wrong.push(shown);
    else if (dims?.some((d, i) => d !== null && own.dims![i] === null)) less.push(shown);
  }
  return { wrong, less };
}

test('the operators of onnx’s node tests have the shapes that their outputs have', async () => {
  const files = Object.entries(unzipSync(new Uint8Array(readFileSync(new URL('node-tests.zip', folder)))));
  expect(files).toHaveLength(Object.keys(fixture.nodes).length);
  const wrong: string[] = [];
  const less: string[] = [];
  for (const [file, bytes] of files) {
    const name = file.replace(/\.onnx$/, '');
    const result = compare(inferShapes(await parse(bytes as Bytes, name)), fixture.nodes[name]);
    for (const w of result.wrong) wrong.push(`${name}: ${w}`);
    for (const l of result.less) less.push(`${name}: ${l}`);
  }
  expect(wrong).toEqual([]);
  expect(less.filter((l) => !FREE.test(l))).toEqual([]);
});

test('whole models have the shapes that onnx.shape_inference finds', async () => {
  const samples = new URL('../../../public/samples/', import.meta.url);
  const models = new Map<string, Bytes>(backendModels());
  const wrong: string[] = [];
  const less: string[] = [];
  for (const [name, reference] of Object.entries(fixture.inferred)) {
    if (!reference) continue;
    const bytes = models.get(name) ?? new Uint8Array(readFileSync(new URL(name, samples)));
    const model = await parse(bytes, name);
    const result = compare(inferShapes(model, { trustStated: false }), reference);
    for (const w of result.wrong) wrong.push(`${name}: ${w}`);
    for (const l of result.less) less.push(`${name}: ${l}`);
  }
  expect(wrong).toEqual([]);
  const open = less.filter((l) => !OPEN.test(l));
  expect(open).toEqual([]);
});
