import { element } from './element.js';
import { askHost, tellHost } from './host-api.js';
import { fill, words } from './language.js';
import { recordTable } from './record-table.js';

/**
 * @typedef {object} ServedZone
 * @property {string} zone
 * @property {'root' | 'TLD' | 'authoritative'} class
 * @property {'primary' | 'secondary'} role
 * @property {string} source
 * @property {number | null} serial
 * @property {number} records
 * @property {string | null} trouble
 */
/** @typedef {{ at: string, key: string, from: number, to: number, deleted: string[], added: string[] }} ZoneChange */
/** @typedef {{ zone: string, lastChanges: ZoneChange[] }} Journal of the updates of a zone, the newest first */

/** Changes of a zone that are drawn. */
const CHANGES_MAX = 5;
/** The action that shows a zone as the text of its file. */
const TEXT_ACTION = 'sync';

/** The zones of a name server: what it is for each, what was changed in it, and its records when they are asked for. */
export class ZoneTables {
  #host = '';
  #canShow = false;
  /** @type {{ zone: string, text: string } | null} */
  #shown = null;

  /** From now on it is about this host. @param {string} host */
  choose(host) {
    this.#host = host;
    this.#canShow = false;
    this.#shown = null;
    void this.#askActions(host);
  }

  /**
   * @param {readonly ServedZone[]} zones
   * @param {readonly Journal[]} journals
   */
  sections(zones, journals) {
    const rows = zones.map((zone) => [this.#name(zone), kindOf(zone), serialOf(zone)]);
    const table = recordTable('zones', words.dns.zoneColumns, rows);
    const title = element('h3', '', fill(words.dns.zones, zones.length));
    const shown = this.#shown === null ? [] : [zoneText(this.#shown)];
    return [element('section', '', title, table), ...shown, ...journals.flatMap(changesOf)];
  }

  /** @param {string} host */
  async #askActions(host) {
    const actions = await askHost(host, 'actions');
    if (this.#host === host) this.#canShow = actions !== null && TEXT_ACTION in actions;
  }

  /** @param {ServedZone} zone */
  #name({ zone, records, source }) {
    const count = fill(words.dns.zoneRecords, records);
    const name = element('b', '', zone);
    if (!this.#canShow) return element('span', '', name, '\n', element('i', '', count, '\n', ...pathOf(source)));
    const button = element('button', 'link', count);
    button.type = 'button';
    button.title = fill(words.dns.showZone, zone);
    button.addEventListener('click', () => void this.#showZone(zone, button));
    return element('span', '', name, '\n', button, '\n', element('i', '', ...pathOf(source)));
  }

  /**
   * @param {string} zone
   * @param {HTMLElement} button
   */
  async #showZone(zone, button) {
    const host = this.#host;
    const answer = await tellHost(host, TEXT_ACTION, { zone });
    if (this.#host !== host) return;
    this.#shown = { zone, text: String(answer.text ?? answer.error ?? words.dns.noAnswer) };
    // The panel is drawn again as soon as nothing in it has the focus.
    button.blur();
  }
}

/** A path of a file, which may go on in the next line behind each folder. @param {string} path */
function pathOf(path) {
  return path.split(/(?<=\/)/).flatMap((part) => [part, element('wbr', '')]);
}

/** @param {ServedZone} zone */
function kindOf(zone) {
  const { classes, roles } = words.dns;
  return element('span', 'plain', `${classes[zone.class] ?? zone.class}\n${roles[zone.role] ?? zone.role}`);
}

/** @param {ServedZone} zone */
function serialOf({ serial, trouble }) {
  return trouble === null ? String(serial ?? '–') : element('span', 'negative', `${serial ?? '–'}\n${trouble}`);
}

/** @param {{ zone: string, text: string }} shown */
function zoneText({ zone, text }) {
  const lines = element('pre', 'zone-text', text);
  lines.tabIndex = 0;
  return element('section', 'zone-view', element('h3', '', fill(words.dns.recordsOf, zone)), lines);
}

/** @param {Journal} journal */
function changesOf({ zone, lastChanges }) {
  if (lastChanges.length === 0) return [];
  const told = lastChanges.slice(0, CHANGES_MAX).map(({ key, from, to, deleted, added }) => {
    const lines = [...deleted.map((line) => `− ${line}`), ...added.map((line) => `+ ${line}`)];
    const head = element('b', '', `${from} → ${to}`);
    return element('li', '', head, ` ${fill(words.dns.signedBy, key)}`, element('pre', '', lines.join('\n')));
  });
  return [element('section', '', element('h3', '', fill(words.dns.changes, zone)), element('ol', 'changes', ...told))];
}
