/**
 * Who may change a zone by UPDATE (RFC 2136, section 3.3), and who from outside of the lab may copy it: the file
 * `update-policy` of a host, with the rules of BIND's `update-policy` one to a line.
 *
 *     ZONE  grant|deny KEY  zonesub|name NAME|subdomain NAME|transfer  TYPES
 *
 * The rule that comes first of those that fit decides, and where none fits the answer is no. `*` is every zone, `ANY` every
 * type. Only who signs is anybody: addresses can be forged.
 */
import { isSameName, isSubdomain, type Name, ROOT } from '#shared/dns/name.ts';
import { parseName } from '#shared/dns/name-text.ts';
import { isMetaType, TYPE, typeOf } from '#shared/dns/registry.ts';
import { type Place, ZoneFileError } from '#shared/dns/zone-file-error.ts';
import { ProtocolViolation } from '#shared/protocol-violation.ts';

export interface PolicyRule {
  /** Null: every zone. */
  readonly zone: Name | null;
  readonly isGrant: boolean;
  /** The name of the key. */
  readonly key: Name;
  readonly scope: /** Every name of the zone; that name; that name and all below it. */
    | { readonly kind: 'zonesub' }
    | { readonly kind: 'name' | 'subdomain'; readonly name: Name }
    /** The whole zone, to read. */
    | { readonly kind: 'transfer' };
  /** Null: every type. */
  readonly types: readonly number[] | null;
}

const CLAUSE = 'RFC 2136, section 3.3';

/** The rules that `text` lists; `#` begins a comment. @throws ZoneFileError */
export function parseUpdatePolicy(text: string, file: string): PolicyRule[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/);
    return words[0] === '' ? [] : [parseRule(words, { file, line: index + 1 })];
  });
}

function parseRule(words: readonly string[], place: Place): PolicyRule {
  const rest = [...words];
  const take = (what: string): string => {
    const word = rest.shift();
    if (word === undefined) throw new ZoneFileError(place, `${what} is missing: ${FORM}`, CLAUSE);
    return word;
  };
  const zone = take('the zone');
  const action = take('"grant" or "deny"');
  if (action !== 'grant' && action !== 'deny')
    throw new ZoneFileError(place, `"${action}" is neither: ${FORM}`, CLAUSE);
  const key = nameOf(take('the key'), ROOT, place);
  const origin = zone === '*' ? null : nameOf(zone, ROOT, place);
  const kind = take('zonesub, name, subdomain or transfer');
  const rule = { zone: origin, isGrant: action === 'grant', key };
  switch (kind) {
    case 'transfer':
      if (rest.length > 0) throw new ZoneFileError(place, `a transfer has no "${rest[0]}": remove it`, CLAUSE);
      return { ...rule, scope: { kind }, types: null };
    case 'zonesub':
      return { ...rule, scope: { kind }, types: typesOf(rest, place) };
    case 'name':
    case 'subdomain': {
      const name = nameOf(take('the name'), origin ?? ROOT, place);
      return { ...rule, scope: { kind, name }, types: typesOf(rest, place) };
    }
    default:
      throw new ZoneFileError(place, `"${kind}" is not known: ${FORM}`, CLAUSE);
  }
}

const FORM = 'write ZONE grant KEY zonesub ANY';

function nameOf(text: string, origin: Name, place: Place): Name {
  try {
    return parseName(text, origin);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    throw new ZoneFileError(place, `"${text}" is no name`, error.clause);
  }
}

function typesOf(words: readonly string[], place: Place): readonly number[] | null {
  if (words.length === 0) throw new ZoneFileError(place, 'the types are missing: write ANY, or A NS ...', CLAUSE);
  const types = words.map((word) => {
    const type = typeOf(word);
    if (type !== undefined && (type === TYPE.ANY || !isMetaType(type))) return type;
    throw new ZoneFileError(place, `"${word}" is no type of records`, CLAUSE);
  });
  return types.includes(TYPE.ANY) ? null : types;
}

/** The rules for one zone and one key. */
export class Rights {
  readonly #rules: readonly PolicyRule[];

  constructor(policy: readonly PolicyRule[], zone: Name, key: Name) {
    this.#rules = policy.filter(
      (rule) => (rule.zone === null || isSameName(rule.zone, zone)) && isSameName(rule.key, key),
    );
  }

  /** Whether there is anything in the zone that may be changed. */
  get areAny(): boolean {
    return this.#rules.some(({ isGrant, scope }) => isGrant && scope.kind !== 'transfer');
  }

  get mayTransfer(): boolean {
    return this.#rules.find(({ scope }) => scope.kind === 'transfer')?.isGrant ?? false;
  }

  /** Whether records of `type` at `owner` may be added and deleted; ANY: of all types. */
  mayChange(owner: Name, type: number): boolean {
    const first = this.#rules.find((rule) => fits(rule, owner, type));
    return first?.isGrant ?? false;
  }
}

function fits({ isGrant, scope, types }: PolicyRule, owner: Name, type: number): boolean {
  if (scope.kind === 'transfer') return false;
  if (scope.kind === 'name' && !isSameName(owner, scope.name)) return false;
  if (scope.kind === 'subdomain' && !isSubdomain(owner, scope.name)) return false;
  if (types === null) return true;
  // To delete all types takes a grant of all; to be kept from it, one type is enough.
  return type === TYPE.ANY ? !isGrant : types.includes(type);
}
