import { beforeEach, describe, expect, test } from 'vitest';
import { crashHost, lab, until } from './kit/lab-under-test.ts';
import { withMailClient } from './kit/mail-client.ts';
import { claire, dave, emptyMailbox, foldersOf, messageOf, messagesOf, putMessages } from './kit/mailbox.ts';
import { Pop3Client } from './kit/pop3-client.ts';

/**
 * The mail clients that people really have, on the workstation: each sends or fetches between the two domains of the lab, in
 * TLS where it can, and the mailboxes show what came of it.
 */

const FIVE = ['one', 'two', 'three', 'four', 'five'];
/** The message that clients send: full stops at line starts, and a line of 8-bit text. */
const LETTER = (subject: string) =>
  [
    `From: Claire <${claire.address}>`,
    `To: ${dave.address}`,
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Crêpes at seven?',
    '.',
    '..two',
    '',
  ].join('\r\n');

/** Waits for the letter of a client in dave's mailbox, and looks at its body. */
async function daveHas(subject: string, body = 'Crêpes at seven?\r\n.\r\n..two\r\n'): Promise<string> {
  const found = await until(`${subject} in dave's mailbox`, () => messageOf(dave, subject));
  expect(Buffer.from(found.source, 'latin1').toString('utf8')).toContain(body);
  return found.source;
}

/** What UIDL of a person's maildrop says. */
async function uniqueIds(): Promise<string[]> {
  const client = await Pop3Client.open(lab.hamburger.pop3);
  try {
    await client.ask('USER dave');
    await client.ask('PASS pickles');
    const listed = await client.askLines('UIDL');
    await client.ask('QUIT');
    return listed;
  } finally {
    client.close();
  }
}

beforeEach(async () => {
  await emptyMailbox(claire);
  await emptyMailbox(dave, 'Errands');
});

/** swaks needs Net::SSLeay for TLS, which the image of the workstation has. */
function hasTlsOfPerl(): Promise<boolean> {
  return withMailClient({}, 'perl -MNet::SSLeay -e 1').then(
    () => true,
    () => lab.form === 'containers',
  );
}

describe('swaks', () => {
  const submit = `swaks --server ${claire.server} --from ${claire.address} --tls-verify --tls-ca-path $PWD/ca.crt --auth-user claire --auth-password fontaine`;

  test('submits with STARTTLS and AUTH PLAIN, and with TLS from the first octet and AUTH LOGIN', async ({ skip }) => {
    if (!(await hasTlsOfPerl())) skip();
    const send = (how: string, subject: string) =>
      withMailClient(
        { 'picture.bin': 'not a picture' },
        `${submit} ${how} --to ${dave.address} --h-Subject "${subject}" --body 'hello' --attach-name picture.bin --attach @picture.bin`,
      );
    const told = await send('--port 587 --tls --auth PLAIN', 'swaks with STARTTLS');
    expect(told).toMatch(/=== TLS started with cipher TLSv1\.[23]/);
    await daveHas('swaks with STARTTLS', 'hello');
    await send('--port 465 --tls-on-connect --auth LOGIN', 'swaks with TLS');
    expect(await daveHas('swaks with TLS', 'hello')).toContain('filename="picture.bin"');
  });

  test('pipelines to two receivers of one domain', async () => {
    const told = await withMailClient(
      {},
      `swaks --server ${dave.server} --pipeline --from x@outside.example --to ${dave.address},bob@hamburger.edu --h-Subject 'swaks pipelined'`,
    );
    expect(told).toMatch(/^<- +250 2\.6\.0/m);
    await daveHas('swaks pipelined', 'test mailing');
  });

  test('finds no open relay, on either server', async () => {
    for (const { server } of [claire, dave]) {
      const told = await withMailClient(
        {},
        `code=0; swaks --server ${server} --from x@evil.example --to y@other.example --quit-after RCPT || code=$?; echo "ended with $code"`,
      );
      expect(told).toContain('ended with 24');
    }
  });
});

