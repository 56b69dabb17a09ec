import { type Segment, segmentSize } from './encode.ts';
import type { Markers } from './marker.ts';
import type { Payload } from './payload.ts';
import { CHILDREN, type Kind, MARKER_FIELD } from './tree.ts';
import { lenHeader, readWhole, WIRE } from './wire.ts';

/**
 * The inverse of the scan, for its tests, which knows no more of the messages than the scan does: takes an encoded message with
 * markers and gives the segments of the full message, every length on the way up corrected. A payload goes where a canonical writer
 * puts its field, in order of field numbers.
 */
export function expand(bytes: Uint8Array<ArrayBuffer>, payloads: readonly Payload[], markers: Markers): Segment[] {
  function message(kind: Kind, start: number, end: number, out: Segment[]): number {
    let total = 0;
    const put = (segment: Segment) => {
      const size = segmentSize(segment);
      if (size > 0) out.push(segment);
      total += size;
    };
    let run = start;
    // The fields of a tensor so far, one for each run of the same number. A marker comes last, so all of them are known
    // when it turns up.
    const fields: { no: number; at: number }[] = [];
    for (let at = start; at < end; ) {
      const field = readWhole(bytes, at, 'model', end);
      const next = field.value + field.length;
      const child = field.wire === WIRE.LEN ? CHILDREN[kind][field.no] : undefined;
      if (child) {
        const inner: Segment[] = [];
        const size = message(child, field.value, next, inner);
        // A payload can be just as long as the marker that stood for it.
        if (size !== field.length || inner.some((s) => !(s instanceof Uint8Array))) {
          put(bytes.subarray(run, at));
          put(lenHeader(field.no, size));
          for (const s of inner) put(s);
          run = next;
        }
      } else if (kind === 'tensor') {
        const index =
          field.no === MARKER_FIELD
            ? markers.index(bytes.subarray(field.value, field.value + field.length))
            : undefined;
        if (index === undefined) {
          if (fields.at(-1)?.no !== field.no) fields.push({ no: field.no, at });
        } else {
          const payload = payloads[index];
          const place = fields.find((f) => f.no > payload.field)?.at ?? at;
          put(bytes.subarray(run, place));
          put(lenHeader(payload.field, payload.size));
          put(payload);
          put(bytes.subarray(place, at));
          run = next;
        }
      }
      at = next;
    }
    put(bytes.subarray(run, end));
    return total;
  }
  const out: Segment[] = [];
  message('model', 0, bytes.length, out);
  return out;
}
