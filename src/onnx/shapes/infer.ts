import { dtypeName } from '../dtypes.ts';
import type { Model } from '../model.ts';
import { copyWith, type FunctionProto, type GraphProto, type NodeProto, type ValueInfoProto } from '../proto.ts';
import { type Fact, NodeContext, UNKNOWN } from './context.ts';
import { type Dim, type Dims, isNamed, unknownDim } from './dims.ts';
import { constantFact, factOf, refined, stated } from './facts.ts';
import { inferenceOf } from './operators.ts';
import { either } from './ops/control.ts';

/** A value's dtype ('' when unknown) and dims, symbolic ones by name, unknown ones null; null when the rank is unknown. */
export interface ValueShape {
  readonly dtype: string;
  readonly dims: Dims | null;
}

export interface InferOptions {
  /** Dims of graph inputs, which take the place of those in the file. A null dim leaves that in the file. */
  inputs?: Readonly<Record<string, readonly (number | string | null)[]>>;
  /** Whether dims that the file states for values inside the graph are believed where nothing better is known. On by default. */
  trustStated?: boolean;
}

/** Subgraphs and functions are followed this deep, and this many nodes are looked at inside them for each of the main graph. */
const MAX_DEPTH = 16;
const INNER_BUDGET = 50;
/** Nodes of a small graph may have large bodies. */
const MIN_BUDGET = 100_000;

type Env = Map<string, Fact>;

class Inference {
  readonly facts: Env = new Map();
  private readonly versions: ReadonlyMap<string, number>;
  private readonly functions: ReadonlyMap<string, FunctionProto>;
  private budget: number;
  private depth = 0;

  constructor(
    private readonly model: Model,
    private readonly options: InferOptions,
  ) {
    const plain = (d: string) => (d === 'ai.onnx' ? '' : d);
    this.versions = new Map(model.proto.opsetImport.map((o) => [plain(o.domain), Number(o.version)]));
    this.functions = new Map(model.proto.functions.map((f) => [`${f.domain}\0${f.name}`, f]));
    this.budget = MIN_BUDGET + INNER_BUDGET * (model.proto.graph?.node.length ?? 0);
  }

  run(): Env {
    const graph = this.model.proto.graph;
    if (!graph) return this.facts;
    const env: Env = new Map();
    const given = this.options.inputs ?? {};
    for (const v of graph.input) {
      const fact = stated(v);
      const own = Object.hasOwn(given, v.name) ? given[v.name] : undefined;
      if (own) env.set(v.name, { dtype: fact.dtype, dims: own.map((d, i) => d ?? fact.dims?.[i] ?? unknownDim()) });
      else env.set(v.name, fact);
    }
    this.graph(graph, env, [], new Set(graph.input.map((v) => v.name)));
    return this.facts;
  }

  /** Records a value. Names of sibling subgraphs can be the same: what is said then is true of both. */
  private record(name: string, fact: Fact, inner: boolean): void {
    const known = inner ? this.facts.get(name) : undefined;
    this.facts.set(name, known ? either(known, fact) : fact);
  }

  /** Goes through a graph; `env` has its inputs, and `outer` what is around it. */
  private graph(graph: GraphProto, env: Env, outer: readonly Env[], inputs: ReadonlySet<string>): void {
    for (const t of graph.initializer) {
      // A default that the caller may replace decides nothing but what the input's type says (IR version 4 and later).
      const replaceable = inputs.has(t.name) && this.model.proto.irVersion >= 4n && outer.length === 0;
      if (!replaceable) env.set(t.name, factOf(t));
    }
    for (const s of graph.sparseInitializer) {
      if (s.values) env.set(s.values.name, { dtype: dtypeName(s.values.dataType ?? 0), dims: s.dims.map(Number) });
    }
    for (const [name, fact] of env) this.record(name, fact, outer.length > 0);
    const said = new Map<string, ValueInfoProto>();
    if (this.options.trustStated !== false) {
      for (const v of graph.valueInfo) said.set(v.name, v);
      for (const v of graph.output) said.set(v.name, v);
    }
    this.nodes(graph.node, env, outer, said, true);
  }