describe('curl', () => {
  const pop3 = `curl -sS --user dave:pickles`;

  test('submits with STARTTLS, and with TLS from the first octet', async () => {
    for (const [url, subject] of [
      [`smtp://${claire.server}:587/client.lab --ssl-reqd`, 'curl with STARTTLS'],
      [`smtps://${claire.server}:465/client.lab`, 'curl with TLS'],
    ] as const) {
      await withMailClient(
        { 'letter.eml': LETTER(subject) },
        `curl -sS --url ${url} --user claire:fontaine --mail-from ${claire.address} --mail-rcpt ${dave.address} --upload-file letter.eml`,
      );
      await daveHas(subject);
    }
  });

  test('lists, fetches and deletes by POP3: in the clear, with STLS, and with TLS', async () => {
    await putMessages(dave, FIVE);
    const ways = [`pop3://${dave.server}`, `--ssl-reqd pop3://${dave.server}`, `pop3s://${dave.server}`];
    for (const way of ways) {
      expect((await withMailClient({}, `${pop3} ${way}/`)).trim().split(/\r?\n/)).toHaveLength(5);
      expect(await withMailClient({}, `${pop3} ${way}/3`)).toContain('Body of three.\r\n.\r\n..\r\n');
      expect(await withMailClient({}, `${pop3} ${way}/ -X 'TOP 1 0'`)).toMatch(/Subject: one\r\n/);
    }
    await withMailClient({}, `${pop3} --head -X 'DELE 1' ${ways[2]}/`);
    expect((await messagesOf(dave)).map(({ subject }) => subject)).toEqual(FIVE.slice(1));
  });

  test('lists, reads, searches and files by IMAP: in the clear, with STARTTLS, and with TLS', async () => {
    await putMessages(dave, FIVE);
    const ways = [`imap://${dave.server}`, `--ssl-reqd imap://${dave.server}`, `imaps://${dave.server}`];
    for (const way of ways) {
      expect(await withMailClient({}, `${pop3} ${way}/`)).toMatch(/^\* LIST \(.*\) "\/" "?INBOX"?\r?$/m);
      expect(
        await withMailClient(
          {},
          `${pop3} '${way.replace(/^.* /, '')}/INBOX;MAILINDEX=2;SECTION=TEXT' ${way.startsWith('--') ? '--ssl-reqd' : ''}`,
        ),
      ).toBe('Body of two.\r\n.\r\n..\r\n');
      expect(await withMailClient({}, `${pop3} ${way}/INBOX?SUBJECT%20four`)).toBe('* SEARCH 4\r\n');
    }
    await withMailClient(
      { 'letter.eml': LETTER('filed by curl') },
      `${pop3} -T letter.eml imaps://${dave.server}/Drafts`,
    );
    expect((await messagesOf(dave, 'Drafts')).map(({ subject }) => subject)).toContain('filed by curl');
    await emptyFolder('Drafts');
  });
});

async function emptyFolder(folder: string): Promise<void> {
  await withMailClient(
    {},
    `curl -sS --user dave:pickles imap://${dave.server}/${folder} -X 'STORE 1:* +FLAGS.SILENT (\\Deleted)'; curl -sS --user dave:pickles imap://${dave.server}/${folder} -X EXPUNGE`,
  );
}

