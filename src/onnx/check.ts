import { dtypeName, dtypeOf, rawBytes } from './dtypes.ts';
import { irVersionFor } from './irVersions.ts';
import type { Model } from './model.ts';
import { payloadOf } from './payload.ts';
import { DataType, type GraphProto, type NodeProto, type TensorProto } from './proto.ts';
import { sizeOf } from './tensor.ts';

/** Something in a model that ONNX's specification does not allow. */
export interface Problem {
  /** An error keeps runtimes from loading it; a warning is against the letter and mostly harmless. */
  severity: 'error' | 'warning';
  message: string;
  /** The node or the tensor it is about. */
  where?: string;
}

/** More problems than anyone reads: the check stops there. */
const MAX_PROBLEMS = 100;

/** Names that can be used at some place: those of the scope itself, and those of the scopes around it. */
class Names {
  private readonly own = new Set<string>();
  constructor(private readonly outer?: Names) {}
  /** False when the name is taken in this very scope. */
  add(name: string): boolean {
    if (this.own.has(name)) return false;
    this.own.add(name);
    return true;
  }
  has(name: string): boolean {
    return this.own.has(name) || (this.outer?.has(name) ?? false);
  }
}

/**
 * What the ONNX checker demands of a model's structure (onnx/checker.cc): single static assignment, nodes in topological
 * order, opset imports for all domains, tensors whose bytes fit their dims. Reads no payload and knows no operator's schema.
 * @returns the problems found, none for a sound model; at most 100
 */
export function checkModel(model: Model): Problem[] {
  const problems: Problem[] = [];
  const say = (severity: Problem['severity'], message: string, where?: string) => {
    if (problems.length < MAX_PROBLEMS)
      problems.push(where === undefined ? { severity, message } : { severity, message, where });
  };
  const { proto } = model;

  const imports = (list: readonly { domain: string; version: bigint }[], what: string): Set<string> => {
    const domains = new Set<string>();
    for (const { domain } of list) {
      const d = domain === 'ai.onnx' ? '' : domain;
      if (domains.has(d)) say('error', `${what} imports the opset of domain "${d}" twice.`);
      domains.add(d);
    }
    return domains;
  };

  const checkTensor = (t: TensorProto, name: string) => {
    if (t.dataType === DataType.UNDEFINED) return say('error', `Tensor "${name}" has no dtype.`, name);
    const payload = payloadOf(t);
    if (t.dataType === DataType.STRING) {
      if (t.stringData.length !== sizeOf(t)) say('error', `Tensor "${name}" has the wrong number of strings.`, name);
      return;
    }
    if (!dtypeOf(t.dataType)) return say('error', `Tensor "${name}" has an unknown dtype (${t.dataType}).`, name);
    const expected = rawBytes(t.dataType, sizeOf(t));
    // How many bytes a packed field of varints should have cannot be told without reading it.
    const raw = payload
      ? [9, 4, 10].includes(payload.field)
        ? payload.size
        : expected
      : t.rawData.length || undefined;
    const typed = [t.floatData, t.int32Data, t.int64Data, t.doubleData, t.uint64Data].some((l) => l.length > 0);
    if (raw !== undefined && raw !== expected) {
      say(
        'error',
        `Tensor "${name}" has ${raw} bytes where [${t.dims.join(', ')}] of ${dtypeName(t.dataType)} needs ${expected}.`,
        name,
      );
    } else if (raw === undefined && !typed && expected > 0) say('error', `Tensor "${name}" has no numbers.`, name);
  };

  const label = (n: NodeProto, i: number) => n.name || n.output.find((o) => o) || `${n.opType} ${i}`;

  const checkNodes = (nodes: readonly NodeProto[], names: Names, domains: ReadonlySet<string>) => {
    nodes.forEach((n, i) => {
      const where = label(n, i);
      if (!n.opType) say('error', `Node "${where}" has no operator.`, where);
      if (n.input.length === 0 && n.output.length === 0)
        say('error', `Node "${where}" has no inputs and no outputs.`, where);
      const domain = n.domain === 'ai.onnx' ? '' : n.domain;
      if (!domains.has(domain))
        say('error', `Node "${where}" is of domain "${domain}", whose opset is not imported.`, where);
      for (const input of n.input) {
        if (input && !names.has(input))
          say('error', `Node "${where}" takes "${input}", which nothing before it makes.`, where);
      }
      const attributes = new Set<string>();
      for (const a of n.attribute) {
        if (attributes.has(a.name)) say('error', `Node "${where}" has the attribute "${a.name}" twice.`, where);
        attributes.add(a.name);
        if (a.t) checkTensor(a.t, a.t.name || where);
        if (a.g) checkGraph(a.g, new Names(names), domains, where);
        for (const g of a.graphs) checkGraph(g, new Names(names), domains, where);
      }
      for (const output of n.output) {
        if (output && !names.add(output))
          say('error', `"${output}" is made twice, the second time by node "${where}".`, where);
      }
    });
  };

  const checkGraph = (g: GraphProto, names: Names, domains: ReadonlySet<string>, where?: string) => {
    if (!g.name) say('warning', 'A graph has no name.', where);
    const inputs = new Set<string>();
    for (const { name } of g.input) {
      if (!names.add(name)) say('error', `"${name}" is a graph input twice.`, name);
      inputs.add(name);
    }
    const initializers = new Set<string>();
    const constants = [...g.initializer, ...g.sparseInitializer.flatMap((s) => s.values ?? [])];
    for (const t of constants) {
      if (!t.name) say('error', 'An initializer has no name.');
      if (initializers.has(t.name)) say('error', `"${t.name}" is an initializer twice.`, t.name);
      initializers.add(t.name);
      // An initializer of an input's name is its default.
      names.add(t.name);
      if (proto.irVersion < 4n && !inputs.has(t.name)) {
        say(
          'warning',
          `"${t.name}" is an initializer and no graph input, which IR version ${proto.irVersion} asks for.`,
          t.name,
        );
      }
    }
    for (const t of g.initializer) checkTensor(t, t.name);
    checkNodes(g.node, names, domains);
    for (const { name } of g.output) {
      if (!names.has(name)) say('error', `The graph output "${name}" is made by nothing.`, name);
    }
  };

  const domains = imports(proto.opsetImport, 'The model');
  if (proto.irVersion < 1n) say('error', 'The model states no IR version.');
  const opset = Number(proto.opsetImport.find((o) => o.domain === '' || o.domain === 'ai.onnx')?.version ?? 0n);
  if (proto.irVersion >= 3n && domains.size === 0) say('error', 'The model imports no opset.');
  if (opset && proto.irVersion < irVersionFor(opset)) {
    say(
      'warning',
      `The model states IR version ${proto.irVersion}, and opset ${opset} came with ${irVersionFor(opset)}.`,
    );
  }
  if (!proto.graph) say('error', 'The model has no graph.');
  else checkGraph(proto.graph, new Names(), domains);

  const functions = new Set<string>();
  for (const f of proto.functions) {
    const id = `${f.domain}:${f.name}:${f.overload}`;
    if (functions.has(id)) say('error', `The function "${f.domain}:${f.name}" is defined twice.`, f.name);
    functions.add(id);
    const names = new Names();
    for (const input of f.input)
      if (!names.add(input)) say('error', `Function "${f.name}" has the input "${input}" twice.`, f.name);
    checkNodes(f.node, names, imports(f.opsetImport, `Function "${f.name}"`));
    for (const o of f.output) if (!names.has(o)) say('error', `Function "${f.name}" makes no "${o}".`, f.name);
  }
  return problems;
}
