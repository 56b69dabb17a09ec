import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, read as readFd, readSync, writeSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { PareError } from '../base/errors.ts';
import { KiB } from '../base/limits.ts';
import { fresh, type Loan } from '../base/memory.ts';
import { type ByteSink, type ByteSource, checkRange } from '../base/source.ts';

function readError(path: string, cause: unknown): PareError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  return new PareError(
    'usage',
    `${path} ${missing ? 'does not exist' : `cannot be read: ${(cause as Error).message}`}.`,
    {
      where: path,
      cause,
    },
  );
}

/** What is shorter is read and written at once: it takes less than telling another thread of it and hearing of its end. */
const AT_ONCE = 256 * KiB;

/** Fills `bytes` from a place in a file. @throws PareError `storage/failed` when the file ends before */
async function readFully(fd: number, bytes: Uint8Array<ArrayBuffer>, offset: number, path: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const place = [fd, bytes, done, bytes.length - done, offset + done] as const;
    const count =
      bytes.length <= AT_ONCE
        ? readSync(...place)
        : await new Promise<number>((resolve, reject) => {
            readFd(...place, (error, n) => (error ? reject(error) : resolve(n)));
          });
    if (count === 0) {
      throw new PareError('storage/failed', `${path} became shorter while it was read.`, { where: path });
    }
    done += count;
  }
}

/**
 * A file on disk, read by ranges. It stays open until the process ends, as a command's few files may.
 * @throws PareError `usage` when it cannot be opened
 */
export async function fileSource(path: string, name = basename(path)): Promise<ByteSource> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw readError(path, cause);
  }
  const { size } = fstatSync(fd);
  const source = {
    name,
    size,
    async read(offset: number, length: number, loan?: Loan) {
      checkRange(source, offset, length);
      const bytes = loan?.place?.(length) ?? new Uint8Array((loan?.take ?? fresh)(length), 0, length);
      await readFully(fd, bytes, offset, path);
      return bytes;
    },
  };
  return source;
}

/** A file, or every file below a folder with its path in it. Sorted, so that a run gives the same on every machine. */
export async function sourcesAt(path: string): Promise<ByteSource[]> {
  const info = await stat(path).catch((cause) => {
    throw readError(path, cause);
  });
  if (!info.isDirectory()) return [await fileSource(path)];
  const out: string[] = [];
  const walk = async (dir: string) => {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) await walk(join(dir, entry.name));
      else if (entry.isFile()) out.push(join(dir, entry.name));
    }
  };
  await walk(path);
  out.sort();
  return Promise.all(out.map((file) => lazySource(file, relative(path, file).replaceAll('\\', '/'))));
}

/** A source that opens its file for each read: a folder of images has more files than a process may hold open. */
async function lazySource(path: string, name: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    name,
    size,
    async read(offset, length) {
      checkRange({ name, size }, offset, length);
      const fd = openSync(path, 'r');
      try {
        const bytes = new Uint8Array(length);
        await readFully(fd, bytes, offset, path);
        return bytes;
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** A sink to a file that appears under its name only when it is whole. */
export async function fileSink(path: string): Promise<ByteSink> {
  const mark = createHash('sha256').update(`${path} ${process.pid}`).digest('hex').slice(0, 8);
  const part = join(dirname(path), `.${basename(path)}.${mark}.part`);
  let handle: FileHandle;
  try {
    handle = await open(part, 'w');
  } catch (cause) {
    throw new PareError('usage', `${path} cannot be written: ${(cause as Error).message}.`, { where: path, cause });
  }
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.byteLength; ) {
        const left = bytes.byteLength - done;
        if (bytes.byteLength <= AT_ONCE) done += writeSync(handle.fd, bytes, done, left);
        else done += (await handle.write(bytes, done, left)).bytesWritten;
      }
    },
    async close() {
      await handle.close();
      await rename(part, path);
    },
    async abort() {
      await handle.close();
      await rm(part, { force: true });
    },
  };
}
