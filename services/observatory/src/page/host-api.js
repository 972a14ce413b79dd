/**
 * `GET` of a host's control API, through the observatory; null where nothing usable comes.
 * @param {string} host
 * @param {'state' | 'actions'} what
 */
export async function askHost(host, what) {
  const response = await fetch(`/api/hosts/${encodeURIComponent(host)}/${what}`).catch(() => null);
  return response?.ok ? await read(response) : null;
}

/**
 * An action of a host. Where it cannot be done, `error` says why.
 * @param {string} host
 * @param {string} action
 * @param {object} input
 */
export async function tellHost(host, action, input) {
  return (await postJson(`/api/hosts/${encodeURIComponent(host)}/actions/${action}`, input)) ?? {};
}

/**
 * What many hosts say of themselves, asked in one request. A host that has no state has null; one that is late is not there,
 * nor is any where the observatory does not answer.
 * @param {readonly string[]} hosts
 * @returns {Promise<Map<string, any>>}
 */
export async function askHosts(hosts) {
  if (hosts.length === 0) return new Map();
  const response = await fetch(`/api/states?hosts=${hosts.map(encodeURIComponent).join()}`).catch(() => null);
  return response?.ok ? statesIn((await read(response)) ?? { hosts: {} }) : new Map();
}

/**
 * An action of many hosts, each with its own input, in one request. Where it cannot be done, `error` says why.
 * @param {string} action
 * @param {ReadonlyMap<string, object>} inputs by host
 * @returns {Promise<Map<string, any>>}
 */
export async function tellHosts(action, inputs) {
  if (inputs.size === 0) return new Map();
  const answer = await postJson(`/api/actions/${action}`, { hosts: Object.fromEntries(inputs) });
  return answersIn(answer, [...inputs.keys()]);
}

/** A host is late: it may still do what it was asked for. */
const LATE = 504;

/** @typedef {{ [host: string]: { status: number, answer: any } }} Answers */

/** @param {{ hosts: Answers }} answer @returns {Map<string, any>} */
export function statesIn({ hosts }) {
  const inTime = Object.entries(hosts).filter(([, { status }]) => status !== LATE);
  return new Map(inTime.map(([host, { status, answer }]) => [host, status === 200 ? answer : null]));
}

/**
 * Where the observatory refuses all of it, that is the answer of each host.
 * @param {{ hosts?: Answers, error?: string } | null} answer
 * @param {readonly string[]} hosts
 * @returns {Map<string, any>}
 */
export function answersIn(answer, hosts) {
  return new Map(hosts.map((host) => [host, answer?.hosts?.[host]?.answer ?? answer ?? {}]));
}

/**
 * `POST` to the observatory; null where it does not answer.
 * @param {string} path
 * @param {object} input
 */
export async function postJson(path, input) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(input) }).catch(() => null);
  return response === null ? null : await read(response);
}

/** Null where the answer is cut off: the observatory goes, or is started again. @param {Response} response */
async function read(response) {
  return response.json().catch(() => null);
}