test('mbsync brings a mailbox and takes it back, with TLS: new messages, flags and deletions in both directions', async () => {
  await putMessages(dave, FIVE);
  await putMessages(dave, ['buy milk'], 'Errands');
  const account = [
    'IMAPAccount lab',
    `Host ${dave.server}`,
    'User dave',
    'Pass pickles',
    'CertificateFile ca.crt',
    'SystemCertificates no',
  ];
  const stores = [
    'IMAPStore there',
    'Account lab',
    '',
    'MaildirStore here',
    'Path ./mail/',
    'Inbox ./mail/INBOX',
    'SubFolders Verbatim',
  ];
  const channel = [
    'Channel both',
    'Far :there:',
    'Near :here:',
    'Patterns *',
    'Create Both',
    'Expunge Both',
    'Sync All',
    'SyncState *',
  ];
  const rc = (ssl: string) => [...account, ssl, '', ...stores, '', ...channel, ''].join('\n');
  const told = await withMailClient(
    {
      tls: rc('SSLType IMAPS'),
      starttls: rc('SSLType STARTTLS'),
      letter: LETTER('written at home').replaceAll('\r', ''),
    },
    `mkdir mail
mbsync -c tls -a
echo "fetched $(ls mail/INBOX/new mail/INBOX/cur | grep -c ,U=) and $(ls mail/Errands/new mail/Errands/cur | grep -c ,U=)"
grep -h ^Subject mail/INBOX/new/* mail/INBOX/cur/* | sort | tr -d '\\r' | tr '\\n' ' '
cp letter mail/INBOX/new/1.home
rm $(grep -l 'Subject: two' mail/INBOX/*/*)
seen=$(grep -l 'Subject: three' mail/INBOX/*/*); mv $seen mail/INBOX/cur/$(basename $seen | sed 's/:2,.*//'):2,FS
mbsync -c starttls -a
echo done`,
  );
  expect(told).toContain('fetched 5 and 1');
  expect(told).toContain('Subject: five Subject: four Subject: one Subject: three Subject: two');
  const after = await messagesOf(dave);
  expect(after.map(({ subject }) => subject).sort()).toEqual(['five', 'four', 'one', 'three', 'written at home']);
  expect(after.find(({ subject }) => subject === 'three')?.flags).toEqual(['\\Flagged', '\\Seen']);
});

test('offlineimap brings folders and takes back what was written at home, with TLS', async () => {
  await putMessages(dave, FIVE);
  await putMessages(dave, ['buy milk'], 'Errands');
  const rc = `[general]
accounts = lab
ui = basic
[Account lab]
localrepository = here
remoterepository = there
[Repository here]
type = Maildir
localfolders = ./mail
[Repository there]
type = IMAP
remotehost = ${dave.server}
remoteuser = dave
remotepass = pickles
ssl = yes
sslcacertfile = ./ca.crt
`;
  const told = await withMailClient(
    { rc, letter: LETTER('written offline').replaceAll('\r', '') },
    `offlineimap -c rc -o >log 2>&1 || { cat log; exit 1; }
echo "fetched $(ls mail/INBOX/new mail/INBOX/cur | grep -c U=) and $(ls mail/Errands/new mail/Errands/cur | grep -c U=)"
cp letter mail/INBOX/cur/1.home:2,S
offlineimap -c rc -o >log 2>&1 || { cat log; exit 1; }
grep -i error log || true`,
  );
  expect(told).toBe('fetched 5 and 1\n');
  expect((await messageOf(dave, 'written offline'))?.flags).toEqual(['\\Seen']);
});

test('fetchmail fetches each message once by POP3, in the clear and with STLS, and all by IMAP and POP3 with TLS', async () => {
  await putMessages(dave, FIVE);
  const rc = (options: string, what: string, protocol = 'POP3 uidl') =>
    `set idfile "./ids"\npoll ${dave.server} protocol ${protocol} user dave password pickles ${options} mda "cat >> ./mbox" ${what}\n`;
  const secret = 'sslproto TLS1.2+ sslcertck sslcertfile ./ca.crt';
  const told = await withMailClient(
    {
      plain: rc("sslproto ''", 'keep'),
      stls: rc(secret, 'keep'),
      imap: rc(`ssl ${secret}`, 'fetchall keep', 'IMAP'),
      tls: rc(`ssl ${secret}`, 'fetchall nokeep'),
    },
    `count() { grep -c '^Subject: ' mbox; }
fetchmail -f plain --pidfile ./pid >log 2>&1; echo "first $(count)"
fetchmail -f stls --pidfile ./pid >>log 2>&1 || echo "nothing new: $?"; echo "again $(count)"
fetchmail -f imap --pidfile ./pid >>log 2>&1; echo "all $(count)"
fetchmail -f tls --pidfile ./pid >>log 2>&1; echo "all $(count)"`,
  );
  expect(told).toBe('first 5\nnothing new: 1\nagain 5\nall 10\nall 15\n');
  expect(await messagesOf(dave)).toEqual([]);
});

