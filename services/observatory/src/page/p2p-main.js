import { byId } from './element.js';
import { followReports } from './follow-reports.js';
import { Places } from './hosts-view.js';
import { fill, words } from './language.js';
import { Badges } from './peer-badges.js';
import { octets } from './quantities.js';
import { SwarmControls } from './swarm-controls.js';
import { entryOf } from './swarm-entries.js';
import { FactReader } from './swarm-facts.js';
import { SwarmPlayer } from './swarm-player.js';
import { SwarmHosts, toldBy } from './swarm-source.js';
import { SwarmStory } from './swarm-story.js';
import { SwarmTabs } from './swarm-tabs.js';
import { SwarmView } from './swarm-view.js';
import { openCalculator } from './time-main.js';

/** @import { Entry } from './swarm-entries.js' */
/** @import { Fact } from './swarm-facts.js' */
/** @import { SwarmPicture } from './swarm-picture.js' */
/** @import { Round } from './swarm-rounds.js' */
/** @import { PeerState, TrackerState } from './swarm-tables.js' */

/** Pause between two questions to all peers, in milliseconds: reports tell what happens in between. */
const ASK_MS = 2_000;
/** Pause before what came is drawn, in milliseconds. */
const SETTLE_MS = 80;
/** From more peers on a replay is drawn no more often than the present. */
const CROWD = 16;
/** Pauses are so many times as long as it takes to draw: the page leaves half of a core, and more, to the lab. */
const REST = 1.5;
/** Nobody waits longer than that for what was chosen, in milliseconds. */
const REST_MS_MAX = 250;
/** Facts that are kept for torrents that are not shown. */
const FACTS_MAX = 100_000;

const places = new Places();
const hosts = new SwarmHosts();
const net = `${document.body.dataset.net}.`;
/** The name of a host; of one of the lab that has none, the last two numbers of its address. */
const nameOf = (/** @type {string} */ address) => {
  const name = places.name(address);
  return name === address && address.startsWith(net) ? address.slice(net.length) : name;
};
const badges = new Badges(nameOf, new Set(hosts.peers.filter(({ isMaker }) => isMaker).map(({ address }) => address)));
const player = new SwarmPlayer();
const view = new SwarmView((address) => badges.of(address));
const controls = new SwarmControls(hosts);
const tabs = new SwarmTabs((address) => badges.of(address));

let reader = new FactReader(hosts.addresses);
/** @type {Fact[]} Of all torrents. */
let facts = [];
/** @type {SwarmStory | null} Of the torrent that is shown. */
let story = null;
/** @type {Round[]} */
let rounds = [];
/** @type {readonly Entry[]} */
let entries = [];
/** @type {number | null} The round that is shown; the last where none is chosen. */
let chosenRound = null;
/** @type {string | null} */
let chosenPeer = null;
/** @type {string | null} */
let chosenTorrent = null;
/** @type {Map<string, PeerState>} By address. */
const states = new Map();
/** @type {TrackerState | null} */
let tracker = null;
/** Whether all reports that were held have come: before that, what peers say of now would stand in the past. */
let isPresent = false;
let isStale = true;
let isDrawing = false;
/** How long the last picture took, until it was painted, in milliseconds. */
let drawMs = 0;
/** Whether there are so many peers that a picture takes long to draw. */
let isCrowd = false;

/** @param {Parameters<FactReader['read']>[0]} report */
function take(report) {
  // A lower number than the last: the observatory was started again and counts anew.
  if (report.seq <= (facts.at(-1)?.seq ?? 0)) forget();
  const fact = reader.read(report);
  if (fact === null) return;
  facts.push(fact);
  if (facts.length > FACTS_MAX) facts = facts.slice(-FACTS_MAX / 2);
  if (story !== null && isOf(fact, story)) {
    story.add(fact);
    isStale = true;
  }
  player.heard(fact.at, performance.now());
  drawSoon();
}

/** A fact of which no torrent is known is one of the only torrent, nearly always. @param {Fact} fact @param {SwarmStory} story */
function isOf({ torrent }, story) {
  return torrent === null || torrent === story.torrent.infoHash;
}

function forget() {
  reader = new FactReader(hosts.addresses);
  facts = [];
  story = null;
  isPresent = false;
  isStale = true;
}

