import { createHash } from 'node:crypto';
import type { Model } from '../../onnx/model.ts';
import {
  type AttributeProto,
  AttributeType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../onnx/proto.ts';
import { readRaw } from '../../onnx/tensor.ts';

/**
 * Whether two models are the same graph: the same multiset of nodes with the same attributes, wired the same way to
 * bit-equal initializers. Names of values and nodes do not count, but for graph inputs and outputs; nor does the order of
 * anything. Every value is hashed by the whole tree that makes it. Used by the tests and by `tools/parity.ts`.
 */

/** A first difference, for people; undefined when there is none. */
export async function firstDifference(a: Model, b: Model): Promise<string | undefined> {
  const [left, right] = [await Hashed.of(a), await Hashed.of(b)];
  const domains = new Set(left.nodes.concat(right.nodes).map((n) => n.node.domain));
  const imports = (m: Model) => importsOf(m, domains);
  if (imports(a) !== imports(b)) return `opset imports: ${imports(a)} against ${imports(b)}`;
  return difference(left, right);
}

/** The versions of the domains that nodes use; an import that nothing uses means nothing. */
function importsOf({ proto }: Model, domains: ReadonlySet<string>): string {
  const used = proto.opsetImport.filter((o) => domains.has(o.domain) || o.domain === '' || o.domain === 'ai.onnx');
  return used
    .map((o) => `${o.domain}:${o.version}`)
    .sort()
    .join(' ');
}

function difference(a: Hashed, b: Hashed): string | undefined {
  const [onlyA, onlyB] = [surplus(a.nodes, b.nodes), surplus(b.nodes, a.nodes)];
  if (onlyA.length || onlyB.length) {
    // The first in order is where they part; what follows differs only because of it.
    const one = onlyA[0];
    const two = onlyB.find((n) => one && n.node.name === one.node.name && n.node.name !== '') ?? onlyB[0];
    return explain(one, two, onlyA.length, onlyB.length);
  }
  for (const [name, hash] of a.outputs)
    if (b.outputs.get(name) !== hash) return `output "${name}" comes of another node`;
  if (a.outputs.size !== b.outputs.size) return `outputs: ${[...a.outputs.keys()]} against ${[...b.outputs.keys()]}`;
  const [moreA, moreB] = [surplusOf(a.initializers, b.initializers), surplusOf(b.initializers, a.initializers)];
  if (moreA.length || moreB.length) return `initializers only in one: ${moreA.join(', ')} | ${moreB.join(', ')}`;
  return undefined;
}

interface HashedNode {
  node: NodeProto;
  hash: string;
  inputs: readonly string[];
  attributes: ReadonlyMap<string, string>;
}

function surplus(a: readonly HashedNode[], b: readonly HashedNode[]): HashedNode[] {
  const left = new Map<string, number>();
  for (const n of b) left.set(n.hash, (left.get(n.hash) ?? 0) + 1);
  return a.filter((n) => {
    const count = left.get(n.hash) ?? 0;
    left.set(n.hash, count - 1);
    return count <= 0;
  });
}

function surplusOf(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  const left = [...b.values()];
  return [...a].flatMap(([name, hash]) => {
    const at = left.indexOf(hash);
    if (at >= 0) left.splice(at, 1);
    return at >= 0 ? [] : [name];
  });
}

function textOf(n: HashedNode): string {
  return `${n.node.opType} "${n.node.name}" (${n.node.input.join(', ')}) → ${n.node.output.join(', ')}`;
}

function explain(a: HashedNode | undefined, b: HashedNode | undefined, countA: number, countB: number): string {
  const lines = [`${countA} nodes against ${countB} differ; the first:`];
  if (a) lines.push(`  ${textOf(a)}`);
  if (b) lines.push(`  ${textOf(b)}`);
  if (a && b && a.node.opType === b.node.opType) {
    a.inputs.forEach((hash, i) => {
      if (hash !== b.inputs[i]) lines.push(`  input ${i}: "${a.node.input[i]}" is not "${b.node.input[i]}"`);
    });
    for (const name of new Set([...a.attributes.keys(), ...b.attributes.keys()])) {
      const [x, y] = [a.attributes.get(name), b.attributes.get(name)];
      if (x !== y) lines.push(`  attribute ${name}: ${x} against ${y}`);
    }
  }
  return lines.join('\n');
}

/** A model as hashes of its nodes, outputs and initializers. */
class Hashed {
  readonly nodes: HashedNode[] = [];
  readonly outputs = new Map<string, string>();
  readonly initializers = new Map<string, string>();

  static async of(model: Model): Promise<Hashed> {
    const hashed = new Hashed();
    const graph = model.proto.graph;
    if (graph) await hashed.graph(graph, new Map(), hashed.outputs);
    return hashed;
  }

  /** Hashes a graph; its values go into `values`, which starts as those of the enclosing graphs. */
  private async graph(graph: GraphProto, outer: ReadonlyMap<string, string>, outputs: Map<string, string>) {
    const values = new Map(outer);
    graph.input.forEach((v, i) => {
      // A body's inputs are known by position: their names are its own affair.
      values.set(v.name, outer.size ? `body input ${i}` : `input ${v.name}`);
    });
    for (const t of graph.initializer) {
      const hash = await tensorHash(t);
      values.set(t.name, hash);
      this.initializers.set(t.name, hash);
    }
    const makers = new Map<string, NodeProto>();
    for (const n of graph.node) for (const name of n.output) if (name) makers.set(name, n);
    const done = new Map<NodeProto, string>();
    const value = async (name: string): Promise<string> => {
      if (name === '') return '';
      const maker = makers.get(name);
      if (maker) return `${await this.visit(maker, value, values, done)}#${maker.output.indexOf(name)}`;
      return values.get(name) ?? `unknown ${name}`;
    };
    for (const n of graph.node) await this.visit(n, value, values, done);
    for (let i = 0; i < graph.output.length; i++) {
      const { name } = graph.output[i];
      outputs.set(outer.size ? String(i) : name, await value(name));
    }
  }

  private async visit(
    n: NodeProto,
    value: (name: string) => Promise<string>,
    outer: ReadonlyMap<string, string>,
    done: Map<NodeProto, string>,
  ): Promise<string> {
    const known = done.get(n);
    if (known) return known;
    const inputs: string[] = [];
    for (const name of n.input) inputs.push(await value(name));
    while (inputs.at(-1) === '') inputs.pop();
    const attributes = new Map<string, string>();
    for (const a of n.attribute) attributes.set(a.name, await this.attribute(a, outer, value));
    const parts = [n.domain === 'ai.onnx' ? '' : n.domain, n.opType, n.output.length, ...inputs];
    for (const name of [...attributes.keys()].sort()) parts.push(name, attributes.get(name)!);
    const hash = sha(parts.join('\n'));
    done.set(n, hash);
    this.nodes.push({ node: n, hash, inputs, attributes });
    return hash;
  }

  private async attribute(
    a: AttributeProto,
    outer: ReadonlyMap<string, string>,
    value: (name: string) => Promise<string>,
  ): Promise<string> {
    switch (a.type) {
      case AttributeType.FLOAT:
        return `f ${a.f}`;
      case AttributeType.INT:
        return `i ${a.i}`;
      case AttributeType.STRING:
        return `s ${Buffer.from(a.s ?? []).toString('hex')}`;
      case AttributeType.FLOATS:
        return `fs ${a.floats.join(' ')}`;
      case AttributeType.INTS:
        return `is ${a.ints.join(' ')}`;
      case AttributeType.STRINGS:
        return `ss ${a.strings.map((s) => Buffer.from(s).toString('hex')).join(' ')}`;
      case AttributeType.TENSOR:
        return `t ${a.t ? await tensorHash(a.t) : ''}`;
      case AttributeType.GRAPH:
      case AttributeType.GRAPHS: {
        const hashes: string[] = [];
        for (const g of a.g ? [a.g, ...a.graphs] : a.graphs) {
          // A body sees the values around it: those it names are hashed where they are made.
          const around = new Map(outer);
          around.set('', '');
          for (const name of namesIn(g)) if (!around.has(name)) around.set(name, await value(name));
          const own = new Hashed();
          await own.graph(g, around, own.outputs);
          this.nodes.push(...own.nodes);
          for (const [name, hash] of own.initializers) this.initializers.set(`${a.name}/${name}`, hash);
          hashes.push([...own.outputs.values(), ...own.nodes.map((n) => n.hash).sort()].join(' '));
        }
        return `g ${sha(hashes.join('\n'))}`;
      }
      default:
        throw new Error(`attribute ${a.name} of type ${a.type}`);
    }
  }
}

/** All names that nodes of a graph and of its bodies take or that it gives, except those it makes itself. */
function namesIn(graph: GraphProto): Set<string> {
  const names = new Set<string>(graph.output.map((v) => v.name));
  for (const n of graph.node) {
    for (const name of n.input) names.add(name);
    for (const a of n.attribute)
      for (const g of a.g ? [a.g, ...a.graphs] : a.graphs) for (const x of namesIn(g)) names.add(x);
  }
  for (const n of graph.node) for (const name of n.output) names.delete(name);
  for (const t of graph.initializer) names.delete(t.name);
  for (const v of graph.input) names.delete(v.name);
  names.delete('');
  return names;
}

function sha(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 22);
}

async function tensorHash(t: TensorProto): Promise<string> {
  // Strings have no raw bytes.
  const bytes = t.stringData.length ? new TextEncoder().encode(t.stringData.join('\0')) : await readRaw(t);
  return `tensor ${t.dataType} [${t.dims.join(' ')}] ${sha(bytes)}`;
}
