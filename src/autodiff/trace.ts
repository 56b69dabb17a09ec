import { create } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { node as makeNode, valueInfo } from '../onnx/build.ts';
import { dtypeOf, elementCount } from '../onnx/dtypes.ts';
import { type Model, mainGraph, opsetOf } from '../onnx/model.ts';
import { raiseOpset } from '../onnx/opset/raise.ts';
import {
  copyWith,
  DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../onnx/proto.ts';
import { denseTensor } from '../onnx/sparse.ts';
import type { Session, SessionOptions, Value } from '../runtime/types.ts';
import { sizeOf, Tape } from './tape.ts';

/** Loads a model to run it; `MethodContext.openSession` is one. */
export type OpenSession = (model: Model, options?: SessionOptions) => Promise<Session>;

/** A model's forward pass with every shape known. */
export interface Traced {
  /** The model in the opset of the tape, its inputs as they were fed. */
  readonly model: Model;
  readonly tape: Tape;
  /** Inputs that are fed, in the model's order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Reduce* takes its axes as an input, Split its number of outputs, and Pad its axes from this opset on. */
const OPSET = 18;
/** Shapes, axes and bounds are no longer than this. */
const MAX_ELEMENTS = 4096;

/**
 * Runs the model once on a batch and notes the dims and dtype of every value, and the contents of small tensors that depend on no
 * feed. What is made of it holds for that batch size only.
 * @param feeds a batch of the size to train with; its values matter only where the model's shapes depend on them
 * @param options of the session, which tells the backend that the graph is made for
 * @throws PareError `recipe/not-applicable` when the model cannot be raised to opset 18, and those of the runtime
 */
export async function traceModel(
  original: Model,
  feeds: Readonly<Record<string, Value>>,
  open: OpenSession,
  options: SessionOptions = {},
): Promise<Traced> {
  const raised = raiseOpset(original, OPSET);
  const graph = mainGraph(raised);
  const sparse = graph.sparseInitializer.filter((s) => s.values).map(denseTensor);
  const initializer = [...graph.initializer, ...sparse];
  const stored = new Set(initializer.map((t) => t.name));
  const inputs = graph.input.filter((v) => !stored.has(v.name)).map((v) => v.name);
  for (const name of inputs) {
    if (feeds[name]) continue;
    throw new PareError('data/shape-mismatch', `Input "${name}" was given nothing.`, { where: name });
  }
  const fixed = graph.input.filter((v) => !stored.has(v.name)).map((v) => fixInput(v, feeds[v.name].dims));
  const base = copyWith(graph, { input: fixed, initializer, sparseInitializer: [], valueInfo: [] });
  const model: Model = { ...raised, proto: copyWith<ModelProto>(raised.proto, { graph: base }) };

  const tape = new Tape(opsetOf(model));
  for (const v of fixed) {
    const type = v.type?.value;
    if (type?.case !== 'tensorType') {
      throw new PareError('model/unsupported', `Input "${v.name}" is no tensor.`, { where: v.name });
    }
    tape.declare(v.name, { dtype: type.value.elemType, dims: feeds[v.name].dims });
  }
  for (const tensor of initializer) tape.initializer(tensor);
  const fed = Object.fromEntries(inputs.map((name) => [name, feeds[name]]));
  await noteShapes(model, fed, open, tape, options);
  for (const n of base.node) {
    const inner = captured(n);
    tape.steps.push({ inputs: [...n.input, ...inner], outputs: [...n.output], nodes: [copyWith(n)] });
  }
  return { model, tape, inputs, outputs: base.output.map((o) => o.name) };
}

/** The input with the dims it was fed with, whatever batch the file says. */
function fixInput(v: ValueInfoProto, dims: readonly number[]): ValueInfoProto {
  const type = v.type?.value;
  return type?.case === 'tensorType' ? valueInfo(v.name, type.value.elemType, dims) : v;
}

/** Outer names that a node's subgraphs take. */
function captured(n: NodeProto): string[] {
  const names: string[] = [];
  const visit = (g: GraphProto) => {
    const own = new Set([...g.input.map((v) => v.name), ...g.initializer.map((t) => t.name)]);
    for (const m of g.node) {
      for (const name of [...m.input, ...captured(m)]) if (name && !own.has(name)) names.push(name);
      for (const o of m.output) own.add(o);
    }
    for (const o of g.output) if (!own.has(o.name)) names.push(o.name);
  };
  for (const a of n.attribute) {
    if (a.g) visit(a.g);
    a.graphs.forEach(visit);
  }
  return names;
}

/** Values that no feed changes once the shapes are fixed: constants, and what is computed of them and of shapes. */
function fixedValues(graph: GraphProto): Set<string> {
  const fixed = new Set(graph.initializer.map((t) => t.name));
  for (const n of graph.node) {
    const random = /^(Random|Bernoulli|Multinomial)/.test(n.opType);
    const names = [...n.input, ...captured(n)];
    if (!random && (n.opType === 'Shape' || n.opType === 'Size' || names.every((i) => !i || fixed.has(i)))) {
      for (const o of n.output) fixed.add(o);
    }
  }
  return fixed;
}

/**
 * One session gives every value and its shape. It is asked for the shapes first, which are small, and then for those
 * contents that are small as well.
 */
async function noteShapes(
  model: Model,
  feeds: Readonly<Record<string, Value>>,
  open: OpenSession,
  tape: Tape,
  options: SessionOptions,
): Promise<void> {
  const graph = mainGraph(model);
  const made = graph.node.flatMap((n) => n.output.filter((o) => o));
  const shapeOf = new Map(made.map((name) => [name, `pare_shape_of_${name}`]));
  const shapes = made.map((name) => makeNode('Shape', [name], [shapeOf.get(name)!]));
  const fixed = fixedValues(graph);
  const small = [...tape.initializers.values()].filter((t) => elementCount(t.dims, t.name) <= MAX_ELEMENTS);
  // Initializers can be outputs as they are.
  const contents = new Set([...small.map((t) => t.name), ...made.filter((name) => fixed.has(name))]);
  const outputs = [...new Set([...made, ...small.map((t) => t.name)])];
  const output = [
    ...outputs.map((name) => create(ValueInfoProtoSchema, { name })),
    ...[...shapeOf.values()].map((name) => valueInfo(name, DataType.INT64, null)),
  ];
  const augmented = copyWith(graph, { node: [...graph.node, ...shapes], output });
  const proto = copyWith<ModelProto>(model.proto, { graph: augmented });
  const session = await open({ ...model, proto }, { ...options, optimize: 'off' });
  tape.backend = session.backend;
  try {
    const found = await session.run(feeds, [...shapeOf.values()]);
    const dtypes = new Map(session.outputs.map((p) => [p.name, p.dtype]));
    for (const [name, shape] of shapeOf) {
      const dims = Array.from(found[shape].data as BigInt64Array, Number);
      tape.declare(name, { dtype: DTYPE_BY_NAME.get(dtypes.get(name) ?? '') ?? DataType.UNDEFINED, dims });
    }
    const wanted = [...contents].filter((name) => {
      const { dims, dtype } = tape.fact(name);
      return sizeOf(dims) <= MAX_ELEMENTS && dtypeOf(dtype) !== undefined && CARRIED.has(dtype);
    });
    if (wanted.length === 0) return;
    const values = await session.run(feeds, wanted);
    for (const name of wanted) {
      tape.declare(name, { ...tape.fact(name), elements: Array.from(values[name].data, Number) });
    }
  } finally {
    await session.release();
  }
}

const CARRIED: ReadonlySet<number> = new Set([
  DataType.FLOAT,
  DataType.DOUBLE,
  DataType.INT64,
  DataType.INT32,
  DataType.INT8,
  DataType.UINT8,
  DataType.BOOL,
]);

const DTYPE_BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.values(DataType)
    .filter((v): v is DataType => typeof v === 'number')
    .map((v) => [dtypeOf(v)?.name ?? '', v]),
);
