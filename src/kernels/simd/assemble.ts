import { OPCODES, type Opcode, unsigned } from './opcodes.ts';

/**
 * Assembles WebAssembly from a subset of its text format, so that kernels are written, read and changed as text, with no tool
 * from outside. `npm run kernels` keeps the binary beside the text: assembling takes 25 ms of a thread that has just begun. A module is a list of functions over one imported memory; instructions are folded:
 * `(f32x4.add (local.get $a) (v128.load offset=16 (local.get $p)))`. `;;` starts a comment.
 */

type Node = string | Node[];

const TYPES: Readonly<Record<string, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const NO_RESULT = 0x40;
const END = 0x0b;

function parse(text: string): Node[] {
  const stack: Node[][] = [[]];
  for (const token of text.replace(/;;.*/g, '').match(/[()]|[^\s()]+/g) ?? []) {
    if (token === '(') stack.push([]);
    else if (token === ')') {
      const done = stack.pop()!;
      if (stack.length === 0) throw new Error('a parenthesis too many');
      stack[stack.length - 1].push(done);
    } else stack[stack.length - 1].push(token);
  }
  if (stack.length !== 1) throw new Error('a parenthesis is not closed');
  return stack[0];
}

/** A signed LEB128 number of 32 bits. */
function signed(value: number): number[] {
  const out: number[] = [];
  for (let left = value | 0; ; ) {
    const low = left & 127;
    left >>= 7;
    if ((left === 0 && !(low & 64)) || (left === -1 && low & 64)) return [...out, low];
    out.push(low | 128);
  }
}

const vector = (items: readonly number[][]) => unsigned(items.length).concat(...items);
const sized = (bytes: readonly number[]) => unsigned(bytes.length).concat(bytes);
const section = (id: number, bytes: readonly number[]) => [id].concat(sized(bytes));
const string = (text: string) => sized([...text].map((c) => c.charCodeAt(0)));

function bytesOf(array: ArrayBufferView): number[] {
  return [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)];
}

function numberOf(word: string): number {
  const value = Number(word);
  if (Number.isNaN(value)) throw new Error(`${word} is no number`);
  return value;
}

class FunctionBody {
  readonly code: number[] = [];
  private readonly locals = new Map<string, number>();
  private readonly labels: string[] = [];

  constructor(private readonly functions: ReadonlyMap<string, number>) {}

  declare(name: string): void {
    this.locals.set(name, this.locals.size);
  }

  /** One folded instruction: its operands first. */
  instruction(node: Node): void {
    if (!Array.isArray(node) || typeof node[0] !== 'string') throw new Error(`not an instruction: ${node}`);
    const name = node[0];
    if (name === 'block' || name === 'loop') {
      this.code.push(name === 'block' ? 0x02 : 0x03, NO_RESULT);
      this.body(node.slice(2), node[1] as string);
      this.code.push(END);
      return;
    }
    if (name === 'if') {
      this.choice(node);
      return;
    }
    const opcode = OPCODES.get(name);
    if (!opcode) throw new Error(`no instruction is called ${name}`);
    let words = 1;
    while (words < node.length && typeof node[words] === 'string') words++;
    for (let i = words; i < node.length; i++) this.instruction(node[i]);
    this.code.push(...opcode.bytes);
    this.immediates(opcode, name, node.slice(1, words) as string[]);
  }

  private body(nodes: readonly Node[], label: string): void {
    this.labels.push(label);
    for (const n of nodes) this.instruction(n);
    this.labels.pop();
  }

  /** A branch out of it counts it as one more label. */
  private choice([, condition, then, otherwise]: Node[]): void {
    this.instruction(condition);
    this.code.push(0x04, NO_RESULT);
    this.body((then as Node[]).slice(1), '');
    if (otherwise) {
      this.code.push(0x05);
      this.body((otherwise as Node[]).slice(1), '');
    }
    this.code.push(END);
  }

  private index(index: number | undefined, name: string): void {
    if (index === undefined) throw new Error(`${name} is not declared`);
    this.code.push(...unsigned(index));
  }

