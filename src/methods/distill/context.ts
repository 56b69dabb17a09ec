import type { MethodContext } from '../types.ts';

/** A context with some of its members replaced; the rest is asked of it when it is needed. */
export function contextWith(ctx: MethodContext, own: Partial<MethodContext>): MethodContext {
  return new Proxy(ctx, {
    get: (target, key) => (key in own ? own[key as keyof MethodContext] : target[key as keyof MethodContext]),
  });
}
