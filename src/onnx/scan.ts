import { PareError } from '../base/errors.ts';
import { MAX_PROTOBUF_BYTES, MiB } from '../base/limits.ts';
import type { ByteSource } from '../base/source.ts';
import { Markers } from './marker.ts';
import { type Payload, type PayloadField, rangePayload } from './payload.ts';
import { CHILDREN, type Kind, PAYLOAD_FIELDS } from './tree.ts';
import { lenHeader, readField, WIRE } from './wire.ts';

/** Payloads smaller than this stay inside the message: reading them apart would cost more than keeping them. */
export const LAZY_BYTES = 4096;
/** Messages are at most this deep. ONNX nests only through subgraphs, and ORT itself refuses far less. */
export const MAX_DEPTH = 64;
/** How much of the file is looked at in one read. */
const WINDOW = 1 * MiB;
/** A tag and a length take at most 20 bytes; a marker's longest tag likewise. */
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
  constructor(readonly source: ByteSource) {}

  /** Whether [at, at + length) is in the window. */
  has(at: number, length: number): boolean {
    return at >= this.base && at + length <= this.base + this.bytes.length;
  }

  async load(at: number, length: number): Promise<void> {
    this.bytes = await this.source.read(at, Math.min(Math.max(length, WINDOW), this.source.size - at));
    this.base = at;
  }
}

/**
 * Walks a model's wire format once and splits it: everything but the large payloads is copied, in order, into a valid
 * smaller message in which each payload is replaced by a marker. Memory is that of the structure.
 * @throws PareError `model/corrupt`, `model/limit`
 */
export async function scan(source: ByteSource): Promise<Skeleton> {
  if (source.size > MAX_PROTOBUF_BYTES) {
    throw new PareError('model/limit', `${source.name}: an ONNX file of more than 2 GB cannot be valid.`, {
      where: source.name,
      hint: 'Models this large keep their weights in an external data file. Export it with external data.',
    });
  }
  const window = new Window(source);
  const payloads: Payload[] = [];
  const markers = new Markers();

  /** Appends the message in [start, end) to `out` and gives the bytes appended. */
  async function message(kind: Kind, start: number, end: number, depth: number, out: Uint8Array[]): Promise<number> {
    if (depth > MAX_DEPTH) {
      throw new PareError('model/limit', `${source.name}: messages are nested more than ${MAX_DEPTH} deep.`, {
        where: source.name,
      });
    }
    let total = 0;
    let at = start;
    // The run of bytes up to `at` that goes over unchanged, taken from the window in one piece.
    let run = start;
    const flush = () => {
      if (at > run) {
        out.push(window.bytes.slice(run - window.base, at - window.base));
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
      const local = window.bytes.subarray(0, Math.min(window.bytes.length, end - window.base));
      const field = readField(local, at - window.base, source.name);
      const value = field.value + window.base;
      const next = value + field.length;
      if (next > end) {
        throw new PareError(
          'model/corrupt',
          `${source.name} is cut short: a field runs ${next - end} bytes past its end.`,
          {
            where: source.name,
            hint: 'Download or export the file again.',
          },
        );
      }
      const child = field.wire === WIRE.LEN ? CHILDREN[kind][field.no] : undefined;
      if (kind === 'tensor' && field.wire === WIRE.LEN && PAYLOAD_FIELDS.has(field.no) && field.length >= LAZY_BYTES) {
        flush();
        const marker = markers.field(payloads.length);
        payloads.push(rangePayload(source, value, field.length, field.no as PayloadField));
        out.push(marker);
        total += marker.length;
        at = run = next;
      } else if (child && field.length >= LAZY_BYTES) {
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
    flush();
    return total;
  }

  const parts: Uint8Array[] = [];
  const size = await message('model', 0, source.size, 0, parts);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const p of parts) {
    bytes.set(p, at);
    at += p.length;
  }
  return { bytes, payloads, markers };
}
