import { PareError } from '../../base/errors.ts';
import { summarizeType } from '../../onnx/info.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import type { GraphProto, ValueInfoProto } from '../../onnx/proto.ts';

/** An input or output of the original, and what another model has in its place; an input may have nothing there. */
export interface Port<Own = ValueInfoProto | undefined> {
  readonly own: Own;
  readonly theirs: ValueInfoProto;
  /** The student's type is another one, between which and the original's numbers can be handed on. */
  readonly cast: boolean;
}

/** Types between which numbers can be handed on: precision changes, what they mean does not. */
const ALIKE: readonly ReadonlySet<string>[] = [
  new Set(['float32', 'float16', 'bfloat16', 'float64']),
  new Set(['int32', 'int64']),
];

/** `[batch, 1, 28, 28]` */
const shapeText = (dims: readonly (number | string | null)[] | null): string =>
  dims ? `[${dims.map((d) => d ?? '?').join(', ')}]` : 'any shape';

export function misfit(message: string, hint: string): PareError {
  return new PareError('recipe/not-applicable', message, { hint });
}

/** Inputs that must be fed: those that no initializer gives a default. */
function fedInputs(graph: GraphProto): ValueInfoProto[] {
  const defaults = new Set([
    ...graph.initializer.map((t) => t.name),
    ...graph.sparseInitializer.flatMap((s) => s.values?.name ?? []),
  ]);
  return graph.input.filter((v) => !defaults.has(v.name));
}

/**
 * What of the student takes what the original takes: by name where the original has all its names, some of which it may lack; else by
 * position.
 * @throws PareError `recipe/not-applicable` where numbers of inputs, types or shapes cannot agree
 */
export function inputPorts(student: Model, original: Model): Port[] {
  const own = fedInputs(mainGraph(student));
  const theirs = fedInputs(mainGraph(original));
  const known = own.every((v) => theirs.some((t) => t.name === v.name));
  if (own.length === 0 || (!known && own.length !== theirs.length)) {
    throw misfit(
      `${student.name} takes ${listed(own)} where the original takes ${listed(theirs)}.`,
      'A student needs the inputs of the original, by their names or in their order.',
    );
  }
  return theirs.map((t, i) => {
    const v = known ? own.find((o) => o.name === t.name) : own[i];
    return { own: v, theirs: t, cast: v !== undefined && needsCast(student.name, 'takes', v, t) };
  });
}

/**
 * What of the student gives what the original gives: by name where it has all those names, else by position.
 * @throws PareError as `inputPorts`
 */
export function outputPorts(student: Model, original: Model): Port<ValueInfoProto>[] {
  const own = mainGraph(student).output;
  const theirs = mainGraph(original).output;
  const known = theirs.every((t) => own.some((v) => v.name === t.name));
  if (!known && own.length < theirs.length) {
    throw misfit(
      `${student.name} gives ${listed(own)} where the original gives ${listed(theirs)}.`,
      'A student needs the outputs of the original, by their names or in their order.',
    );
  }
  return theirs.map((t, i) => {
    const v = known ? own.find((o) => o.name === t.name)! : own[i];
    return { own: v, theirs: t, cast: needsCast(student.name, 'gives', v, t) };
  });
}

const listed = (values: readonly ValueInfoProto[]): string => values.map((v) => v.name).join(', ') || 'nothing';

/** @throws PareError where one cannot stand for the other */
function needsCast(student: string, does: 'takes' | 'gives', own: ValueInfoProto, theirs: ValueInfoProto): boolean {
  const [a, b] = [summarizeType(own.type), summarizeType(theirs.type)];
  const text = (t: typeof a) => `${t.kind === 'tensor' ? '' : `a ${t.kind} of `}${t.dtype} ${shapeText(t.dims)}`;
  const wrong = (hint: string) =>
    misfit(
      `${student} ${does} "${own.name}" as ${text(a)} where the original ${does} "${theirs.name}" as ${text(b)}.`,
      hint,
    );
  // An output may leave its type to whoever infers it.
  if (does === 'gives' && (a.kind === 'unknown' || b.kind === 'unknown')) return false;
  const cast = a.dtype !== b.dtype;
  if (a.kind !== 'tensor' || b.kind !== 'tensor') throw wrong('Only tensors can be handed on.');
  if (cast && !ALIKE.some((set) => set.has(a.dtype) && set.has(b.dtype))) {
    throw wrong('Export the student with the types of the original.');
  }
  if (!a.dims || !b.dims) return cast;
  const differ = a.dims.some(
    (d, i) => i > 0 && typeof d === 'number' && typeof b.dims![i] === 'number' && d !== b.dims![i],
  );
  if (a.dims.length !== b.dims.length || differ) throw wrong('A student needs the shapes of the original.');
  if (typeof a.dims[0] === 'number' && a.dims[0] !== b.dims[0]) {
    throw wrong('Export the student with a batch that is free (a dynamic axis), or the batch of the original.');
  }
  return cast;
}

/** The element type of a tensor, in onnx's numbers; 0 of anything else. */
export function elemTypeOf({ type }: ValueInfoProto): number {
  return type?.value.case === 'tensorType' ? type.value.value.elemType : 0;
}
