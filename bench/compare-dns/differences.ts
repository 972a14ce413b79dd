/**
 * Where answers differ, and why ours is as it is: by question. The manual page of services/authoritative says the same to its
 * readers.
 */
type Differences = readonly (readonly [question: RegExp, because: string])[];

/** NSD and BIND agree, and we do not. */
const AGAINST_BOTH: Differences = [
  [/octets after the end/, 'FORMERR: a message is as long as its records say; NSD and BIND ignore what follows'],
  [
    /^EDNS version 1 in a malformed/,
    'BADVERS comes first (RFC 6891, section 6.1.3): of another version nobody knows the rest',
  ],
];

/** NSD and BIND do not agree. */
const BETWEEN: Differences = [
  [/^a record of type 0/, 'type 0 is data of a type that is not known (RFC 3597); NSD and BIND give FORMERR'],
  [/ ANY( \+tcp)?$/, 'ANY gets one RRset, the smallest (RFC 8482, section 4.1): as BIND; NSD truncates it over UDP'],
  [/^away\.example /, 'an alias into another zone of this server is left to the asker: as BIND; NSD goes on there'],
  [/^(loop|pool|self)\.example A/, 'a loop of aliases is answered with its links: as NSD; BIND gives SERVFAIL'],
  [
    /^x\.round\.example /,
    'a DNAME that leads into itself: links, and then TC; NSD stops without it, BIND gives SERVFAIL',
  ],
  [/^nope\.example SOA/, 'as NSD; BIND gives the SOA of a negative answer to SOA the TTL 0'],
  [
    /(manyns|huge|fat|big|manymx)\.example [A-Z]+( \+bufsize=\d+)?$/,
    'an RRset that does not fit is left out as a whole (RFC 2181, section 9): as NSD; BIND cuts it',
  ],
  [/^a{60}\.far\.example/, 'as NSD: TC without EDNS; BIND finds room for a part'],
  [
    / (zone-of-ns|.*cut2)\.example |^zone-of-ns|^x\.a\.deep|^a\.deep/,
    'addresses of servers that are at hand go with the referral (RFC 1034, section 4.3.2): as NSD',
  ],
  [
    /\+option=(8|10|11):/,
    'cookies, client subnets and keepalive are options that are not known here: ignored, as NSD does',
  ],
  [/\+version=1 \+do$/, 'BADVERS without DO: as NSD'],
  [/\+cd/, 'CD is copied (RFC 4035, section 3.1.6): as BIND'],
  [
    / (CH|HS|NONE|CLASS\d+) /,
    'other classes than IN are REFUSED: as NSD, which leaves the question out; BIND has built-in names in CH, and gives NOTIMP or FORMERR otherwise',
  ],
  [
    / ANY A$| ANY ANY$/,
    'class ANY is answered without authority (RFC 1035, section 6.2), with SOA: NSD without; BIND gives FORMERR',
  ],
  [
    /^www\.example (OPT|TSIG|TKEY|MAILA|MAILB|TYPE128)/,
    'meta types that cannot be asked for: OPT is FORMERR, the others NOTIMP; NSD has no data, BIND mixes NOTIMP and FORMERR',
  ],
  [
    / AXFR( \+bufsize=\d+)?$/,
    'AXFR over UDP is REFUSED, NOTAUTH where there is no such zone; NSD gives NOTIMP, BIND FORMERR',
  ],
  [/ IXFR/, 'IXFR without the SOA that it must have: NSD closes its message in the middle, BIND gives FORMERR'],
  [
    /\+opcode=4$/,
    'NOTIFY to a primary is REFUSED as by NSD, of no zone NOTAUTH as by BIND, of another type NOTIMP (RFC 1996, section 3.11)',
  ],
  [/\+opcode=3 \+(rd|edns)/, 'NOTIMP with RD as it was and with OPT'],
  [
    /^a header alone|^a label that ends|^a name without|^STATUS|^opcode 15|^NOTIFY without/,
    'a header can be read, so its sender is told: as BIND; NSD closes a TCP connection',
  ],
  [/^no question, but an OPT/, 'FORMERR: as BIND; NSD answers an empty NOERROR'],
  [/^a query with an rcode/, 'the RCODE of a query is not looked at: as BIND'],
  [/^an answer record/, 'FORMERR: as NSD; BIND ignores the record'],
  [
    /^an (authority|additional) record in|^an OPT record after|TTL is above/,
    'records that do not matter are ignored: as BIND; NSD gives FORMERR',
  ],
  [
    /^two OPT|^an OPT record (in|whose|that)|announced that is not there|^a record of type (A with|MX that)/,
    'FORMERR without the question: as NSD',
  ],
];

/** Why the answer to `question` may differ, or undefined where it may not. */
export function explanationOf(question: string, doOthersAgree: boolean): string | undefined {
  return (doOthersAgree ? AGAINST_BOTH : BETWEEN).find(([pattern]) => pattern.test(question))?.[1];
}

const ZONE_FILES: Differences = [
  [
    /^a name below a DNAME/,
    'taken, and never given out (RFC 6672, section 2.4): as BIND; an UPDATE may have put it there',
  ],
  [/^a byte order mark/, 'taken: an editor wrote it, and nobody sees it; NSD and BIND refuse it'],
  [/^a TTL of 2\^3/, 'refused: it cannot be meant (RFC 2181, section 8); NSD and BIND take another number instead'],
  [/^\$ORIGIN, relative/, 'a relative $ORIGIN is completed: as BIND'],
  [
    /outside of the zone, with a relative|^names outside/,
    'data of another zone is refused: as NSD; BIND warns and drops it',
  ],
  [/^\$GENERATE/, 'refused with a sentence: as NSD; it is an addition of BIND'],
  [/^parentheses inside/, 'parentheses may be nested: as BIND'],
  [
    /^a parenthesis that is not|^a quoted string over|^a decimal escape|^a backslash at/,
    'refused: as BIND; NSD guesses',
  ],
  [
    /^an unknown type with a wrong|65536$|91 degrees|serial of 2\^32|^a first record|^no NS/,
    'refused: as BIND; NSD takes it',
  ],
  [/^two TTLs/, 'an RRset has one TTL (RFC 2181, section 5.2), that of its first record: as BIND'],
  [/^a wildcard with NS|^NS that names an address/, 'taken: as NSD; BIND refuses what it thinks is not meant'],
  [/^NUL in/, 'kept: as BIND; NSD ends the string there'],
  [
    /^no \$TTL, TTLs from/,
    'the TTL of the record before (RFC 1035, section 5.1): as BIND; NSD has a default of its own',
  ],
  [/^no \$TTL and no/, 'refused with the remedy: no RFC says which TTL it is; NSD and BIND guess'],
];

/** Why a zone file may be read otherwise, by what it shows; undefined where it may not. */
export function zoneExplanationOf(what: string): string | undefined {
  return ZONE_FILES.find(([pattern]) => pattern.test(what))?.[1];
}
