/**
 * The questions, as dig would be asked: NAME [CLASS] TYPE [+option ...], without EDNS and without RD unless said. Options:
 * +tcp, +edns, +do, +bufsize=N, +version=N, +option=CODE:HEX, +opcode=N, and the header bits +aa +tc +rd +ra +z +ad +cd.
 */
import { encodeMessage } from '#shared/dns/encode-message.ts';
import { ednsWith, type Message, queryFor } from '#shared/dns/message.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { parseHex } from '#shared/dns/octets.ts';
import { CLASS, classOf, parseType, typeOf } from '#shared/dns/registry.ts';
import { MALFORMED } from './malformed.ts';

export interface Asked {
  /** What differences are explained by, and what is printed. */
  readonly text: string;
  readonly octets: Uint8Array;
  readonly transport: 'udp' | 'tcp';
}

const QUESTIONS = `
# data that is there, in every case of letters
example SOA
example NS
example MX
example TXT
example CAA
example HTTPS
example ZONEMD
www.example A
WWW.EXAMPLE A
wWw.ExAmPlE A +rd
mixedcase.example A
MIXEDCASE.example A
ns.example A
ns.example AAAA
mail.example A
mail.example AAAA
many.example A
many.example AAAA
many.example TXT
many.example MX
ptr.example PTR
ttl0.example A
ttlmax.example A
v4mapped.example AAAA
v6zero.example AAAA
# all types
odd.example TYPE65280
odd.example TYPE65281
raw.example A
txt.example TXT
long.example TXT
empty.example TXT
_sip._tcp.example SRV
_none._tcp.example SRV
nullmx.example MX
naptr.example NAPTR
naptr2.example NAPTR
_443._tcp.www.example TLSA
host.example SSHFP
host.example HINFO
host.example RP
host.example LOC
host.example AFSDB
host.example RT
host.example KX
host.example MINFO
loc2.example LOC
loc3.example LOC
_http._tcp.example URI
svc.example SVCB
svc2.example SVCB
svc3.example SVCB
svc4.example HTTPS
smime.example SMIMEA
cert.example CERT
pgp.example OPENPGPKEY
dhcid.example DHCID
cds.example CDS
cds.example CDNSKEY
keys.example DNSKEY
csync.example CSYNC
spf.example SPF
# names that look strange
a\\.b.example TXT
a.b.example TXT
sp\\032ace.example TXT
bin\\000\\255ary.example TXT
BIN\\000\\255ary.example TXT
quo\\"te\\;\\(\\).example TXT
*.star.example TXT
\\*.star.example TXT
x.star.example TXT
under_score.example A
-dash-.example A
123.example A
labelxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx63.example A
\\195\\132.example A
# no data and no such name
www.example MX
www.example AAAA
www.example CNAME
www.example NS
www.example SOA
www.example DS
www.example TYPE999
example A
example DS
example CNAME
nope.example A
nope.example SOA
nope.example NS
nope.example CNAME
nope.example DS
nope.example ANY
a.b.c.d.e.f.nope.example A
www.www.example A
x.mail.example AAAA
nope.example A +edns
nope.example A +do
nope.other A
other A
# empty non-terminals
ent.example A
b.ent.example A
b.ent.example ANY
b.ent.example NS
b.ent.example DS
x.ent.example A
x.b.ent.example A
a.b.ent.example A
deep.example A
z.deep.example A
y.z.deep.example TXT
_tcp.example SRV
_tcp.example A
_udp.example A
people.example A
# wildcards
x.wild.example A
x.y.z.wild.example A
x.wild.example MX
x.wild.example TXT
x.wild.example ANY
x.wild.example NS
x.wild.example DS
X.Wild.Example A
wild.example A
*.wild.example A
*.wild.example TXT
x.*.wild.example A
exact.wild.example A
exact.wild.example TXT
x.exact.wild.example A
exact2.wild.example A
x.exact2.wild.example A
below.exact2.wild.example TXT
x.alias.example A
x.alias.example CNAME
x.alias.example MX
x.alias.example ANY
x.broken.example A
x.ns.example TXT
x.ns.example A
x.cut.example A
sub.cut.example A
x.sub.cut.example A
cut.example A
x.in.the.*.middle.example TXT
x.in.the.y.middle.example TXT
the.y.middle.example TXT
# aliases
one.example A
one.example CNAME
one.example AAAA
one.example MX
one.example ANY
one.example DS
one.example SOA
one.example NS
two.example A
missing.example A
missing.example CNAME
missing.example MX
away.example A
away.example AAAA
away.example CNAME
loop.example A
loop.example CNAME
pool.example A
self.example A
self.example CNAME
into.example A
into.example DS
intowild.example A
intowild.example TXT
intoent.example A
todname.example A
todname.example MX
chain0.example A
chain5.example A
x.one.example A
# delegations
sub.example A
sub.example NS
sub.example SOA
sub.example DS
sub.example ANY
sub.example A +do
x.sub.example A
x.sub.example NS
x.sub.example DS
X.Sub.Example A
ns.sub.example A
ns.sub.example AAAA
ns.sub.example DS
sibling.example A
sibling.example DS
sibling.example NS
ns.sibling.example A
unsigned.example A
unsigned.example DS
zone-of-ns.example A
x.a.deep.cut2.example A
a.deep.cut2.example A
deep.cut2.example A
cut2.example A
manyns.example A
manyns.example NS
manyns.example NS +bufsize=1232
manyns.example A +tcp
x.manyns.example A +bufsize=512
child.example A
child.example SOA
child.example NS
child.example DS
child.example DNSKEY
child.example ANY
www.child.example A
www.child.example DS
nope.child.example A
ns.child.example A
grand.child.example A
grand.child.example DS
x.grand.child.example A
# DNAME
tree.example A
tree.example DNAME
tree.example TXT
tree.example CNAME
tree.example ANY
oak.tree.example A
oak.tree.example CNAME
oak.tree.example DNAME
oak.tree.example MX
oak.tree.example ANY
OAK.Tree.example A
elm.tree.example A
x.bush.tree.example A
x.y.bush.tree.example A
a.b.c.tree.example A
x.gone.example A
x.gone.example CNAME
x.round.example A
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.far.example A
aaa.far.example A
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.far.example A
# ANY
www.example ANY
example ANY
many.example ANY
example ANY +tcp
host.example ANY
# sizes
big.example A
big.example A +edns
big.example A +bufsize=512
big.example A +bufsize=600
big.example A +bufsize=1232
big.example A +bufsize=4096
big.example A +bufsize=0
big.example A +bufsize=65535
big.example A +tcp
huge.example A
huge.example A +bufsize=512
huge.example A +bufsize=1232
huge.example A +bufsize=65535
huge.example A +tcp
huge.example A +tcp +bufsize=512
fat.example TXT
fat.example TXT +bufsize=512
fat.example TXT +bufsize=4096
fat.example TXT +tcp
manymx.example MX
manymx.example MX +bufsize=1232
manymx.example MX +tcp
# EDNS
www.example A +edns
www.example A +do
www.example A +bufsize=511
www.example A +version=1
www.example A +version=255
www.example A +version=1 +do
nope.example A +version=1
elsewhere.test A +version=1
www.example A +version=1 +tcp
www.example A +option=65001:
www.example A +option=65001:00010203
www.example A +option=3:
www.example A +option=5:08
www.example A +option=8:0001200000000000
www.example A +option=8:0001180001020300
www.example A +option=10:0102030405060708
www.example A +option=10:01
www.example A +option=11:
www.example A +option=11:0064 +tcp
www.example A +option=12:00000000
www.example A +option=15:0000
# header bits: which are copied, which are not
www.example A +rd
www.example A +cd
www.example A +ad
www.example A +rd +cd +ad
www.example A +do +cd
www.example A +aa
www.example A +tc
www.example A +ra
www.example A +z
nope.example A +rd
elsewhere.test A +rd
sub.example A +rd
# not ours
elsewhere.test A
elsewhere.test SOA
elsewhere.test ANY
test NS
. NS
. SOA
. A
com DS
example.com A
xample A
# classes
www.example CH A
version.bind CH TXT
VERSION.BIND CH TXT
version.server CH TXT
hostname.bind CH TXT
id.server CH TXT
authors.bind CH TXT
example CH SOA
www.example HS A
www.example NONE A
www.example ANY A
example ANY ANY
nope.example ANY A
www.example CLASS0 A
www.example CLASS2 A
www.example CLASS65280 A
# strange types
www.example TYPE0
www.example OPT
www.example TSIG
www.example TKEY
www.example MAILB
www.example MAILA
www.example TYPE128
www.example TYPE65535
www.example MD
www.example MF
www.example NULL
www.example RRSIG
www.example NSEC
example RRSIG
example DNSKEY
example NSEC3PARAM
# transfers that are refused, or come
example AXFR
example AXFR +bufsize=4096
example IXFR
www.example AXFR
elsewhere.test AXFR
other AXFR +tcp
example AXFR +tcp
child.example AXFR +tcp
EXAMPLE AXFR +tcp
www.example AXFR +tcp
elsewhere.test AXFR +tcp
example CH AXFR +tcp
other IXFR +tcp
# opcodes
www.example A +opcode=1
www.example A +opcode=2
www.example A +opcode=3
www.example A +opcode=6
www.example A +opcode=7
www.example A +opcode=15
www.example A +opcode=3 +rd
www.example A +opcode=3 +edns
example SOA +opcode=4
www.example SOA +opcode=4
elsewhere.test SOA +opcode=4
example A +opcode=4
# names cut as RFC 2317 says
1.5.100.51.198.in-addr.arpa PTR
2.5.100.51.198.in-addr.arpa PTR
2.0/25.5.100.51.198.in-addr.arpa PTR
3.5.100.51.198.in-addr.arpa PTR
# TCP
www.example A +tcp
nope.example A +tcp
sub.example A +tcp
one.example A +tcp +edns
www.example CH A +tcp
www.example A +opcode=3 +tcp
`;

