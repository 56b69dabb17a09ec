import { attr } from '../../onnx/attributes.ts';
import { copyWith, type GraphProto, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { inOrder, takenBy } from '../ort/graphs.ts';

/** The main graph while it is rewired: who reads what is kept up to date. Nodes are own copies and change in place. */
export class Wiring {
  private nodes: NodeProto[];
  private readonly readersOf = new Map<string, Set<NodeProto>>();
  private readonly makers = new Map<string, NodeProto>();
  private readonly tensors: Map<string, TensorProto>;
  private readonly outputs: ReadonlySet<string>;
  private readonly inputs: ReadonlySet<string>;
  /** Names that bodies of If, Loop and Scan take: those readers are not rewired. */
  private readonly inBodies = new Set<string>();

  constructor(readonly graph: GraphProto) {
    this.tensors = new Map(graph.initializer.map((t) => [t.name, t]));
    this.outputs = new Set(graph.output.map((v) => v.name));
    this.inputs = new Set(graph.input.map((v) => v.name));
    this.nodes = [];
    for (const node of graph.node) {
      this.add(copyWith(node, { input: [...node.input], output: [...node.output] }));
      const own = new Set(node.input);
      for (const name of takenBy(node)) if (!own.has(name)) this.inBodies.add(name);
    }
  }

  /** The nodes as they are now. */
  list(): readonly NodeProto[] {
    return this.nodes;
  }

  add(node: NodeProto): void {
    this.nodes.push(node);
    for (const name of node.input) this.reads(name, node);
    for (const name of node.output) if (name) this.makers.set(name, node);
  }

  remove(nodes: ReadonlySet<NodeProto>): void {
    this.nodes = this.nodes.filter((n) => !nodes.has(n));
  }

  private reads(name: string, node: NodeProto): void {
    if (!name) return;
    const known = this.readersOf.get(name);
    if (known) known.add(node);
    else this.readersOf.set(name, new Set([node]));
  }

  /** How many inputs of nodes take the value, bodies counting as one. */
  readerCount(name: string): number {
    let count = this.inBodies.has(name) ? 1 : 0;
    for (const node of this.readersOf.get(name) ?? []) for (const input of node.input) if (input === name) count++;
    return count;
  }

  /** Makes nodes that read `from` read `to`: all, or those that `only` picks. */
  redirect(from: string, to: string, only: (node: NodeProto) => boolean = () => true): void {
    for (const node of [...(this.readersOf.get(from) ?? [])]) {
      if (!only(node)) continue;
      node.input = node.input.map((name) => (name === from ? to : name));
      this.readersOf.get(from)!.delete(node);
      this.reads(to, node);
    }
  }

  /** Makes the node that makes `from` write `to` instead. */
  rename(from: string, to: string): void {
    const node = this.makers.get(from);
    if (!node) return;
    node.output = node.output.map((name) => (name === from ? to : name));
    this.makers.delete(from);
    this.makers.set(to, node);
  }

  isGraphOutput(name: string): boolean {
    return this.outputs.has(name);
  }

  isGraphInput(name: string): boolean {
    return this.inputs.has(name);
  }

  initializer(name: string): TensorProto | undefined {
    return this.tensors.get(name);
  }

  /** The tensor of an initializer or a Constant node. */
  constant(name: string): TensorProto | undefined {
    const maker = this.makers.get(name);
    return this.tensors.get(name) ?? (maker?.opType === 'Constant' ? attr(maker, 'value')?.t : undefined);
  }

  initializers(): IterableIterator<TensorProto> {
    return this.tensors.values();
  }

  addInitializer(tensor: TensorProto): void {
    this.tensors.set(tensor.name, tensor);
  }

  removeInitializer(name: string): void {
    this.tensors.delete(name);
  }

  finish(): GraphProto {
    const dropped = new Set(this.graph.initializer.map((t) => t.name).filter((name) => !this.tensors.has(name)));
    return copyWith(this.graph, {
      node: inOrder(this.nodes),
      initializer: [...this.tensors.values()],
      input: this.graph.input.filter((v) => !dropped.has(v.name)),
    });
  }
}