/** Asks every peer and the tracker, again and again; a page that nobody sees asks nothing. */
async function watch() {
  if (!document.hidden) {
    const after = story?.last ?? 0;
    const told = await hosts.ask(chosenTorrent);
    if (told.tracker !== undefined) tracker = told.tracker;
    for (const [address, state] of told.peers) {
      if (state === null) states.delete(address);
      else states.set(address, state);
    }
    controls.show(
      [...states.values()].flatMap(
        ({ torrents, infoHash, name }) => torrents ?? [{ torrent: infoHash ?? '', name: name ?? null }],
      ),
      states,
    );
    chooseStory();
    // Of who was late nothing is told: what it said before is not of now.
    for (const [address, state] of told.peers) {
      if (!isPresent || story === null || state?.infoHash !== story.torrent.infoHash) continue;
      if (story.tell(toldBy(address, state, { at: Math.max(story.last, after), after }))) isStale = true;
    }
    drawSoon();
  }
  setTimeout(watch, ASK_MS);
}

/** The story of the torrent that is chosen, or of the first that a peer tells of. */
function chooseStory() {
  const state = [...states.values()].find(
    ({ infoHash, pieces }) => pieces !== undefined && (chosenTorrent === null || infoHash === chosenTorrent),
  );
  const { infoHash, name = '', pieces, length = 0 } = state ?? {};
  if (infoHash === undefined || pieces === undefined || story?.torrent.infoHash === infoHash) return;
  story = new SwarmStory({ infoHash, name, pieces: pieces.total, pieceLength: pieces.length, length });
  for (const fact of facts) if (isOf(fact, story)) story.add(fact);
  isStale = true;
  byId('torrent-facts', HTMLElement).textContent = fill(words.p2p.torrentFacts, octets(length), pieces.total);
}

function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  const drawNow = () =>
    requestAnimationFrame(() => {
      const begun = performance.now();
      isDrawing = false;
      draw();
      // What waits for a message comes after the painting.
      afterPainting(() => {
        drawMs = performance.now() - begun;
      });
    });
  // Reports come in crowds; a replay moves smoothly, where it can.
  if (player.mode === 'live' || isCrowd) setTimeout(drawNow, Math.max(SETTLE_MS, Math.min(REST_MS_MAX, REST * drawMs)));
  else drawNow();
}

/** @param {() => void} then */
function afterPainting(then) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then();
  };
  port2.postMessage(null);
}

function draw() {
  showTrouble();
  if (story === null || byId('swarm', HTMLElement).hidden) return;
  const now = performance.now();
  if (isStale) rounds = story.rounds();
  const round = rounds.find(({ number }) => number === chosenRound) ?? rounds.at(-1) ?? null;
  const at = momentOf(round, now);
  const picture = story.pictureAt(at);
  const peers = peersOf(picture);
  isCrowd = peers.length > CROWD;
  if (round !== null) showEntries(round);
  const entry = player.mode === 'live' ? undefined : entries.findLast(({ fact }) => fact.at <= at);
  view.show({ torrent: story.torrent, picture, peers, round, at, entry, chosen: chosenPeer, seedLimit: seedLimitOf() });
  tabs.show({ story, rounds, states, tracker, chosenPeer, at: player.mode === 'live' ? Number.POSITIVE_INFINITY : at });
  controls.showMode(player, round === null ? null : at - round.from);
  isStale = false;
  if (player.mode === 'replay' || (player.mode === 'live' && round?.to === null)) drawSoon();
}

/** Why there is nothing to show: what the first peer says that cannot get its torrent. */
function showTrouble() {
  const box = byId('no-torrent', HTMLElement);
  box.hidden = story !== null;
  if (story !== null) return;
  const [address, state] = [...states].find(([, { trouble }]) => trouble) ?? [];
  const said = address === undefined ? '' : ` ${nameOf(address)}: ${state?.trouble}`;
  box.textContent = words.p2p.none + said;
}

/** Live, what is over stays as it was at its end. @param {Round | null} round @param {number} now */
function momentOf(round, now) {
  return player.mode === 'live' && round === null ? player.present(now) : player.at(now);
}

/** Peers of the map that share this torrent, and others that are connected or known to the tracker. @param {SwarmPicture} picture */
function peersOf(picture) {
  const infoHash = story?.torrent.infoHash;
  const own = hosts.peers.filter(
    ({ address }) => picture.peers.has(address) || states.get(address)?.infoHash === infoHash,
  );
  const isOwn = new Set([...hosts.addresses.values()]);
  const others = [...picture.peers.values()].filter(
    ({ address, isKnown }) =>
      (!isOwn.has(address) || isGuest(address)) && (isKnown || picture.neighboursOf(address).size > 0),
  );
  const ordered = [...own.toSorted((a, b) => Number(b.isMaker) - Number(a.isMaker)), ...others];
  return ordered.map(({ address }) => badges.of(address));
}

