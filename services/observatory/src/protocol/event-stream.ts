/**
 * The event stream format of server-sent events (HTML Living Standard, section 9.2.5): lines of `field: value`, a blank
 * line ends an event, a line that begins with a colon is a comment. A browser that loses the connection comes back by
 * itself and names the last `id` that it saw in the field Last-Event-ID.
 */

/** One event. `data` must not contain a line feed: JSON has none. */
export function formatEvent(event: { id?: string; event?: string; data: string }): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`;
  const type = event.event === undefined ? '' : `event: ${event.event}\n`;
  return `${id}${type}data: ${event.data}\n\n`;
}

/** A line that says nothing, so that nobody on the way takes the connection for dead. */
export const HEARTBEAT = ': still here\n\n';

/** Tells the browser to come back after `ms` milliseconds. */
export function formatRetry(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/** The id of a report's event: which start of the observatory counted it, and its number there. */
export function formatEventId(start: string, seq: number): string {
  return `${start}.${seq}`;
}

/**
 * The number after which a reader goes on that saw `lastEventId`. An id of an earlier start counts from the beginning:
 * those numbers mean other reports. Undefined when the text is no id of ours.
 */
export function resumeAfter(lastEventId: string, start: string): number | undefined {
  const match = /^([0-9a-z]{1,16})\.(\d{1,15})$/.exec(lastEventId);
  if (match === null) return undefined;
  return match[1] === start ? Number(match[2]) : 0;
}
