import { byId, element } from './element.js';
import { postJson } from './host-api.js';
import { ExchangeView } from './http-view.js';
import { fill, words } from './language.js';

/** @import { Heard } from './http-view.js' */

/** Exchanges that stay on the page. */
const SHOWN_MAX = 12;

const composer = byId('composer', HTMLFormElement);
const host = byId('host', HTMLSelectElement);
const request = byId('request', HTMLTextAreaElement);
const sendButton = byId('send', HTMLButtonElement);
const said = byId('said', HTMLElement);
const view = new ExchangeView(byId('about-text', HTMLElement));

/** The octets of the request, one character each: lines end as is chosen, other characters become their UTF-8. */
function octetsToSend() {
  const lineEnd = new FormData(composer).get('ends') === 'lf' ? '\n' : '\r\n';
  const utf8 = new TextEncoder().encode(request.value.replaceAll(/\r?\n/g, lineEnd));
  return Array.from(utf8, (octet) => String.fromCharCode(octet)).join('');
}

async function send() {
  const text = octetsToSend();
  sendButton.disabled = true;
  sendButton.textContent = words.http.sending;
  /** @type {Heard | { error: string }} */
  const answer = (await postJson('/api/raw', { host: host.value, text })) ?? { error: words.disconnected };
  sendButton.disabled = false;
  sendButton.textContent = words.http.send;
  document.getElementById('begin')?.remove();
  const shown =
    'error' in answer
      ? element('p', 'failed', fill(words.http.failed, answer.error))
      : view.draw(host.value, text, answer);
  said.prepend(shown);
  while (said.children.length > SHOWN_MAX) said.lastElementChild?.remove();
  said.scrollTop = 0;
}

for (const example of document.querySelectorAll('button.example')) {
  if (!(example instanceof HTMLButtonElement)) continue;
  example.addEventListener('click', () => {
    const { host: name = '', text = '', ends = 'crlf' } = example.dataset;
    host.value = name;
    request.value = text.replace('{now}', new Date().toUTCString());
    const choice = composer.querySelector(`input[value="${ends}"]`);
    if (choice instanceof HTMLInputElement) choice.checked = true;
    void send();
  });
}
composer.addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
request.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
});
