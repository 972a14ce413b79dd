import type { Lab } from './lab.ts';

/** What `npm start` prints, in both languages. */
export type Language = 'ko' | 'en';

export const HELP: Record<Language, string> = {
  en: `npm start -- [options]     the whole lab in one process, without Docker

  --only dns,web     start these groups only: dns web mail p2p sockets (DNS and the observatory come along)
  --map FILE         another map; its hosts' files are in infra/hosts beside it (default docker-compose.yml)
  --net 127.54       another prefix, so that two labs run side by side (default 127.53)
  --state FOLDER     where hosts keep what must last (default .lab/127.53, one for each prefix)
  --fresh            forget what an earlier run kept
  --no-publish       do not offer ports on 127.0.0.1 (observatory 8080, proxy 3128, resolver 5300 ...);
                     LAB_PUBLISH=127.0.0.2 offers them on another address, for a second lab
  --lang ko|en       language of this screen
`,
  ko: `npm start -- [옵션]     Docker 없이 한 프로세스에서 실습망 전체를 시작합니다

  --only dns,web     이 묶음만 시작: dns web mail p2p sockets (DNS와 관측소는 늘 함께)
  --map 파일          다른 지도: 호스트의 파일은 그 옆 infra/hosts에 (기본 docker-compose.yml)
  --net 127.54       다른 주소 앞자리: 두 실습망을 나란히 돌릴 때 (기본 127.53)
  --state 폴더        호스트가 오래 간직할 것을 두는 곳 (기본 .lab/127.53, 주소 앞자리마다 따로)
  --fresh            앞선 실행이 남긴 것을 잊음
  --no-publish       127.0.0.1에 포트를 열지 않음 (관측소 8080, 프록시 3128, 리졸버 5300 ...).
                     LAB_PUBLISH=127.0.0.2 는 다른 주소에 엽니다 (두 번째 실습망)
  --lang ko|en       이 화면의 언어
`,
};

/** One line for a group whose hosts are all up. */
export function groupLine(group: string, hosts: readonly string[], elapsedMs: number): string {
  return `  ✓ ${group.padEnd(8)} ${String(hosts.length).padStart(2)}  ${(elapsedMs / 1000).toFixed(2)} s\n`;
}

/** The hosts with their addresses, as a table. */
export function addressTable(lab: Lab, language: Language): string {
  const rows = lab.hosts.map(
    ({ name, address, onMap }) => [name, address, language === 'ko' ? onMap.roleKo : onMap.role] as const,
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const addressWidth = Math.max(...rows.map(([, address]) => address.length));
  const lines = rows.map(
    ([name, address, role]) => `  ${name.padEnd(nameWidth)}  ${address.padEnd(addressWidth)}  ${role}`,
  );
  const shift = lab.portOffset;
  const note = {
    en: `\nPorts below 1024 may not be bound by this user: ${shift} is added to each (DNS is on ${53 + shift}).\n`,
    ko: `\n이 사용자는 1024 아래 포트를 열 수 없어 ${shift}을 더했습니다 (DNS는 ${53 + shift}번).\n`,
  };
  return `\n${lines.join('\n')}\n${shift === 0 ? '' : note[language]}`;
}

/** Three things to try, with commands that work as they are. */
export function thingsToTry(lab: Lab, language: Language, published: boolean): string {
  const place = (name: string, standard: number) => {
    const host = lab.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) return null;
    const offered = published ? host.onMap.ports.find((port) => port.standard === standard) : undefined;
    return offered === undefined
      ? { address: host.address, port: host.port(standard) }
      : { address: offered.address, port: offered.published };
  };
  const observatory = place('observatory', 80);
  const resolver = place('resolver', 53);
  const proxy = place('proxy', 3128);
  const words = {
    en: {
      title: 'Try',
      see: 'see every message',
      ask: 'ask for a name',
      get: 'fetch a page through the cache',
      end: 'Ctrl-C stops the lab.',
    },
    ko: {
      title: '해 보기',
      see: '모든 메시지 보기',
      ask: '이름 묻기',
      get: '캐시를 거쳐 페이지 받기',
      end: 'Ctrl-C로 끝냅니다.',
    },
  }[language];
  const tries = [
    observatory && [words.see, `http://${observatory.address}:${observatory.port}/`],
    resolver && [words.ask, `dig @${resolver.address} -p ${resolver.port} www.someschool.edu`],
    proxy && [words.get, `curl -i -x http://${proxy.address}:${proxy.port} http://www.someschool.edu/`],
  ].filter((entry) => entry !== null);
  const lines = tries.map((entry, index) => `  ${index + 1}. ${entry?.[0]}\n     ${entry?.[1]}`);
  return `\n${words.title}\n${lines.join('\n')}\n\n${words.end}\n`;
}
