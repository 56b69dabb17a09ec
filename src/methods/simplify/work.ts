import { Names } from '../../encodings/names.ts';
import { attr } from '../../onnx/attributes.ts';
import type { AttributeProto, GraphProto, ModelProto, TensorProto } from '../../onnx/proto.ts';
import type { Fact } from '../../onnx/shapes/context.ts';
import { factOf } from '../../onnx/shapes/facts.ts';
import { tensorFloats, tensorInts } from '../../onnx/shapes/inline.ts';
import { Op, Scope } from './scope.ts';

/** A model that rules work on. */
export class Work {
  readonly scopes: Scope[] = [];
  readonly names: Names;
  facts = new Map<string, Fact>();
  /** Nodes that rules should look at, the last first. */
  readonly queue: Op[] = [];
  /** Something was defined twice: such a model is not valid, and its names decide nothing. */
  broken = false;

  constructor(
    proto: ModelProto,
    readonly opset: number,
  ) {
    this.names = new Names(proto);
    this.load(proto.graph!, undefined, proto.irVersion >= 4n);
  }

  private define(scope: Scope, name: string): void {
    if (scope.defines(name)) this.broken = true;
  }

  private load(graph: GraphProto, parent: Scope | undefined, replaceable: boolean): Scope {
    const scope = new Scope(graph, parent);
    this.scopes.push(scope);
    const inputs = new Set(graph.input.map((v) => v.name));
    for (const t of graph.initializer) {
      if (inputs.has(t.name) && (replaceable || parent)) continue;
      this.define(scope, t.name);
      scope.constants.set(t.name, t);
    }
    for (const s of graph.sparseInitializer) if (s.values) scope.given.add(s.values.name);
    for (const name of inputs) if (!scope.constants.has(name)) scope.given.add(name);
    for (const v of graph.output) scope.pinned.add(v.name);
    for (const n of graph.node) {
      const op = new Op(n, scope, scope.ops.length);
      scope.ops.push(op);
      for (const name of op.outputs) {
        if (!name) continue;
        this.define(scope, name);
        scope.producer.set(name, op);
      }
    }
    // Uses come last: a name belongs to this graph if anything in it defines it.
    for (const op of scope.ops) {
      for (const name of op.inputs) this.addUse(op, name);
      for (const a of op.attribute) {
        for (const g of a.g ? [a.g] : a.graphs) op.inner.push(this.load(g, scope, false));
      }
    }
    // An output that is a value from outside keeps that value's name.
    for (const v of graph.output) if (!scope.defines(v.name)) this.scopeOf(scope, v.name)?.pinned.add(v.name);
    return scope;
  }

  /** The graph that defines a name as seen from `scope`. */
  scopeOf(scope: Scope, name: string): Scope | undefined {
    for (let s: Scope | undefined = scope; s; s = s.parent) if (s.defines(name)) return s;
    return undefined;
  }

  private addUse(op: Op, name: string): void {
    if (!name) return;
    const home = this.scopeOf(op.scope, name);
    if (!home) return;
    const uses = home.usersOf(name);
    uses.set(op, (uses.get(op) ?? 0) + 1);
  }

  private dropUse(op: Op, name: string): void {
    if (!name) return;
    const home = this.scopeOf(op.scope, name);
    const uses = home?.uses.get(name);
    const n = uses?.get(op);
    if (!home || !uses || !n) return;
    if (n > 1) uses.set(op, n - 1);
    else uses.delete(op);
    if (uses.size > 0) return;
    home.uses.delete(name);
    if (!home.pinned.has(name)) home.constants.delete(name);
  }

  /** The node that makes a value, also of a graph around `scope`. */
  producer(scope: Scope, name: string): Op | undefined {
    return this.scopeOf(scope, name)?.producer.get(name);
  }

  /** The constant behind a name: an initializer, or a Constant node where those were left. */
  constant(scope: Scope, name: string): TensorProto | undefined {
    const home = name ? this.scopeOf(scope, name) : undefined;
    const made = home?.producer.get(name);
    return home?.constants.get(name) ?? (made?.op === 'Constant' ? attr(made.node, 'value')?.t : undefined);
  }

  /** How many inputs take a value, in whatever graph. */
  countUses(scope: Scope, name: string): number {
    let n = 0;
    for (const k of this.scopeOf(scope, name)?.uses.get(name)?.values() ?? []) n += k;
    return n;
  }

  /** Whether the value goes to this one input and nowhere else. */
  isOnly(scope: Scope, name: string): boolean {
    const home = this.scopeOf(scope, name);
    return !!home && !home.pinned.has(name) && this.countUses(scope, name) === 1;
  }

  fact(name: string): Fact | undefined {
    return this.facts.get(name);
  }

  /** Integers of an input that is a small constant. */
  ints(op: Op, i: number): number[] | undefined {
    const t = this.constant(op.scope, op.inputs[i] ?? '');
    return t && tensorInts(t);
  }

  /** Floats of an input that is a small float32 or float64 constant. */
  floats(op: Op, i: number): number[] | undefined {
    const t = this.constant(op.scope, op.inputs[i] ?? '');
    return t && tensorFloats(t);
  }

  /** Adds a constant under a new name like `wanted`, and gives that name. */
  addConstant(scope: Scope, wanted: string, make: (name: string) => TensorProto): string {
    const name = this.names.fresh(wanted);
    const tensor = make(name);
    scope.constants.set(name, tensor);
    this.facts.set(name, factOf(tensor));
    return name;
  }

  push(op: Op): void {
    if (op.queued || op.dead) return;
    op.queued = true;
    this.queue.push(op);
  }