  private immediates({ immediate }: Opcode, name: string, words: readonly string[]): void {
    const [first] = words;
    const [least, most] = immediate === 'const' ? (name === 'v128.const' ? [5, 5] : [1, 1]) : IMMEDIATES[immediate];
    if (words.length < least || words.length > most) throw new Error(`${name} with ${words.length} immediates`);
    switch (immediate) {
      case 'none':
        break;
      case 'local':
        this.index(this.locals.get(first), first);
        break;
      case 'func':
        this.index(this.functions.get(first), first);
        break;
      case 'label': {
        const at = this.labels.lastIndexOf(first);
        this.index(at < 0 ? undefined : this.labels.length - 1 - at, first);
        break;
      }
      case 'memory':
      case 'memory lane': {
        const offset = words.find((w) => w.startsWith('offset='));
        this.code.push(0, ...unsigned(offset ? numberOf(offset.slice(7)) : 0));
        if (immediate === 'memory lane') this.code.push(numberOf(words[words.length - 1]));
        break;
      }
      case 'lane':
      case 'lanes':
        this.code.push(...words.map(numberOf));
        break;
      case 'const':
        this.code.push(...constant(name, words));
    }
  }
}

/** The least and the most words that stand behind an instruction. */
const IMMEDIATES = {
  none: [0, 0],
  local: [1, 1],
  func: [1, 1],
  label: [1, 1],
  memory: [0, 1],
  'memory lane': [1, 2],
  lane: [1, 1],
  lanes: [16, 16],
} as const;

function constant(name: string, words: readonly string[]): number[] {
  const numbers = words.slice(name === 'v128.const' ? 1 : 0).map(numberOf);
  switch (name === 'v128.const' ? words[0] : name) {
    case 'i32.const':
      return signed(numbers[0]);
    case 'f32.const':
    case 'f32x4':
      return bytesOf(Float32Array.from(numbers));
    case 'f64.const':
      return bytesOf(Float64Array.from(numbers));
    case 'i32x4':
      return bytesOf(Int32Array.from(numbers));
    default:
      throw new Error(`a constant ${name} ${words[0]}`);
  }
}

interface Header {
  name: string;
  params: string[];
  results: string[];
  locals: [name: string, type: string][];
  body: Node[];
  paramNames: string[];
}

/** `(func $name (param $a i32) … (result f64) … (local $x v128) … instruction …)` */
function headerOf(node: Node): Header {
  if (!Array.isArray(node) || node[0] !== 'func') throw new Error(`not a function: ${node}`);
  const out: Header = { name: node[1] as string, params: [], paramNames: [], results: [], locals: [], body: [] };
  for (const part of node.slice(2)) {
    const [kind, a, b] = part as string[];
    if (kind === 'param') {
      out.paramNames.push(a);
      out.params.push(b);
    } else if (kind === 'result') out.results.push(a);
    else if (kind === 'local') out.locals.push([a, b]);
    else out.body.push(part);
  }
  return out;
}

/**
 * The binary of a module. Every function is exported under its name without the `$`; the memory is imported as `env.memory`.
 * @param pages of 64 KiB that the memory has at least
 * @throws Error saying which function is wrong and how
 */
export function assemble(text: string, pages: number): Uint8Array<ArrayBuffer> {
  const functions = parse(text).map(headerOf);
  const index = new Map(functions.map((f, i) => [f.name, i]));
  const type = (name: string) => {
    if (!(name in TYPES)) throw new Error(`no type is called ${name}`);
    return [TYPES[name]];
  };
  const codes = functions.map((f) => {
    try {
      const body = new FunctionBody(index);
      for (const name of f.paramNames) body.declare(name);
      for (const [name] of f.locals) body.declare(name);
      const locals = vector(f.locals.map(([, t]) => [1, ...type(t)]));
      for (const n of f.body) body.instruction(n);
      return sized(locals.concat(body.code, END));
    } catch (cause) {
      throw new Error(`${f.name}: ${(cause as Error).message}`, { cause });
    }
  });
  return Uint8Array.from(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(
      section(1, vector(functions.map((f) => [0x60].concat(vector(f.params.map(type)), vector(f.results.map(type)))))),
      section(2, vector([[...string('env'), ...string('memory'), 2, 0, ...unsigned(pages)]])),
      section(3, vector(functions.map((_, i) => unsigned(i)))),
      section(7, vector(functions.map((f, i) => [...string(f.name.slice(1)), 0, ...unsigned(i)]))),
      section(10, vector(codes)),
    ),
  );
}
