/**
 * `GET` of a host's control API, through the observatory; null where nothing usable comes.
 * @param {string} host
 * @param {'state' | 'actions'} what
 */
export async function askHost(host, what) {
  const response = await fetch(`/api/hosts/${encodeURIComponent(host)}/${what}`).catch(() => null);
  return response?.ok ? await response.json() : null;
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
 * `POST` to the observatory; null where it does not answer.
 * @param {string} path
 * @param {object} input
 */
export async function postJson(path, input) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(input) }).catch(() => null);
  return response === null ? null : await response.json();
}