  /** A node and its neighbours may now be what a rule waits for. */
  touch(op: Op): void {
    this.push(op);
    for (const name of op.inputs) {
      const p = name ? this.producer(op.scope, name) : undefined;
      if (p) this.push(p);
    }
    for (const name of op.outputs) for (const user of op.scope.uses.get(name)?.keys() ?? []) this.push(user);
  }

  /** Makes a node another one in the same place. Its old outputs must be given up or taken over by it. */
  rewrite(
    op: Op,
    changes: { type?: string; inputs?: string[]; outputs?: string[]; attribute?: AttributeProto[] },
  ): void {
    const before = op.inputs;
    if (changes.type) op.type = changes.type;
    if (changes.attribute) op.attribute = changes.attribute;
    if (changes.inputs) {
      op.inputs = changes.inputs;
      for (const name of op.inputs) this.addUse(op, name);
      for (const name of before) this.dropUse(op, name);
    }
    if (changes.outputs) {
      for (const name of op.outputs) op.scope.producer.delete(name);
      op.outputs = changes.outputs;
      for (const name of op.outputs) if (name) op.scope.producer.set(name, op);
    }
    this.touch(op);
    if (changes.inputs) this.sweep(op.scope, before);
  }

  /** Whether a node's outputs are wanted by anyone. */
  private isWanted(op: Op): boolean {
    return op.outputs.some((name) => name && (op.scope.pinned.has(name) || op.scope.uses.has(name)));
  }

  /** Removes the node when nobody takes what it makes. */
  removeIfUnwanted(op: Op): boolean {
    if (this.isWanted(op)) return false;
    this.remove(op);
    return true;
  }

  /** Removes the makers of values that nobody takes any more, and theirs. */
  sweep(scope: Scope, names: readonly string[]): number {
    const stack = names.flatMap((name) => (name ? (this.producer(scope, name) ?? []) : []));
    let removed = 0;
    for (let op = stack.pop(); op; op = stack.pop()) {
      if (op.dead || this.isWanted(op)) {
        if (!op.dead) this.push(op);
        continue;
      }
      const taken = this.detach(op);
      removed++;
      for (const [s, name] of taken) {
        const p = this.producer(s, name);
        if (p) stack.push(p);
        for (const user of this.scopeOf(s, name)?.uses.get(name)?.keys() ?? []) this.push(user);
      }
    }
    return removed;
  }

  /** Takes a node and its subgraphs out; gives the values that they took. */
  private detach(op: Op): [Scope, string][] {
    op.dead = true;
    const taken: [Scope, string][] = [];
    for (const name of op.inputs) {
      if (!name) continue;
      this.dropUse(op, name);
      taken.push([op.scope, name]);
    }
    for (const s of op.inner)
      for (const o of s.ops)
        if (!o.dead)
          for (const [at, name] of this.detach(o)) if (at !== s || !s.defines(name)) taken.push([op.scope, name]);
    for (const name of op.outputs) if (name) op.scope.producer.delete(name);
    return taken;
  }

  /** Removes a node whose outputs nobody takes, and what only it needed. */
  remove(op: Op): void {
    for (const [s, name] of this.detach(op)) this.sweep(s, [name]);
  }

  /**
   * Takes a node out that gives its value `x` unchanged: all who took its first output take `x`. Where the output's name must
   * stay, the maker of `x` gives it that name.
   * @returns false when names do not allow it
   */
  bypass(op: Op, x: string): boolean {
    const { scope } = op;
    const y = op.outputs[0];
    if (!scope.pinned.has(y)) {
      if (!this.moveUses(scope, y, x)) return false;
      this.remove(op);
      return true;
    }
    const maker = scope.producer.get(x);
    if (!maker || scope.pinned.has(x) || !this.canMove(scope, x, y)) return false;
    const taken = this.detach(op);
    const at = maker.outputs.indexOf(x);
    // The maker takes over the name before its users are moved to it.
    scope.producer.delete(x);
    maker.outputs[at] = y;
    scope.producer.set(y, maker);
    for (const user of [...(scope.uses.get(x)?.keys() ?? [])]) this.renameInput(user, x, y, scope);
    scope.uses.delete(x);
    this.touch(maker);
    for (const [s, name] of taken) if (name !== x) this.sweep(s, [name]);
    return true;
  }

  /** Whether every user of `from`, defined in `scope`, would see the value that `scope` sees under the name `to`. */
  private canMove(scope: Scope, from: string, to: string): boolean {
    for (const user of scope.uses.get(from)?.keys() ?? []) {
      for (let s = user.scope; s !== scope; s = s.parent!) if (s.defines(to)) return false;
    }
    return true;
  }

  /** Lets all who take `from` take `to`. */
  moveUses(scope: Scope, from: string, to: string): boolean {
    if (!this.canMove(scope, from, to)) return false;
    const home = this.scopeOf(scope, to);
    if (!home) return false;
    for (const user of [...(scope.uses.get(from)?.keys() ?? [])]) this.renameInput(user, from, to, home);
    scope.uses.delete(from);
    return true;
  }

  private renameInput(user: Op, from: string, to: string, home: Scope): void {
    const uses = home.usersOf(to);
    const n = user.inputs.filter((name) => name === from).length;
    user.inputs = user.inputs.map((name) => (name === from ? to : name));
    uses.set(user, (uses.get(user) ?? 0) + n);
    this.touch(user);
  }

  /** Puts a constant in a node's place, under its output's name. */
  becomeConstant(op: Op, tensors: readonly (TensorProto | undefined)[]): void {
    const { scope, outputs } = op;
    this.remove(op);
    outputs.forEach((name, i) => {
      const tensor = tensors[i];
      if (!name || !tensor) return;
      scope.constants.set(name, tensor);
      this.facts.set(name, factOf(tensor));
      for (const user of scope.uses.get(name)?.keys() ?? []) this.push(user);
    });
  }
}
