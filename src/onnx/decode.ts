import { create, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { MiB } from '../base/limits.ts';
import { AttributeProtoSchema, copyWith, type ModelProto, ModelProtoSchema, TypeProtoSchema } from './proto.ts';
import { MAX_DEPTH } from './scan.ts';
import { Strings } from './strings.ts';
import { readVarint, readWhole, WIRE } from './wire.ts';

/**
 * What decoded messages take in memory, in bytes, measured in V8 without pointer compression and rounded up. A message of two
 * bytes on the wire becomes an object of 130, so a small hostile file could fill gigabytes: decoding stops at a budget.
 */
const COST = { message: 72, list: 48, item: 12, view: 112, bigint: 24, unknown: 168, oneof: 40 } as const;

/** Memory that a structure may take: three times the file and this much. */
export const STRUCTURE_SLACK = 60 * MiB;

/** Stands for every empty list of every decoded message: most of a node's lists are empty. Frozen, since it is shared. */
const EMPTY = Object.freeze([]) as unknown as unknown[];

/**
 * Messages that repeat: a graph has few kinds of types and of attributes, in great numbers. One of up to this many bytes that equals
 * one met before is that one, frozen. It keeps a graph of 100,000 nodes within the budget of its file.
 */
const SHARED_BYTES = 64;
const SHARED_SLOTS = 1 << 12;
const SHARED_TYPES: ReadonlySet<string> = new Set([TypeProtoSchema.typeName, AttributeProtoSchema.typeName]);

const SMALL = Array.from({ length: 1024 }, (_, i) => BigInt(i));
const TWO_32 = 4294967296;

type Message = Record<string, unknown> & { $unknown?: { no: number; wireType: number; data: Uint8Array }[] };

/** Freezes a message and what is in it, all but the bytes, which cannot be. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}

/** A message type, prepared: its prototype, its lists, and its fields by number. */
interface Plan {
  readonly desc: DescMessage;
  readonly prototype: object;
  readonly lists: readonly string[];
  readonly oneofs: readonly string[];
  readonly fields: ReadonlyMap<number, { field: DescField; wire: number; packable: boolean; scalar?: ScalarType }>;
}

const WIRE_OF: Partial<Record<ScalarType, number>> = {
  [ScalarType.DOUBLE]: WIRE.FIXED64,
  [ScalarType.FLOAT]: WIRE.FIXED32,
  [ScalarType.STRING]: WIRE.LEN,
  [ScalarType.BYTES]: WIRE.LEN,
};

const plans = new Map<string, Plan>();
function planOf(desc: DescMessage): Plan {
  const known = plans.get(desc.typeName);
  if (known) return known;
  const plan: Plan = {
    desc,
    prototype: Object.getPrototypeOf(create(desc)),
    lists: desc.fields.filter((f) => f.fieldKind === 'list').map((f) => f.localName),
    oneofs: desc.oneofs.map((o) => o.localName),
    fields: new Map(
      desc.fields.map((field) => {
        const scalar = field.message ? undefined : field.enum ? ScalarType.INT32 : field.scalar;
        const wire = scalar === undefined ? WIRE.LEN : (WIRE_OF[scalar] ?? WIRE.VARINT);
        return [field.number, { field, wire, scalar, packable: field.fieldKind === 'list' && wire !== WIRE.LEN }];
      }),
    ),
  };
  plans.set(desc.typeName, plan);
  return plan;
}

/**
 * Decodes a model's structure into the messages of `@bufbuild/protobuf`. Unlike that package's own decoder it checks every
 * length, keeps a field of the wrong wire type as unknown as the protobuf specification asks, keeps names that are not UTF-8, and
 * holds to a memory budget.
 * @param budget bytes of memory the messages may take, by estimate
 * @throws PareError `model/corrupt`, `model/limit`
 */
export function decodeModel(bytes: Uint8Array<ArrayBuffer>, name: string, budget: number): ModelProto {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings = new Strings();
  let left = budget;

  function spend(cost: number): void {
    left -= cost;
    if (left >= 0) return;
    throw new PareError('model/limit', `${name}: its structure would fill more than ${Math.round(budget / MiB)} MB.`, {
      where: name,
      hint: 'It has far more nodes, attributes or names than a file of its size should. It is damaged, or made to do harm.',
    });
  }

  function integer(at: number, signed: boolean): bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++];
      const seven = byte & 0x7f;
      if (shift < 28) low |= seven << shift;
      else if (shift === 28) {
        low |= seven << 28;
        high |= seven >> 4;
      } else if (shift < 63) high |= seven << (shift - 32);
      else high |= (seven & 1) << 31;
    }
    low >>>= 0;
    if (high === 0 && low < SMALL.length) return SMALL[low];
    spend(COST.bigint);
    const top = signed ? high : high >>> 0;
    return Math.abs(top) < 0x1fffff ? BigInt(top * TWO_32 + low) : (BigInt(top) << 32n) | BigInt(low);
  }

  function scalar(type: ScalarType, at: number, length: number): unknown {
    switch (type) {
      case ScalarType.STRING: {
        const text = strings.read(bytes, at, length);
        spend(strings.cost);
        return text;
      }
      case ScalarType.BYTES:
        spend(COST.view);
        return bytes.subarray(at, at + length);
      case ScalarType.FLOAT:
        return view.getFloat32(at, true);
      case ScalarType.DOUBLE:
        return view.getFloat64(at, true);
      case ScalarType.INT64:
        return integer(at, true);
      case ScalarType.UINT64:
        return integer(at, false);
      default:
        return Number(BigInt.asIntN(32, integer(at, true)));
    }
  }

  function message(into: Message, plan: Plan, start: number, end: number, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw new PareError('model/limit', `${name}: messages are nested more than ${MAX_DEPTH} deep.`, { where: name });
    }
    const push = (list: string, item: unknown) => {
      spend(COST.item);
      const items = into[list] as unknown[];
      if (items === EMPTY) spend(COST.list);
      if (Object.isFrozen(items)) into[list] = [...items, item];
      else items.push(item);
    };
    for (let at = start; at < end; ) {
      const f = readWhole(bytes, at, name, end);
      at = f.value + f.length;
      const known = plan.fields.get(f.no);
      const { field } = known ?? {};
      const packed = known?.packable && f.wire === WIRE.LEN;
      if (!known || !field || (known.wire !== f.wire && !packed)) {
        unknown(into, f.no, f.wire, bytes.subarray(f.from, at));
      } else if (field.message) {
        const inner = planOf(field.message);
        const { localName } = field;
        if (field.fieldKind === 'list') {
          push(localName, child(inner, f.value, at, depth + 1));
        } else if (!field.oneof && !into[localName]) {
          into[localName] = child(inner, f.value, at, depth + 1);
        } else {
          // A field that comes again is merged into the first, as the specification says.
          const one = field.oneof ? (into[field.oneof.localName] as { case?: string; value?: Message }) : undefined;
          const before = one ? (one.case === localName ? one.value : undefined) : (into[localName] as Message);
          // (A shared one is frozen, and copied first.)
          const merged = before ? copyWith(before) : empty(inner);
          message(merged, inner, f.value, at, depth + 1);
          if (field.oneof) into[field.oneof.localName] = { case: localName, value: merged };
          else into[localName] = merged;
        }
      } else if (packed) {
        for (let p = f.value; p < at; ) {
          const n =
            known.wire === WIRE.FIXED32 ? 4 : known.wire === WIRE.FIXED64 ? 8 : readVarint(bytes, p, name, at).next - p;
          if (p + n > at)
            throw new PareError('model/corrupt', `${name}: a packed field ends inside a number.`, { where: name });
          push(field.localName, scalar(known.scalar!, p, n));
          p += n;
        }
      } else {
        const value = scalar(known.scalar!, f.value, f.length);
        if (field.enum && !field.enum.value[value as number]) unknown(into, f.no, f.wire, bytes.subarray(f.from, at));
        else if (field.fieldKind === 'list') push(field.localName, value);
        else if (field.oneof) into[field.oneof.localName] = { case: field.localName, value };
        else into[field.localName] = value;
      }
    }
    // A list grown by push keeps room for 16 more; most have one or two items.
    for (const list of plan.lists) {
      const items = into[list] as unknown[];
      if (items.length > 1 && items.length < 256) into[list] = items.slice();
    }
  }

  const shared: ({ plan: Plan; start: number; length: number; message: Message } | undefined)[] = new Array(
    SHARED_SLOTS,
  );

  /** A message of its own, or an equal one met before. */
  function child(plan: Plan, start: number, end: number, depth: number): Message {
    const length = end - start;
    const sharing = length > 0 && length <= SHARED_BYTES && SHARED_TYPES.has(plan.desc.typeName);
    let slot = 0;
    if (sharing) {
      let hash = length;
      for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
      slot = (hash ^ (hash >>> 16)) & (SHARED_SLOTS - 1);
      const known = shared[slot];
      if (known?.plan === plan && known.length === length && equal(known.start, start, length)) return known.message;
    }
    const m = empty(plan);
    message(m, plan, start, end, depth);
    if (sharing) shared[slot] = { plan, start, length, message: freeze(m) };
    return m;
  }

  function equal(a: number, b: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return true;
  }

  function unknown(into: Message, no: number, wireType: number, data: Uint8Array): void {
    spend(COST.unknown);
    if (!into.$unknown || Object.isFrozen(into.$unknown)) into.$unknown = [...(into.$unknown ?? [])];
    into.$unknown.push({ no, wireType, data });
  }

  function empty(plan: Plan): Message {
    spend(COST.message + 8 * plan.lists.length + plan.oneofs.length * COST.oneof);
    const m = Object.create(plan.prototype) as Message;
    m.$typeName = plan.desc.typeName;
    for (const list of plan.lists) m[list] = EMPTY;
    for (const o of plan.oneofs) m[o] = { case: undefined };
    return m;
  }

  const root = planOf(ModelProtoSchema);
  const model = empty(root);
  message(model, root, 0, bytes.length, 1);
  return model as unknown as ModelProto;
}
