/**
 * Time spent inside `session.run`, over all sessions of this thread, without any waiting for a turn. The judge reads it
 * to say which share of the time went into the models.
 */
export const runtimeClock = { ms: 0, runs: 0 };
