import type { Report, ReportSink, ReportSource } from '../report.ts';

/** The stream of reports inside one process: what one program writes, every subscriber gets at once. */
export class ReportBus implements ReportSink, ReportSource {
  readonly #takers = new Set<(report: Report) => void>();

  async write(reports: readonly Report[]): Promise<void> {
    for (const report of reports) giveToAll(this.#takers, report);
  }

  subscribe(take: (report: Report) => void): () => void {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
  }

  async close(): Promise<void> {}
}

/** Gives `report` to each of `takers`. One that throws keeps it from no other; its exception is an uncaught one. */
export function giveToAll(takers: Iterable<(report: Report) => void>, report: Report): void {
  for (const take of takers) {
    try {
      take(report);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
