import type { NamedFile } from '../../../workers/contract.ts';
import { PareError } from '../../base/errors.ts';
import type { SampleCard } from './types.ts';

const BASE = `${import.meta.env.BASE_URL}samples/`;

async function fetchFile(name: string): Promise<Response> {
  const response = await fetch(BASE + name).catch(() => undefined);
  if (!response?.ok) {
    throw new PareError('data/unreadable', `The sample file ${name} could not be fetched.`, {
      where: name,
      hint: 'Samples come from the same place as this page. Check the connection, or open a model of your own.',
    });
  }
  return response;
}

/** The gallery. */
export async function fetchSamples(): Promise<SampleCard[]> {
  return (await fetchFile('index.json')).json();
}

/** A sample's model, and its labelled data for testing and for training, as if they had been dropped. */
export function fetchSample(card: SampleCard): { model: Promise<NamedFile[]>; data: Promise<NamedFile[]> } {
  const get = async (path: string): Promise<NamedFile> => ({
    path,
    blob: new File([await (await fetchFile(path)).blob()], path),
  });
  const { test, train } = card.data;
  const parts = [test, ...(train ? [train] : [])];
  const all = (paths: string[]) => Promise.all(paths.map(get));
  return { model: all([card.model]), data: all(parts.flatMap((p) => [p.images, p.labels])) };
}
