import { MARKER_FIELD } from './tree.ts';
import { lenHeader } from './wire.ts';

/** Makes and recognises the markers of one scan or one write: 16 random bytes, then the payload's index. */
export class Markers {
  private readonly nonce = crypto.getRandomValues(new Uint8Array(16));

  /** The marker's contents (without tag and length). */
  body(index: number): Uint8Array<ArrayBuffer> {
    const body = new Uint8Array(20);
    body.set(this.nonce);
    new DataView(body.buffer).setUint32(16, index, true);
    return body;
  }

  /** The marker as a whole field. */
  field(index: number): Uint8Array<ArrayBuffer> {
    const head = lenHeader(MARKER_FIELD, 20);
    const out = new Uint8Array(head.length + 20);
    out.set(head);
    out.set(this.body(index), head.length);
    return out;
  }

  /** The payload's index if these are the contents of one of our markers. */
  index(body: Uint8Array): number | undefined {
    if (body.length !== 20) return undefined;
    for (let i = 0; i < 16; i++) if (body[i] !== this.nonce[i]) return undefined;
    return new DataView(body.buffer, body.byteOffset, 20).getUint32(16, true);
  }
}
