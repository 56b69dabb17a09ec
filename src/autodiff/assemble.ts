import { graph, modelProto, valueInfo } from '../onnx/build.ts';
import { type Model, mainGraph } from '../onnx/model.ts';
import { copyWith, type ModelProto } from '../onnx/proto.ts';
import type { Step, Tape } from './tape.ts';
import type { Traced } from './trace.ts';

/** The steps that the outputs are computed by, when the inputs are given. */
function needed(t: Tape, inputs: ReadonlySet<string>, outputs: readonly string[]) {
  const names = new Set(outputs);
  const steps: Step[] = [];
  for (let i = t.steps.length - 1; i >= 0; i--) {
    const step = t.steps[i];
    if (!step.nodes.some((n) => n.output.some((o) => o && names.has(o) && !inputs.has(o)))) continue;
    for (const name of step.inputs) names.add(name);
    for (const n of step.nodes) for (const name of n.input) names.add(name);
    steps.push(step);
  }
  return { names, steps: steps.reverse() };
}

/**
 * The tape as a model that computes `outputs`. What they do not need is left out; an initializer or constant named among the inputs
 * becomes one.
 */
export function assemble(traced: Traced, inputs: readonly string[], outputs: readonly string[]): Model {
  const { tape: t, model } = traced;
  const given = new Set(inputs);
  const { names, steps } = needed(t, given, outputs);
  const info = (name: string) => valueInfo(name, t.dtype(name), t.dims(name));
  const proto = copyWith<ModelProto>(modelProto(mainGraph(model), t.opset), {
    graph: graph(
      'training',
      steps.flatMap((s) => s.nodes),
      inputs.filter((name) => names.has(name)).map(info),
      outputs.map(info),
      [...t.initializers.values()].filter((i) => names.has(i.name) && !given.has(i.name)),
    ),
    irVersion: model.proto.irVersion,
    opsetImport: model.proto.opsetImport,
    functions: model.proto.functions,
  });
  return { name: 'training.onnx', proto, bytes: 0, external: [] };
}
