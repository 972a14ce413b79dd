import { byId, element, inEnglish } from './element.js';
import { drawingOf } from './explain-drawing.js';
import { tellHost } from './host-api.js';
import { Places } from './hosts-view.js';
import { ladderOf } from './ladder.js';
import { LadderSteps } from './ladder-steps.js';
import { LadderView } from './ladder-view.js';
import { fill, words } from './language.js';
import { StepDetail } from './step-detail.js';

/** @import { Explanation } from './explanation.ts' */
/** @import { Ladder } from './ladder.js' */

const form = byId('question', HTMLFormElement);
const nameInput = byId('name', HTMLInputElement);
const typeInput = byId('type', HTMLInputElement);
const server = byId('server', HTMLSelectElement);
const askButton = byId('ask', HTMLButtonElement);
const begin = byId('begin', HTMLElement);
const result = byId('result', HTMLElement);

const places = new Places();
const view = new LadderView();
const steps = new LadderSteps(view);
const detail = new StepDetail(() => server.value);
/** @type {{ explanation: Explanation, ladder: Ladder } | null} */
let shown = null;

/** Asks, and shows what came: the ladder, or why there is none. */
async function ask() {
  const question = { name: nameInput.value.trim(), type: typeInput.value.trim().toUpperCase() || 'A' };
  const link = new URLSearchParams({ ...question, how: howOf(), server: server.value });
  history.replaceState(null, '', `/explain?${link}`);
  askButton.disabled = true;
  askButton.textContent = words.explain.asking;
  /** @type {Explanation | { error?: string }} */
  const answer = await tellHost(server.value, howOf(), question);
  askButton.disabled = false;
  askButton.textContent = words.explain.ask;
  detail.close();
  if (!('steps' in answer)) return say(fill(words.explain.failed, answer.error ?? words.disconnected));
  shown = { explanation: answer, ladder: ladderOf(answer, addressOf(server)) };
  show(shown);
  // The arrow keys step from here; in the field of the name they move the cursor.
  byId('next', HTMLButtonElement).focus();
}

/** @param {{ explanation: Explanation, ladder: Ladder }} answered */
function show({ explanation, ladder }) {
  begin.hidden = true;
  view.show(drawingOf(ladder, places));
  steps.show();
  const lines = explanation.answer.length > 0 ? explanation.answer.join('\n') : explanation.rcode;
  const took = fill(words.explain.summary, explanation.queries, explanation.elapsedMs.toFixed(1));
  const errors = explanation.errors.map(({ name, text }) =>
    element('p', 'extended', text === '' ? name : `${name}: ${text}`),
  );
  result.replaceChildren(
    element('h2', '', words.explain.answer),
    element('pre', '', lines),
    inEnglish('p', '', explanation.because),
    ...errors,
    element('p', 'took', took),
  );
  result.toggleAttribute('data-failed', explanation.rcode !== 'NOERROR');
  result.hidden = false;
}

/** @param {string} sentence */
function say(sentence) {
  shown = null;
  begin.textContent = sentence;
  begin.hidden = false;
  steps.hide();
  result.hidden = true;
  byId('ladder', HTMLElement).replaceChildren();
}

/** Shows a step in full; the answer is hidden until the last step is seen. @param {number} index @param {boolean} isLast */
function showStep(index, isLast) {
  const rung = shown?.ladder.rungs[index];
  if (shown === null || rung === undefined) detail.close();
  else detail.show(rung, index, shown.explanation);
  result.hidden = shown === null || !isLast;
}

function howOf() {
  return new FormData(form).get('how') === 'walk' ? 'walk' : 'explain';
}

/** @param {HTMLSelectElement} select */
function addressOf(select) {
  return select.selectedOptions[0]?.dataset.address ?? '';
}

/** Fills the form from a link: `/explain?name=cnn.com&type=A&how=walk`. True where it names a question. */
function fillForm() {
  const given = new URLSearchParams(location.search);
  nameInput.value = given.get('name') ?? nameInput.value;
  typeInput.value = given.get('type') ?? typeInput.value;
  const known = [...server.options].some(({ value }) => value === given.get('server'));
  if (known) server.value = given.get('server') ?? server.value;
  const how = form.querySelector(`input[value="${given.get('how') === 'walk' ? 'walk' : 'explain'}"]`);
  if (how instanceof HTMLInputElement) how.checked = true;
  return given.has('name');
}

steps.onStep = showStep;
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void ask();
});
for (const example of document.querySelectorAll('button[data-name]')) {
  if (!(example instanceof HTMLButtonElement)) continue;
  example.addEventListener('click', () => {
    nameInput.value = example.dataset.name ?? '';
    typeInput.value = example.dataset.type ?? 'A';
    void ask();
  });
}
if (fillForm()) void ask();
