import { MiB } from '../../base/limits.ts';
import type { Room } from '../../base/memory.ts';
import { Simd, simd } from './module.ts';

/** What a tensor's channels may take below the arena. Memory that nobody touches costs nothing. */
const BELOW = 64 * MiB;
/** Of as many channels every array that kernels keep fits there. */
const MOST_CHANNELS = 1 << 20;
/** It is never given back to the system: what is larger than half of it finds its memory elsewhere. */
const ARENA = 64 * MiB;
/** Kernels look at up to a few vectors past the end. */
const SLACK = 64;
/** What is smaller is copied as soon as it is found room for. */
const WORTH = 64 * 1024;

/**
 * Memory of an instance of the kernels that never grows, from which tensors are lent room: what is read into it need not be copied to be
 * worked on. Such memory cannot be transferred to another thread.
 */
class Arena implements Room {
  readonly kernels = new Simd(BELOW + ARENA);
  /** What is free, by address. */
  private free = [{ from: BELOW, bytes: ARENA }];

  /** Room with anything in it, aligned for any dtype; undefined when there is none. `giveBack` ends it. */
  take(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (bytes < WORTH || bytes > ARENA / 2) return undefined;
    const needed = roomFor(bytes);
    const room = this.free.find((f) => f.bytes >= needed);
    if (!room) return undefined;
    const at = room.from;
    room.from += needed;
    room.bytes -= needed;
    return this.kernels.u8.subarray(at, at + bytes);
  }

  shrink(room: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
    const part = room.subarray(0, bytes);
    this.release(room.byteOffset + roomFor(bytes), roomFor(room.byteLength) - roomFor(bytes));
    return part;
  }

  giveBack(room: Uint8Array<ArrayBuffer>): void {
    this.release(room.byteOffset, roomFor(room.byteLength));
  }

  private release(from: number, bytes: number): void {
    this.free.push({ from, bytes });
    this.free.sort((a, b) => a.from - b.from);
    const joined: typeof this.free = [];
    for (const f of this.free) {
      const last = joined.at(-1);
      if (last && last.from + last.bytes === f.from) last.bytes += f.bytes;
      else if (f.bytes > 0) joined.push(f);
    }
    this.free = joined;
  }
}

const roomFor = (bytes: number) => 16 * Math.ceil((bytes + SLACK) / 16);

let instance: Arena | null | undefined;

/** The arena; null where there is none: no SIMD in WebAssembly, or no address space. */
export function arena(): Arena | null {
  if (instance === undefined) {
    try {
      instance = new Arena();
    } catch {
      instance = null;
    }
  }
  return instance;
}

/** The kernels to work on `x` with: those in whose memory it lies, if any. @param dims any of which may be channels to keep numbers of */
export function simdFor(x: ArrayBufferView, dims: readonly number[] = []): Simd | null {
  const own = instance?.kernels;
  return own && x.buffer === own.u8.buffer && dims.every((d) => d <= MOST_CHANNELS) ? own : simd();
}
