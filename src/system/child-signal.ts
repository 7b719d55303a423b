// A signal for work inside other work: it ends with the outer signal, or before it.

export interface ChildSignal {
  readonly signal: AbortSignal;
  /**
   * Aborts the signal, if it is not yet, and lets go of the outer one. Must be called when the work
   * is over.
   */
  readonly end: (reason?: unknown) => void;
}

/**
 * A signal that aborts when `outer` does, with its reason, or at `end`. Unlike AbortSignal.any it
 * leaves nothing behind at `outer`, which may live as long as the program.
 */
export function childSignal(outer: AbortSignal | undefined): ChildSignal {
  const own = new AbortController();
  const follow = () => own.abort(outer?.reason);
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: own.signal,
    end(reason) {
      outer?.removeEventListener('abort', follow);
      own.abort(reason);
    },
  };
}
