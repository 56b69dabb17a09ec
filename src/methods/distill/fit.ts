import { Names } from '../../encodings/names.ts';
import { node } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, type NodeProto, type TypeProto, type ValueInfoProto } from '../../onnx/proto.ts';
import { renameValues } from '../../onnx/rename.ts';
import { elemTypeOf, inputPorts, misfit, outputPorts, type Port } from './ports.ts';

/** Something that was changed at the ends of a model, as a step's note tells it. */
export interface Fitting {
  readonly key: 'student-renamed' | 'student-cast' | 'student-output-dropped' | 'student-input-unused';
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Another model in the original's place: inputs and outputs under the original's names, of its types and in its order, so that whoever
 * runs the one can run the other. Outputs that the original lacks go; inputs that the student lacks are there and not used. Values
 * inside whose names are taken by that get others.
 * @throws PareError `recipe/not-applicable` as `inputPorts` and `outputPorts`
 */
export function fitted(student: Model, original: Model): { model: Model; fittings: Fitting[] } {
  const graph = mainGraph(student);
  const inputs = inputPorts(student, original);
  const outputs = outputPorts(student, original);
  const targets = [...inputs, ...outputs].map((p) => p.theirs.name);
  if (new Set(targets).size < targets.length) {
    throw misfit('The original hands an input on as it is.', 'Let the compressed model itself learn.');
  }
  const free = new Names(student.proto);
  const names = new Map<string, string>();
  /** Values of the student whose names are decided. */
  const decided = new Set<string>();
  const decide = (name: string, target: string) => {
    decided.add(name);
    if (name !== target) names.set(name, target);
  };
  for (const { own, theirs, cast } of inputs) if (own) decide(own.name, cast ? free.fresh(own.name) : theirs.name);
  const made = outputs.map((port) => {
    const { own, theirs, cast } = port;
    // What is an input too, or an output already, has its name from there.
    const plain = !cast && !decided.has(own.name);
    if (!decided.has(own.name)) decide(own.name, plain ? theirs.name : free.fresh(own.name));
    return { ...port, plain };
  });
  for (const target of targets) {
    if (decided.has(target)) continue;
    const other = free.fresh(target);
    if (other !== target) names.set(target, other);
  }

  const renamed = renameValues(graph, names);
  const of = ({ name }: ValueInfoProto) => names.get(name) ?? name;
  const before = inputs.flatMap(({ own, theirs, cast }) =>
    own && cast ? [node('Cast', [theirs.name], [of(own)], { to: elemTypeOf(own) }, { name: of(own) })] : [],
  );
  const after = made.flatMap(({ own, theirs, cast, plain }): NodeProto[] => {
    if (plain) return [];
    const options = { name: theirs.name };
    if (cast) return [node('Cast', [of(own)], [theirs.name], { to: elemTypeOf(theirs) }, options)];
    return [node('Identity', [of(own)], [theirs.name], {}, options)];
  });
  const fed = new Set(inputs.flatMap((p) => (p.own ? [of(p.own)] : [])));
  const proto = copyWith(student.proto, {
    graph: copyWith(renamed, {
      node: [...before, ...renamed.node, ...after],
      // Behind them the inputs that have defaults.
      input: [...inputs.map(standing), ...renamed.input.filter((v) => !fed.has(v.name))],
      output: outputs.map(standing),
    }),
  });
  const dropped = graph.output.filter((v) => outputs.every((p) => p.own !== v));
  const fittings = [...inputs, ...outputs].flatMap(told);
  for (const { name } of dropped) fittings.push({ key: 'student-output-dropped', values: { name } });
  return { model: { ...student, proto }, fittings };
}

/** The student's input or output as it is in the original's place: of its own shape, under the other's name and of its type. */
function standing({ own, theirs, cast }: Port): ValueInfoProto {
  if (!own) return theirs;
  return copyWith(own, { name: theirs.name, ...(cast && { type: retyped(own.type, elemTypeOf(theirs)) }) });
}

function retyped(type: TypeProto | undefined, elemType: number): TypeProto | undefined {
  if (type?.value.case !== 'tensorType') return type;
  return copyWith(type, { value: { case: 'tensorType', value: copyWith(type.value.value, { elemType }) } });
}

function told({ own, theirs, cast }: Port): Fitting[] {
  const { name } = theirs;
  if (!own) return [{ key: 'student-input-unused', values: { name } }];
  const renamed: Fitting = { key: 'student-renamed', values: { from: own.name, to: name } };
  return [
    ...(own.name === name ? [] : [renamed]),
    ...(cast ? [{ key: 'student-cast' as const, values: { name } }] : []),
  ];
}