  private nodes(
    nodes: readonly NodeProto[],
    env: Env,
    outer: readonly Env[],
    said: ReadonlyMap<string, ValueInfoProto>,
    record: boolean,
  ): void {
    const lookUp = (name: string): Fact | undefined => {
      const own = env.get(name);
      if (own) return own;
      for (let i = outer.length - 1; i >= 0; i--) {
        const fact = outer[i].get(name);
        if (fact) return fact;
      }
      return undefined;
    };
    for (const node of nodes) {
      if (outer.length > 0 && --this.budget < 0) return;
      const outputs = this.node(
        node,
        node.input.map((name) => (name ? lookUp(name) : undefined)),
        [...outer, env],
      );
      node.output.forEach((name, i) => {
        if (!name) return;
        let fact = outputs[i] ?? UNKNOWN;
        const v = said.get(name);
        if (v) fact = refined(fact, stated(v));
        env.set(name, fact);
        if (record) this.record(name, fact, outer.length > 0);
      });
    }
  }

  private node(node: NodeProto, inputs: (Fact | undefined)[], scopes: readonly Env[]): readonly Fact[] {
    const domain = node.domain === 'ai.onnx' ? '' : node.domain;
    if (domain === '' && node.opType === 'Constant') return [constantFact(node)];
    const fn = this.functions.get(`${node.domain}\0${node.opType}`);
    if (fn) return this.call(fn, node, inputs);
    const infer = inferenceOf(domain, node.opType);
    if (!infer) return [];
    const inner = (graph: GraphProto, given: readonly Fact[]): Fact[] => {
      if (this.depth >= MAX_DEPTH) return [];
      const env: Env = new Map(graph.input.map((v, i) => [v.name, refined(given[i] ?? UNKNOWN, stated(v))]));
      this.depth++;
      this.graph(graph, env, scopes, new Set());
      this.depth--;
      const find = (name: string) =>
        env.get(name) ??
        [...scopes]
          .reverse()
          .find((s) => s.has(name))
          ?.get(name) ??
        UNKNOWN;
      return graph.output.map((v) => find(v.name));
    };
    const c = new NodeContext(node, inputs, this.versions.get(domain) ?? 1, inner);
    try {
      infer(c);
    } catch {
      // Models are hostile, and attributes of the wrong kind are no reason to know nothing of the rest.
      return node.output.map(() => UNKNOWN);
    }
    return c.outputs;
  }

  /** A model-local function: its body with the node's inputs and attributes put in. */
  private call(fn: FunctionProto, node: NodeProto, inputs: readonly (Fact | undefined)[]): readonly Fact[] {
    if (this.depth >= MAX_DEPTH) return [];
    const env: Env = new Map(fn.input.map((name, i) => [name, inputs[i] ?? UNKNOWN]));
    const given = new Map([...fn.attributeProto, ...node.attribute].map((a) => [a.name, a]));
    const body = fn.node.map((n) => {
      if (!n.attribute.some((a) => a.refAttrName)) return n;
      const attribute = n.attribute.flatMap((a) => {
        if (!a.refAttrName) return [a];
        const value = given.get(a.refAttrName);
        return value ? [copyWith(value, { name: a.name })] : [];
      });
      return copyWith(n, { attribute });
    });
    this.depth++;
    // A body sees nothing of what is around the call; the empty scope says that this is not the main graph.
    this.nodes(body, env, [new Map()], new Map(), false);
    this.depth--;
    return fn.output.map((name) => env.get(name) ?? UNKNOWN);
  }
}

/**
 * What is known of every value before anything runs: with elements of small integer tensors, and with unknown dims as
 * symbols of their own (`?7`), so that equal ones can be told. Never throws on a model that could be read.
 */
export function inferFacts(model: Model, options: InferOptions = {}): Map<string, Fact> {
  return new Inference(model, options).run();
}

/**
 * The dtype and shape of every value of the main graph and its subgraphs, as far as they can be told without running the
 * model. Follows ONNX's operators from opset 1 on, those of com.microsoft, and model-local functions; what is not
 * known stays unknown. Values of sibling subgraphs that share a name get what is true of both.
 */
export function inferShapes(model: Model, options: InferOptions = {}): Map<string, ValueShape> {
  const out = new Map<string, ValueShape>();
  for (const [name, { dtype, dims }] of inferFacts(model, options)) {
    out.set(name, { dtype, dims: dims?.map((d): Dim => (isNamed(d) ? d : null)) ?? null });
  }
  return out;
}
