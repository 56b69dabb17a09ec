import type { Sketch } from '../kernels/sketch.ts';
import { sketchAll } from '../kernels/sketchTensor.ts';
import { summarize } from '../onnx/info.ts';
import { listWeights } from '../onnx/weights.ts';
import { layersOf } from '../recipe/layers.ts';
import { openModel } from './externals.ts';
import { bytes, count, table } from './text.ts';

/** The numbers of a sketch that fit on a line; its histogram is for the page. */
function facts(sketch: Sketch | undefined) {
  if (!sketch) return {};
  const { min, max, mean, std, nan, inf, zeros, count: n } = sketch;
  return { min, max, mean, std, zeros, nan, inf, sparsity: n ? zeros / n : 0 };
}

/** `pare inspect`: what is in the file, and every tensor with its statistics. */
export async function inspect(path: string, json: boolean): Promise<string> {
  const model = await openModel(path);
  const info = summarize(model);
  const sketches = new Map<string, Sketch>();
  await sketchAll(listWeights(model.proto), (w, s) => sketches.set(w.id, s));
  const layers = layersOf(model).map((layer) => ({ ...layer, ...facts(sketches.get(layer.id)) }));
  if (json) return JSON.stringify({ ...info, layers }, null, 2);

  const shape = (dims: readonly (number | string | null)[] | null) =>
    dims ? `[${dims.map((d) => d ?? '?').join(', ')}]` : '[?]';
  const lines = [
    `${info.name}  ${bytes(info.bytes)}  ${count(info.parameters)} parameters  opset ${info.opsets[''] ?? info.opsets['ai.onnx'] ?? '-'}`,
    `producer  ${[info.producer.name, info.producer.version].filter(Boolean).join(' ') || '-'}`,
    ...info.inputs.map((v) => `input     ${v.name}  ${v.dtype} ${shape(v.dims)}`),
    ...info.outputs.map((v) => `output    ${v.name}  ${v.dtype} ${shape(v.dims)}`),
    `operators ${info.operators.map((o) => `${o.op}${o.count > 1 ? `×${o.count}` : ''}`).join(' ')}`,
    '',
    table(
      ['tensor', 'op', 'dtype', 'shape', 'bytes', 'min', 'max', 'std', 'zeros'],
      layers.map((l) => {
        const s = sketches.get(l.id);
        const n = (x: number | undefined) => (x === undefined ? '' : x.toPrecision(3));
        const zeros = s?.count ? `${((100 * s.zeros) / s.count).toFixed(1)} %` : '';
        return [
          l.name,
          l.uses[0]?.op ?? '',
          l.dtype,
          l.dims.join('×') || 'scalar',
          bytes(l.bytes),
          n(s?.min),
          n(s?.max),
          n(s?.std),
          zeros,
        ];
      }),
    ),
  ];
  return lines.join('\n');
}