/** All questions: those of the table above, and the malformed ones. */
export function questions(): Asked[] {
  const lines = QUESTIONS.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [...lines.map(askedOf), ...MALFORMED];
}

/** The bits of the second half of the header, by the option that sets them. */
const BITS: Readonly<Record<string, number>> = {
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  z: 0x0040,
  ad: 0x0020,
  cd: 0x0010,
};

function askedOf(text: string): Asked {
  const words = text.split(' ');
  const options = new Map(words.filter((word) => word.startsWith('+')).map((word) => splitOption(word.slice(1))));
  const [name, ...rest] = words.filter((word) => !word.startsWith('+'));
  const qclass = rest.length > 1 ? classOf(rest.shift()!)! : CLASS.IN;
  const qtype = typeOf(rest[0]!) ?? parseType(rest[0]!);
  const isEdns = ['edns', 'do', 'bufsize', 'version', 'option'].some((option) => options.has(option));
  const [code, hex = ''] = options.get('option')?.split(':') ?? [];
  const edns = {
    ...ednsWith(code === undefined ? [] : [{ code: Number(code), data: parseHex(hex)! }]),
    udpPayloadSize: Number(options.get('bufsize') ?? 1232),
    version: Number(options.get('version') ?? 0),
    dnssecOk: options.has('do'),
  };
  const query: Message = {
    ...queryFor({ qname: parseName(name!), qtype, qclass }, { id: 0x4711, rd: false, edns: isEdns ? edns : null }),
    opcode: Number(options.get('opcode') ?? 0),
  };
  const octets = encodeMessage(query);
  const bits = Object.entries(BITS).reduce((sum, [option, bit]) => sum | (options.has(option) ? bit : 0), 0);
  octets[2]! |= bits >> 8;
  octets[3]! |= bits & 0xff;
  return { text, octets, transport: options.has('tcp') ? 'tcp' : 'udp' };
}

function splitOption(option: string): [string, string] {
  const [name = '', value = ''] = option.split('=');
  return [name, value];
}
