import { EntityScanner } from '../protocol/imap/entity-scanner.ts';
import type { QueueEntry } from '../protocol/mail-queue.ts';
import { type Span, spansOf } from '../protocol/message-spans.ts';
import { SevenBitConverter } from '../protocol/seven-bit-converter.ts';
import { planSevenBit, type SevenBitPlan, type SpanChange } from '../protocol/seven-bit-plan.ts';
import { FlawFinder, LINE_OCTETS_MAX, LongLineFinder } from '../protocol/span-flaws.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { readQueuedAtOnce } from '../store/read-queued.ts';

/** The octets of a message, one piece after the other; to be called for each time that they are read. */
type Source = () => Promise<AsyncIterable<Uint8Array>>;

/** A message as it goes to a server: with CRLF line ends. */
export interface OutgoingMessage {
  readonly kind: 'message';
  readonly octets: number;
  /** Whether the server must offer 8BITMIME. */
  readonly isEightBit: boolean;
  /** Of a small one, all of it. */
  readonly whole: Uint8Array | null;
  readonly pieces: Source;
  /** Why it is not the message that was received; null when it is. */
  readonly because: string | null;
}

/** A message that cannot go to a server as it is, nor otherwise. */
interface Unfit {
  readonly kind: 'unfit';
  readonly because: string;
}

/**
 * The message of an entry for a server: as it was received where that is possible, and otherwise
 * converted to 7-bit MIME (RFC 6152, section 3). Lines that no server has to take (RFC 5321, section 4.5.3.1.6) are a reason too,
 * but not one to give up.
 */
export async function prepareMessage(
  store: QueueStore,
  entry: QueueEntry,
  server: { readonly name: string; readonly takesEightBit: boolean },
): Promise<OutgoingMessage | Unfit> {
  const whole = readQueuedAtOnce(store, entry);
  const pieces: Source = whole === null ? () => store.read(entry) : async () => onePiece(whole);
  const { octets, isEightBit } = entry;
  const asItIs = { kind: 'message', octets, isEightBit, whole, pieces, because: null } as const;
  const isUnfit = isEightBit && !server.takesEightBit;
  if (!isUnfit && !(await hasLongLine(whole, pieces))) return asItIs;
  const { plan, spans } = await planFor(pieces);
  if (plan.kind === 'unneeded') return { ...asItIs, isEightBit: isEightBit && !isUnfit };
  const why = isUnfit
    ? `${server.name} does not offer 8BITMIME`
    : `it has a line of more than ${LINE_OCTETS_MAX} octets`;
  const because = `${why}, ${plan.kind === 'possible' ? 'so' : 'and'} ${plan.because}`;
  if (plan.kind === 'possible') return converted(pieces, spans, plan.changes, because);
  return isUnfit ? { kind: 'unfit', because } : asItIs;
}

async function hasLongLine(whole: Uint8Array | null, pieces: Source): Promise<boolean> {
  const finder = new LongLineFinder();
  if (whole !== null) finder.push(whole);
  else for await (const piece of await pieces()) finder.push(piece);
  return finder.hasFound;
}

/** Reads a message twice: what is in it, and what of that does not fit. */
async function planFor(pieces: Source): Promise<{ plan: SevenBitPlan; spans: readonly Span[] }> {
  const scanner = new EntityScanner();
  for await (const piece of await pieces()) scanner.push(piece);
  const spans = [...spansOf(scanner.end())];
  const finder = new FlawFinder(spans);
  for await (const piece of await pieces()) finder.push(piece);
  return { plan: planSevenBit(spans, finder.end()), spans };
}

async function converted(
  pieces: Source,
  spans: readonly Span[],
  changes: readonly SpanChange[],
  because: string,
): Promise<OutgoingMessage> {
  const convertedPieces: Source = async () => convert(await pieces(), spans, changes);
  let octets = 0;
  for await (const piece of await convertedPieces()) octets += piece.length;
  return { kind: 'message', octets, isEightBit: false, whole: null, pieces: convertedPieces, because };
}

async function* convert(
  pieces: AsyncIterable<Uint8Array>,
  spans: readonly Span[],
  changes: readonly SpanChange[],
): AsyncGenerator<Uint8Array> {
  const converter = new SevenBitConverter(spans, changes);
  for await (const piece of pieces) yield converter.push(piece);
  yield converter.end();
}

async function* onePiece(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