/**
 * getmail has each message delivered by a child, and asks to be told of its end only after it has begun: of one that is quicker
 * it never hears, and gives up after its timeout. That is no matter of ours: it begins again in a new home.
 */
const GETMAIL_LOST_A_CHILD = /waiting child pid \d+ timed out/;

test('getmail fetches into a Maildir by POP3, by POP3 with TLS, and by IMAP with TLS', async () => {
  await putMessages(dave, FIVE);
  const rc = (type: string, port: number) =>
    `[retriever]
type = ${type}
server = ${dave.server}
port = ${port}
username = dave
password = pickles
timeout = 20
${/SSL/.test(type) ? 'ca_certs = ./ca.crt\n' : ''}[destination]
type = Maildir
path = ./mail/
[options]
read_all = false
delete = false
`;
  const fetched = () =>
    withMailClient(
      {
        pop3: rc('SimplePOP3Retriever', 110),
        pop3s: rc('SimplePOP3SSLRetriever', 995),
        imaps: rc('SimpleIMAPSSLRetriever', 993),
      },
      `mkdir -p mail/new mail/cur mail/tmp
for rc in pop3 pop3 pop3s imaps; do getmail --getmaildir . --rcfile $rc >log 2>&1 || { cat log; exit 1; }; ls mail/new | wc -l; done`,
    );
  const told = await until('getmail has missed the end of none of its children', () =>
    fetched().catch((error: Error) => {
      if (GETMAIL_LOST_A_CHILD.test(error.message)) return false as const;
      throw error;
    }),
  );
  // What it has seen it does not fetch again from the same server by the same way.
  expect(told.trim().split(/\s+/)).toEqual(['5', '5', '10', '15']);
});

test('mpop tells what the server can do, and fetches with STLS and with TLS', async () => {
  await putMessages(dave, FIVE);
  const rc = (name: string, options: string) =>
    `account ${name}\nhost ${dave.server}\nuser dave\npassword pickles\nkeep on\ndelivery mbox ./${name}.mbox\nuidls_file ./${name}.uidls\ntls on\ntls_trust_file ./ca.crt\n${options}\n`;
  const told = await withMailClient(
    { rc: rc('stls', 'tls_starttls on\nauth plain') + rc('tls', 'port 995\ntls_starttls off\nauth user') },
    `mpop -C rc --serverinfo stls
mpop -C rc stls >log 2>&1; mpop -C rc stls >log 2>&1; mpop -C rc tls >log 2>&1
grep -c '^Subject' stls.mbox tls.mbox`,
  );
  expect(told).toMatch(/TOP, UIDL|UIDL/);
  expect(told).toMatch(/^ +STARTTLS|STLS|TLS/m);
  expect(told).toContain('stls.mbox:5\ntls.mbox:5');
  await expect
    .poll(async () => (await messagesOf(dave)).map(({ flags }) => flags.join()))
    .toEqual(FIVE.map(() => '\\Seen'));
});

test('msmtp tells what the server can do, and sends with STARTTLS and with TLS', async () => {
  const rc = (name: string, options: string) =>
    `account ${name}\nhost ${claire.server}\nfrom ${claire.address}\nauth on\nuser claire\npassword fontaine\ntls on\ntls_trust_file ./ca.crt\n${options}\n`;
  const told = await withMailClient(
    {
      rc: rc('starttls', 'port 587\ntls_starttls on') + rc('tls', 'port 465\ntls_starttls off'),
      one: LETTER('msmtp with STARTTLS'),
      two: LETTER('msmtp with TLS'),
    },
    `msmtp -C rc --serverinfo -a starttls
msmtp -C rc -a starttls --read-envelope-from -t <one; msmtp -C rc -a tls -t <two`,
  );
  for (const capability of ['SIZE', 'PIPELINING', 'DSN', 'STARTTLS', 'AUTH']) expect(told).toContain(capability);
  await daveHas('msmtp with STARTTLS');
  await daveHas('msmtp with TLS');
});

