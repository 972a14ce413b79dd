/** A thread for the tests of threads.ts: it tells what it is asked, and ends by itself when it is told to. */
import { type MessagePort, parentPort, threadId, workerData } from 'node:worker_threads';
import { type HostQuestion, openThreadHost } from '../thread-host.ts';
import { ThreadLine } from '../thread-line.ts';
import type { ThreadOrder } from '../threads.ts';

export type ToThread =
  | { readonly do: 'whoami' }
  | { readonly do: 'time' }
  | { readonly do: 'address'; readonly name: string }
  | { readonly do: 'report' }
  | { readonly do: 'fall' }
  | { readonly do: 'news'; readonly word: string };
export type FromThread = { readonly do: 'heard'; readonly word: string };

const main = new ThreadLine<FromThread | HostQuestion>(parentPort as MessagePort, answer);
const { host, reports } = openThreadHost('test', workerData.identity, (question) => main.ask(question));

function answer(question: ToThread | ThreadOrder): unknown {
  switch (question.do) {
    case 'start':
      if (workerData.refuses) throw Object.assign(new Error('no place to listen'), { code: 'EADDRINUSE' });
      return null;
    case 'stop':
      return reports.close();
    case 'whoami':
      return { threadId, name: host.name, port: host.port(25) };
    case 'time':
      return host.clock.now();
    case 'address':
      return host.names.addresses(question.name);
    case 'report':
      host.report({ kind: 'test.thread', exchange: host.newExchange(), summary: 'told by a thread' });
      return null;
    case 'fall':
      setImmediate(() => {
        throw new Error('fell over');
      });
      return null;
    case 'news':
      main.tell({ do: 'heard', word: question.word });
  }
}
