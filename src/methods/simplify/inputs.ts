import { PareError } from '../../base/errors.ts';
import { valueInfo } from '../../onnx/build.ts';
import { summarizeType } from '../../onnx/info.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, type ValueInfoProto } from '../../onnx/proto.ts';
import { inferShapes } from '../../onnx/shapes/infer.ts';
import type { SimplifyOptions } from './options.ts';

type InputShapes = SimplifyOptions['inputShapes'];

function withDims(v: ValueInfoProto, dims: readonly (number | string | null)[]): ValueInfoProto {
  const type = v.type!.value;
  if (type.case !== 'tensorType') return v;
  // A dim of no name and no size is unknown.
  const made = valueInfo(
    v.name,
    type.value.elemType,
    dims.map((d) => d ?? ''),
  );
  return copyWith(v, { type: copyWith(v.type!, { value: made.type!.value }) });
}

/** A model whose inputs have these dims; a symbol that gets a size gets it in every input. */
export function fixInputs(model: Model, shapes: InputShapes): Model {
  if (Object.keys(shapes).length === 0) return model;
  const graph = mainGraph(model);
  const byName = new Map(graph.input.map((v) => [v.name, v]));
  const sizes = new Map<string, number>();
  const wrong = (name: string, reason: string) =>
    new PareError('recipe/not-applicable', `inputShapes: ${reason}.`, {
      where: name,
      hint: `The model's inputs are: ${[...byName.keys()].join(', ')}.`,
    });
  const given = new Map<string, (number | string | null)[]>();
  for (const [name, asked] of Object.entries(shapes)) {
    const v = byName.get(name);
    const type = v && summarizeType(v.type);
    if (!v || type?.kind !== 'tensor') throw wrong(name, `"${name}" is no tensor input of the model`);
    if (type.dims && type.dims.length !== asked.length) {
      throw wrong(name, `"${name}" has ${type.dims.length} dims and was given ${asked.length}`);
    }
    const dims = asked.map((d, i) => {
      const own = type.dims?.[i] ?? null;
      if (d === null) return own;
      const fixed = typeof own === 'string' ? sizes.get(own) : own;
      if (typeof fixed === 'number' && fixed !== d)
        throw wrong(name, `dim ${i} of "${name}" is ${fixed} and was given ${d}`);
      if (typeof own === 'string') sizes.set(own, d);
      return d;
    });
    given.set(name, dims);
  }
  const input = graph.input.map((v) => {
    const { kind, dims } = summarizeType(v.type);
    const all = given.get(v.name) ?? dims;
    if (kind !== 'tensor' || !all) return v;
    const fixed = all.map((d) => (typeof d === 'string' ? (sizes.get(d) ?? d) : d));
    return given.has(v.name) || fixed.some((d, i) => d !== all[i]) ? withDims(v, fixed) : v;
  });
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { input, valueInfo: [] }) }) };
}

/** Outputs say the sizes that they have now, once inputs were fixed. */
export function stateOutputs(model: Model, shapes: InputShapes): Model {
  if (Object.keys(shapes).length === 0) return model;
  const graph = mainGraph(model);
  const facts = inferShapes(model, { trustStated: false });
  const output = graph.output.map((v) => {
    const { kind, dims, dtype } = summarizeType(v.type);
    const known = facts.get(v.name)?.dims;
    if (kind !== 'tensor' || !dtype || !known || (dims && dims.length !== known.length)) return v;
    return withDims(
      v,
      known.map((d, i) => (typeof d === 'number' ? d : (dims?.[i] ?? d))),
    );
  });
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { output }) }) };
}

/**
 * Before IR version 4 every initializer was a graph input too and a constant all the same; from then on such an input is one that
 * a caller may feed. The old form becomes the new one without those inputs.
 */
export function freeInitializers(model: Model): Model {
  const graph = mainGraph(model);
  if (model.proto.irVersion >= 4n) return model;
  const names = new Set(graph.initializer.map((t) => t.name));
  const input = graph.input.filter((v) => !names.has(v.name));
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { input }), irVersion: 4n }) };
}