/** A host of the lab that is no peer and yet takes part: the workstation with aria2. @param {string} address */
function isGuest(address) {
  return !hosts.peers.some((peer) => peer.address === address);
}

/** @param {Round} round */
function showEntries(round) {
  if (!isStale && entries.length > 0 && tabs.begun === round.from && !tabs.isRefiltered) return;
  const to = round.to ?? Number.POSITIVE_INFINITY;
  entries = (story?.facts ?? []).flatMap((fact) => {
    if (fact.at < round.from || fact.at > to + 50) return [];
    const entry = entryOf(fact);
    const isHis = chosenPeer === null || fact.peer === chosenPeer || entry?.whom === chosenPeer;
    return entry !== null && isHis && tabs.why.shows(entry) ? [entry] : [];
  });
  tabs.tell(entries, round.from);
}

/** Octets per second that those who made the file may give together; 0 is no limit. */
function seedLimitOf() {
  const makers = hosts.peers.filter(({ isMaker }) => isMaker);
  const limits = makers.map((peer) => states.get(peer.address)?.limits?.uploadBytesPerS ?? peer.configuredUpload);
  return limits.includes(0) ? 0 : limits.reduce((sum, limit) => sum + limit, 0);
}

/** @param {string} address */
function choosePeer(address) {
  chosenPeer = chosenPeer === address ? null : address;
  isStale = true;
  drawSoon();
}

function currentRound() {
  return rounds.find(({ number }) => number === chosenRound) ?? rounds.at(-1);
}

function replay() {
  const round = currentRound();
  if (round === undefined) return;
  const now = performance.now();
  if (player.mode === 'replay') player.seek(player.at(now));
  else player.play({ from: round.from, to: round.to ?? story?.last ?? round.from }, now);
  drawSoon();
}

/** @param {number} by */
function step(by) {
  const round = currentRound();
  if (round === undefined) return;
  const now =
    player.mode === 'live' ? (by > 0 ? round.from - 1 : Number.POSITIVE_INFINITY) : player.at(performance.now());
  const entry = tabs.why.step(now, by);
  if (entry !== undefined) seek(entry.fact.at);
}

/** @param {number} at */
function seek(at) {
  player.seek(at);
  drawSoon();
}

function goLive() {
  player.live();
  chosenRound = null;
  isStale = true;
  drawSoon();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const isElsewhere = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement;
  if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere || byId('swarm', HTMLElement).hidden) return;
  const isButton = event.target instanceof HTMLButtonElement;
  if (event.key === 'ArrowRight') step(1);
  else if (event.key === 'ArrowLeft') step(-1);
  else if (event.key === ' ' && !isButton) replay();
  else if (event.key === 'Escape') goLive();
  else return;
  event.preventDefault();
}

function showView() {
  const isTime = location.hash === '#time';
  byId('swarm', HTMLElement).hidden = isTime;
  byId('time', HTMLElement).hidden = !isTime;
  for (const link of document.querySelectorAll('#views a')) {
    if (link.getAttribute('href') === (isTime ? '#time' : '#swarm')) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  if (isTime) calculator.show();
  else drawSoon();
}

const calculator = openCalculator(() => ({ story, rounds: story?.rounds() ?? [], states, hosts }));
view.onChoose = choosePeer;
view.onSeek = seek;
tabs.why.onChoose = (entry) => seek(entry.fact.at);
tabs.onChange = () => {
  isStale = true;
  drawSoon();
};
tabs.onRound = (round) => {
  chosenRound = round.number;
  player.seek(round.from);
  isStale = true;
  replay();
};
controls.onTorrent = (torrent) => {
  chosenTorrent = torrent;
  story = null;
  chooseStory();
  drawSoon();
};
controls.onDone = goLive;
byId('replay', HTMLButtonElement).addEventListener('click', replay);
byId('previous', HTMLButtonElement).addEventListener('click', () => step(-1));
byId('next', HTMLButtonElement).addEventListener('click', () => step(1));
byId('live', HTMLButtonElement).addEventListener('click', goLive);
document.addEventListener('keydown', onKey);
addEventListener('hashchange', showView);
followReports('', { take, present: () => (isPresent = true) }, '/api/swarms/stream');
void watch();
showView();
