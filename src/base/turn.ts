const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Resolves in a later turn of the event loop, after what has come in from outside meanwhile: messages, and the ends of reads and writes. */
export function nextTurn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  if (!channel) {
    channel = new MessageChannel();
    channel.port2.onmessage = () => waiting.shift()?.();
  }
  const { port1 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port1.postMessage(undefined);
  });
}
