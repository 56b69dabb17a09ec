import { attr, attrInt } from '../../onnx/attributes.ts';
import { DataType, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from '../../onnx/proto.ts';

/** Element type of each value of a graph, seen from inside: outer names too. */
export class Types {
  constructor(
    private readonly own: ReadonlyMap<string, number>,
    readonly parent?: Types,
  ) {}

  /** The element type of a value; undefined when nothing says it. */
  of(name: string): number | undefined {
    return this.own.get(name) ?? this.parent?.of(name);
  }

  /** Whether this graph itself makes or takes the value. */
  knows(name: string): boolean {
    return this.own.has(name);
  }
}

const { FLOAT, BOOL, INT64, INT32, UINT8 } = DataType;

/** Operators whose (first) output has one type whatever goes in. */
const FIXED: Readonly<Record<string, number | readonly number[]>> = {
  Shape: INT64,
  Size: INT64,
  NonZero: INT64,
  ArgMax: INT64,
  ArgMin: INT64,
  NonMaxSuppression: INT64,
  SequenceLength: INT64,
  Equal: BOOL,
  Greater: BOOL,
  GreaterOrEqual: BOOL,
  Less: BOOL,
  LessOrEqual: BOOL,
  And: BOOL,
  Or: BOOL,
  Xor: BOOL,
  Not: BOOL,
  IsNaN: BOOL,
  IsInf: BOOL,
  MatMulInteger: INT32,
  ConvInteger: INT32,
  DynamicQuantizeLinear: [UINT8, FLOAT, UINT8],
};

/** Operators whose output has the type of another input than the first. */
const LIKE: Readonly<Record<string, number>> = {
  Where: 1,
  DequantizeLinear: 1,
  OneHot: 2,
  CastLike: 1,
  QLinearConv: 7,
  QLinearMatMul: 7,
};

/** Further outputs that are not of the first's type. */
const OTHERS: Readonly<Record<string, readonly (number | undefined)[]>> = {
  TopK: [undefined, INT64],
  MaxPool: [undefined, INT64],
  Dropout: [undefined, BOOL],
  Unique: [undefined, INT64, INT64, INT64],
};

const DEFAULT_DTYPE: Readonly<Record<string, number>> = {
  RandomNormal: FLOAT,
  RandomUniform: FLOAT,
  Multinomial: INT32,
};
const DTYPE_OR_INPUT = new Set(['EyeLike', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli']);

/** Element types of a node's outputs, as ONNX's type inference finds them. */
function outputTypes(
  node: NodeProto,
  of: (name: string) => number | undefined,
  contrib: boolean,
): (number | undefined)[] {
  const { opType, input, output } = node;
  const all = (type: number | undefined) => output.map(() => type);
  if (node.domain !== '' && node.domain !== 'ai.onnx') {
    // ONNX knows no schema of other domains, and infers nothing.
    return all(contrib ? input.map(of).find((t) => t !== undefined && FLOATS.has(t)) : undefined);
  }
  const fixed = FIXED[opType];
  if (fixed !== undefined) return typeof fixed === 'number' ? all(fixed) : output.map((_, i) => fixed[i]);
  switch (opType) {
    case 'Cast':
      return all(attrInt(node, 'to', 0) || undefined);
    case 'QuantizeLinear':
      return all(attrInt(node, 'output_dtype', 0) || (input[2] ? of(input[2]) : UINT8));
    case 'ConstantOfShape':
      return all(attr(node, 'value')?.t?.dataType ?? FLOAT);
    case 'Constant':
      return all(constantType(node));
    default:
  }
  if (opType in DEFAULT_DTYPE) return all(attrInt(node, 'dtype', DEFAULT_DTYPE[opType]));
  if (DTYPE_OR_INPUT.has(opType)) return all(attrInt(node, 'dtype', 0) || of(input[0]));
  const first = of(input[LIKE[opType] ?? 0] ?? '');
  const others = OTHERS[opType];
  return output.map((_, i) => others?.[i] ?? first);
}

const FLOATS: ReadonlySet<number> = new Set([FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE]);

function constantType(node: NodeProto): number | undefined {
  const [a] = node.attribute;
  switch (a?.name) {
    case 'value':
      return a.t?.dataType;
    case 'sparse_value':
      return a.sparseTensor?.values?.dataType;
    case 'value_float':
    case 'value_floats':
      return FLOAT;
    case 'value_int':
    case 'value_ints':
      return INT64;
    default:
      return undefined;
  }
}

function stated(v: ValueInfoProto): number | undefined {
  const type = v.type?.value;
  return type?.case === 'tensorType' ? type.value.elemType || undefined : undefined;
}

/** A value's rank where an input, an output or a value_info of the graph states it. */
export function statedRank(name: string, graph: GraphProto): number | undefined {
  for (const v of [...graph.input, ...graph.valueInfo, ...graph.output]) {
    if (v.name !== name) continue;
    const type = v.type?.value;
    return type?.case === 'tensorType' ? type.value.shape?.dim.length : undefined;
  }
  return undefined;
}

/**
 * Element types of every value of every graph of a model: what the file states, and what follows from the operators.
 * @param options.contrib also guess for operators of other domains than ONNX's, whose outputs ONNX leaves unknown
 * @param options.infer false to take only what the file states
 */
export function inferTypes(
  model: ModelProto,
  options: { contrib?: boolean; infer?: boolean } = {},
): ReadonlyMap<GraphProto, Types> {
  const { contrib = false, infer = true } = options;
  const found = new Map<GraphProto, Types>();

  function visit(graph: GraphProto, parent: Types | undefined, inputs: readonly (number | undefined)[]): Types {
    const own = new Map<string, number>();
    const put = (name: string, type: number | undefined) => {
      if (name && type !== undefined && !own.has(name)) own.set(name, type);
    };
    const types = new Types(own, parent);
    found.set(graph, types);
    for (const t of graph.initializer) put(t.name, t.dataType);
    for (const s of graph.sparseInitializer) if (s.values) put(s.values.name, s.values.dataType);
    for (const list of [graph.input, graph.valueInfo, graph.output]) for (const v of list) put(v.name, stated(v));
    if (!infer) {
      for (const n of graph.node) for (const g of bodies(n)) visit(g, types, []);
      return types;
    }
    graph.input.forEach((v, i) => {
      put(v.name, inputs[i]);
    });
    for (const n of graph.node) {
      const inner = bodies(n).map((g) => ({ g, types: visit(g, types, bodyInputs(n, g, types)) }));
      const out = inner.length ? bodyOutputs(n, inner) : outputTypes(n, (name) => types.of(name), contrib);
      n.output.forEach((name, i) => {
        put(name, out[i]);
      });
    }
    return types;
  }
  if (model.graph) visit(model.graph, undefined, []);
  return found;
}

/** The graphs that are attributes of a node. */
export function bodies(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((a) => (a.g ? [a.g, ...a.graphs] : a.graphs));
}

/** Types of a body's inputs: Loop gives iteration, condition and state; Scan state and slices; If nothing. */
function bodyInputs(node: NodeProto, body: GraphProto, types: Types): (number | undefined)[] {
  const of = (name: string | undefined) => (name ? types.of(name) : undefined);
  if (node.opType === 'Loop') return [INT64, BOOL, ...node.input.slice(2).map(of)];
  if (node.opType !== 'Scan') return [];
  // Up to opset 8 a Scan had a batch length in front.
  return node.input.slice(node.input.length - body.input.length).map(of);
}

function bodyOutputs(node: NodeProto, inner: readonly { g: GraphProto; types: Types }[]): (number | undefined)[] {
  const { g, types } = inner[0];
  const outputs = g.output.map((v) => stated(v) ?? types.of(v.name));
  return node.opType === 'Loop' ? outputs.slice(1) : outputs;
}
