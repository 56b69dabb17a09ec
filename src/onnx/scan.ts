import { PareError } from '../base/errors.ts';
import { KiB, MAX_PROTOBUF_BYTES, MiB } from '../base/limits.ts';
import type { ByteSource } from '../base/source.ts';
import { Markers } from './marker.ts';
import { type Payload, type PayloadField, rangePayload } from './payload.ts';
import { CHILDREN, type Kind, PAYLOAD_FIELDS } from './tree.ts';
import { Groups, lenHeader, readField, WIRE } from './wire.ts';

/** Payloads smaller than this stay inside the message: reading them apart would cost more than keeping them. */
export const LAZY_BYTES = 4096;
/** Messages are at most this deep, as in every protobuf library. A subgraph takes three levels. */
export const MAX_DEPTH = 100;
/** How much of the file is looked at in one read: little after a jump over a payload, more while there is none. */
const FIRST_WINDOW = 16 * KiB;
const LAST_WINDOW = 1 * MiB;
/** A tag and a number take at most 20 bytes. */
const HEADER = 20;

/** A model's structure without its large payloads, and where those are. */
export interface Skeleton {
  bytes: Uint8Array<ArrayBuffer>;
  payloads: Payload[];
  markers: Markers;
}

/** A window over the source, so that walking small messages needs no await. */
class Window {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Offset of the window in the source. */
  base = 0;
  private size = FIRST_WINDOW;
  constructor(readonly source: ByteSource) {}

  /** Whether [at, at + length) is in the window. */
  has(at: number, length: number): boolean {
    return at >= this.base && at + length <= this.base + this.bytes.length;
  }

  async load(at: number, length: number): Promise<void> {
    const jumped = at > this.base + this.bytes.length;
    this.size = jumped ? FIRST_WINDOW : Math.min(2 * this.size, LAST_WINDOW);
    this.bytes = await this.source.read(at, Math.min(Math.max(length, this.size), this.source.size - at));
    this.base = at;
  }

  /** Bytes that outlive the window. A piece that is most of it keeps it; a small one would only hold it in memory. */
  take(from: number, to: number): Uint8Array<ArrayBuffer> {
    const a = from - this.base;
    const b = to - this.base;
    return 2 * (b - a) > this.bytes.length ? this.bytes.subarray(a, b) : this.bytes.slice(a, b);
  }
}

/**
 * Walks a model's wire format once and splits it: everything but the large payloads is copied, in order, into a valid
 * smaller message in which each payload is replaced by a marker. Memory is that of the structure.
 * @throws PareError `model/corrupt`, `model/limit`
 */
export async function scan(source: ByteSource): Promise<Skeleton> {
  const where = source.name;
  if (source.size > MAX_PROTOBUF_BYTES) {
    throw new PareError('model/limit', `${where}: an ONNX file of more than 2 GB cannot be valid.`, {
      where,
      hint: 'Models this large keep their weights in an external data file. Export it with external data.',
    });
  }
  const window = new Window(source);
  const payloads: Payload[] = [];
  const markers = new Markers();

  /** Appends the message in [start, end) to `out` and gives the bytes appended. */
  async function message(kind: Kind, start: number, end: number, depth: number, out: Uint8Array[]): Promise<number> {
    if (depth > MAX_DEPTH) {
      throw new PareError('model/limit', `${where}: messages are nested more than ${MAX_DEPTH} deep.`, { where });
    }
    let total = 0;
    let at = start;
    // The run of bytes up to `at` that goes over unchanged, taken from the window in one piece.
    let run = start;
    const groups = new Groups();
    const flush = () => {
      if (at > run) {
        out.push(window.take(run, at));
        total += at - run;
      }
      run = at;
    };
    while (at < end) {
      const need = Math.min(HEADER, end - at);
      if (!window.has(at, need)) {
        flush();
        await window.load(at, need);
      }
      const stop = Math.min(window.bytes.length, end - window.base);
      const field = readField(window.bytes, at - window.base, where, stop);
      groups.see(field, where);
      const value = field.value + window.base;
      const next = value + field.length;
      if (next > end) {
        throw new PareError('model/corrupt', `${where} is cut short: a field runs ${next - end} bytes past its end.`, {
          where,
          hint: 'Download or export the file again.',
        });
      }
      const large = field.wire === WIRE.LEN && field.length >= LAZY_BYTES && groups.depth === 0;
      const child = large ? CHILDREN[kind][field.no] : undefined;
      if (large && kind === 'tensor' && PAYLOAD_FIELDS.has(field.no)) {
        flush();
        const marker = markers.field(payloads.length);
        payloads.push(rangePayload(source, value, field.length, field.no as PayloadField));
        out.push(marker);
        total += marker.length;
        at = run = next;
      } else if (child) {
        flush();
        const parts: Uint8Array[] = [];
        const length = await message(child, value, next, depth + 1, parts);
        const head = lenHeader(field.no, length);
        out.push(head);
        for (const p of parts) out.push(p);
        total += head.length + length;
        at = run = next;
      } else {
        if (!window.has(at, next - at)) {
          flush();
          await window.load(at, next - at);
        }
        at = next;
      }
    }
    if (groups.depth > 0) {
      throw new PareError('model/corrupt', `${where}: a group does not end.`, { where });
    }
    flush();
    return total;
  }

  const parts: Uint8Array[] = [];
  const size = await message('model', 0, source.size, 1, parts);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const p of parts) {
    bytes.set(p, at);
    at += p.length;
  }
  return { bytes, payloads, markers };
}