describe.each(['neomutt', 'mutt'])('%s', (mutt) => {
  const rc = `set from = '${claire.address}'
set realname = 'Claire'
set smtp_url = 'smtp://claire@${claire.server}:587/'
set smtp_pass = 'fontaine'
set imap_user = 'dave'
set imap_pass = 'pickles'
set ssl_force_tls = yes
set certificate_file = './ca.crt'
set ssl_ca_certificates_file = './ca.crt'
set folder = '.'
set tmpdir = '.'
set record = ''
set confirmappend = no
set confirmcreate = no
set wait_key = no
set mbox_type = mbox
`;

  test('sends a letter with an attachment through submission', async () => {
    await withMailClient(
      { rc, 'notes.txt': 'an attachment\n', body: 'Crêpes at seven?\n.\n..two\n' },
      `${mutt} -n -F rc -s '${mutt} sends' -a notes.txt -- ${dave.address} <body`,
    );
    const source = await daveHas(`${mutt} sends`, 'notes.txt');
    expect(source).toMatch(/^Content-Disposition: attachment; filename="?notes\.txt/im);
  });

  test('copies five messages from IMAP with TLS into a local folder, and marks nothing as deleted', async () => {
    await putMessages(dave, FIVE);
    const keys = '<tag-pattern>~A<enter><tag-prefix><copy-message>saved.mbox<enter><exit>';
    const told = await withMailClient(
      { rc },
      `TERM=xterm script -qec "${mutt} -n -F rc -f imaps://${dave.server}/INBOX -e 'push ${keys}'" screen >/dev/null
grep -c '^Subject: ' saved.mbox`,
    );
    expect(told).toBe('5\n');
    expect(await messagesOf(dave)).toHaveLength(5);
  });
});

test('Python: smtplib with STARTTLS and a notification, imaplib with STARTTLS, poplib with STLS and with TLS', async () => {
  await putMessages(dave, FIVE);
  const script = `
import imaplib, poplib, smtplib, ssl, time
trust = ssl.create_default_context(cafile='ca.crt')
smtp = smtplib.SMTP('${claire.server}', 587)
smtp.starttls(context=trust)
smtp.login('claire', 'fontaine')
print('smtp', sorted(smtp.esmtp_features))
smtp.sendmail('${claire.address}', ['${dave.address}'], open('letter', 'rb').read(), ['SMTPUTF8', 'BODY=8BITMIME', 'RET=HDRS', 'ENVID=e2e'], ['NOTIFY=SUCCESS'])
smtp.quit()

imap = imaplib.IMAP4('${dave.server}')
imap.starttls(ssl_context=trust)
imap.login('dave', 'pickles')
print('imap', imap.select('INBOX'))
print('uids', imap.uid('SEARCH', None, 'SUBJECT', 'three'))
print('part', imap.fetch('3', '(BODY.PEEK[TEXT]<0.10>)')[1][0])
print('append', imap.append('Errands', None, None, b'x')[0], imap.create('Errands')[0], imap.append('Errands', '(\\\\Flagged)', imaplib.Time2Internaldate(0), open('letter', 'rb').read())[0])
print('copy', imap.copy('1:2', 'Errands')[0], imap.status('Errands', '(MESSAGES)'))
imap.logout()

pop = poplib.POP3('${dave.server}')
pop.stls(context=trust)
pop.user('dave')
pop.pass_('pickles')
print('pop3', pop.capa()['SASL'], pop.stat()[0])
print('top', pop.top(2, 1)[1][-1], len(pop.uidl()[1]))
size = int(pop.list(3).split()[2])
print('retr', pop.retr(3)[2] == size, sum(len(line) + 2 for line in pop.retr(3)[1]) == size)
pop.dele(1)
pop.quit()
pop = poplib.POP3_SSL('${dave.server}', context=trust)
pop.user('dave')
pop.pass_('pickles')
print('left', pop.stat()[0])
pop.quit()
`;
  const told = await withMailClient({ 'run.py': script, letter: LETTER('smtplib') }, '/usr/bin/python3 run.py');
  expect(told).toMatch(
    /^smtp \[.*'8bitmime', 'auth', 'dsn', 'enhancedstatuscodes', 'pipelining', 'size', 'smtputf8'.*\]$/m,
  );
  expect(told).toMatch(/^uids \('OK', \[b'\d+'\]\)$/m);
  expect(told).toMatch(/^part \(b'3 \(BODY\[TEXT\]<0> \{10\}', b'Body of th'\)$/m);
  expect(told).toContain('append NO OK OK');
  expect(told).toMatch(/^copy OK \('OK', \[b'"?Errands"? \(MESSAGES 3\)'\]\)$/m);
  expect(told).toMatch(/^pop3 \['PLAIN', 'LOGIN'\] [56]$/m);
  expect(told).toMatch(/^top b'Body of two\.' [56]$/m);
  expect(told).toContain('retr True True');
  await daveHas('smtplib');
  const report = await until("claire's report of delivery", async () =>
    (await messagesOf(claire)).find(({ source }) => /^Action: delivered/im.test(source)),
  );
  expect(report.source).toMatch(/^Original-Envelope-Id: e2e\r$/im);
});

test('openssl s_client verifies chain and name on every port with TLS, from the first octet and by command', async () => {
  const ways = [
    ...[465, 993, 995].map((port) => `-connect NAME:${port}`),
    ...['smtp:25', 'smtp:587', 'imap:143', 'pop3:110'].map((way) => {
      const [protocol, port] = way.split(':');
      return `-connect NAME:${port} -starttls ${protocol}`;
    }),
  ];
  for (const { server } of [claire, dave]) {
    for (const way of ways) {
      const told = await withMailClient(
        {},
        `openssl s_client ${way.replace('NAME', server)} -CAfile ca.crt -verify_return_error -verify_hostname ${server} -brief </dev/null`,
      );
      expect(told, way).toMatch(/^Verification: OK$/m);
      expect(told, way).toMatch(/^Protocol version: TLSv1\.[23]$/m);
    }
  }
});

test('POP-08 a POP3 client files messages on its own disk: another device sees neither the folder nor the filing', async () => {
  await putMessages(dave, FIVE);
  const [folders, before] = [await foldersOf(dave), await uniqueIds()];
  const told = await withMailClient(
    {
      rc: `account lab\nhost ${dave.server}\nuser dave\npassword pickles\nauth user\ntls off\nkeep on\nuidls_file ./uidls\ndelivery maildir ./mail\n`,
    },
    `mkdir -p mail/new mail/cur mail/tmp Errands
mpop -C rc lab >log
mv $(grep -l 'Subject: two' mail/new/*) Errands/
ls Errands | wc -l; ls mail/new | wc -l`,
  );
  expect(told.trim().split(/\s+/)).toEqual(['1', '4']);
  // The second device: the same five, in the one maildrop that there is; and no folder came into being.
  expect(await withMailClient({}, `curl -sS --user dave:pickles pop3://${dave.server}/2`)).toContain('Subject: two');
  expect(await uniqueIds()).toEqual(before);
  expect(await foldersOf(dave)).toEqual(folders);
});

test('UIDL names each message as before when the server has crashed', async () => {
  await putMessages(dave, FIVE);
  const before = await uniqueIds();
  await crashHost('mail-hamburger');
  expect(await until('the server is back', () => uniqueIds())).toEqual(before);
});
