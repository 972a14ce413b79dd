import type { HostOnMap, LabMap } from '#shared/host/lab-map.ts';
import { type ControlClient, ControlFailure, type ControlQuestion } from './control-client.ts';

/** What came of a question to a host, as HTTP has it: its own answer, or why there is none. */
export interface HostAnswer {
  readonly status: number;
  /** JSON, as far as the host keeps to it. */
  readonly body: Buffer;
}

/** The one door to the control APIs of the hosts on the map, by their names. */
export class HostDoor {
  readonly #hosts: ReadonlyMap<string, HostOnMap>;
  readonly #client: ControlClient;

  constructor(map: LabMap, client: ControlClient) {
    this.#hosts = new Map(map.hosts.map((host) => [host.name, host]));
    this.#client = client;
  }

  /** 404 where nothing can be asked of such a host, 504 where it is late, 502 where its answer is none. */
  async ask(name: string, question: ControlQuestion): Promise<HostAnswer> {
    const host = this.#hosts.get(name);
    if (host === undefined) return refusal(404, `There is no host "${name}" on the map: see GET /api/hosts`);
    if (host.program === null) return refusal(404, `${name} runs no program of the lab, so it has no control API`);
    try {
      return await this.#client.ask(host.address, question);
    } catch (error) {
      if (!(error instanceof ControlFailure)) throw error;
      return refusal(error.kind === 'timeout' ? 504 : 502, `${name} gave no answer: ${error.message}`);
    }
  }
}

/** An answer in the place of one of the host. */
export function refusal(status: number, error: string): HostAnswer {
  return { status, body: Buffer.from(JSON.stringify({ error })) };
}
