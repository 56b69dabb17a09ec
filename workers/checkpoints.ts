import type { Checkpoints } from '../src/methods/types.ts';
import { fileCheckpoints, memoryCheckpoints } from '../src/storage/checkpoints.ts';
import { sessionFolder } from './outputs.ts';

const inMemory = memoryCheckpoints();

/** Where steps keep their state: what refuses to be written to must not stop those that keep nothing. */
export async function checkpointsOf(session: string): Promise<Checkpoints> {
  try {
    const dir = await sessionFolder(session);
    return dir ? await fileCheckpoints(dir) : inMemory;
  } catch {
    return inMemory;
  }
}
