/**
 * What protocol code may use beyond the language itself: the text codecs, which are the same on every platform and
 * have no state. Read by tsconfig.protocol.json only; anything that is missing here (timers, Date.now, sockets,
 * node: modules) is a compile error under `protocol/` and `shared/`.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}
