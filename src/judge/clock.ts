import type { Session, Value } from '../runtime/types.ts';

/** A session that adds up the time spent inside it, so that a report can say what its wall time went to. */
export function clocked(session: Session, clock: { ms: number }): Session {
  return {
    ...session,
    async run(feeds: Readonly<Record<string, Value>>, fetches?: readonly string[]) {
      const start = performance.now();
      try {
        return await session.run(feeds, fetches);
      } finally {
        clock.ms += performance.now() - start;
      }
    },
    release: () => session.release(),
  };
}
